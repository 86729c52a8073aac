import type { E164 } from './e164.ts';
import type { FallbackCause } from './fallback.ts';
import { type RecordRef, recordRef } from './records.ts';
import type { HoursWindow } from './route-hours.ts';

/** Where an endpoint sends its calls instead of to targets of its own; each kind by itself, so that another one is one more member. */
export type EndpointRoute = GroupRoute | ForwardRoute | ScheduleRoute | WebhookRoute;

/** To the gateways of a trunk group of the holder's. */
export interface GroupRoute {
  readonly kind: 'trunk_group';
  readonly trunkGroupId: string;
}

/** To another number, as a call of the called number's holder that presents the called number (decisions C6, C15). */
export interface ForwardRoute {
  readonly kind: 'forward';
  readonly e164: E164;
}

/** To where the holder's own server says at the call (ADR 25). */
export interface WebhookRoute {
  readonly kind: 'webhook';
  readonly url: string;
  readonly timeoutMs: number;
  /** How long the last good answer may stand in for one that does not come; 0: not at all. */
  readonly cacheSeconds: number;
  /** What signs the questions, sealed; empty where a route is shown or kept with a call. */
  readonly secretSealed: string;
}

/** To other endpoints by the time of the call; the first rule that fits decides. */
export interface ScheduleRoute {
  readonly kind: 'schedule';
  /** IANA name such as `Europe/London`. */
  readonly timeZone: string;
  readonly rules: readonly ScheduleRule[];
  /** Where calls go that no rule fits; null: nobody is rung. */
  readonly otherwise: string | null;
}

/** Fits at a time that lies in one of its dates and in one of its windows, as far as it names some; it names at least one. */
export interface ScheduleRule {
  readonly windows?: readonly HoursWindow[];
  readonly dates?: readonly DateRange[];
  /** null: nobody is rung. */
  readonly endpointId: string | null;
}

/** Whole days by the clock of the place, both ends included: `2026-12-24`. */
export interface DateRange {
  readonly from: string;
  readonly to: string;
}

/** Where calls go on to that the endpoint itself could not put through, for these reasons. */
export interface EndpointFallback {
  readonly on: readonly FallbackCause[];
  readonly endpointId: string;
}

/** What an endpoint refers to. */
export interface EndpointUse {
  readonly route?: EndpointRoute;
  readonly fallback?: EndpointFallback;
}

/** What a route may say at most, for whoever takes one and whoever reads its record. */
export const ROUTE_BOUNDS = {
  rulesMax: 20,
  datesMax: 100,
  urlMax: 2048,
  timeoutMsMin: 100,
  timeoutMsMax: 5000,
  cacheSecondsMax: 86_400,
} as const;

/** So many endpoints and forwarded numbers one call may pass in a row. */
export const ENDPOINT_DEPTH_MAX = 5;
/** Numbers one search for targets may pass, the called one among them; a caller's own is one more, and a call can hold 16. */
export const NUMBERS_PASSED_MAX = 15;

/** A route without its secret: what is kept with a call, audited and shown. */
export const publicRoute = <R extends EndpointRoute | undefined>(route: R): R =>
  route?.kind === 'webhook' ? { ...route, secretSealed: '' } : route;

/** The endpoints that one hands calls on to, each once. */
export function endpointIdsOf({ route, fallback }: EndpointUse): string[] {
  const ids = route?.kind === 'schedule' ? [...route.rules.map(({ endpointId }) => endpointId), route.otherwise] : [];
  return [...new Set([...ids, fallback?.endpointId ?? null])].filter((id) => id !== null);
}

/** The records besides the endpoint's own that are sure to be read next. */
export function refsOfUse({ route, fallback }: EndpointUse): RecordRef[] {
  const behind = fallback === undefined ? [] : [recordRef.endpoint(fallback.endpointId)];
  return route?.kind === 'trunk_group' ? [recordRef.trunkGroup(route.trunkGroupId), ...behind] : behind;
}

/** The same without that endpoint or trunk group: rules that named it ring nobody. The same object where it was not named. */
export function withoutUse<T extends EndpointUse>(endpoint: T, gone: string): T {
  const { route, fallback, ...rest } = endpoint;
  const left = route === undefined ? undefined : routeWithout(route, gone);
  const behind = fallback?.endpointId === gone ? undefined : fallback;
  if (left === route && behind === fallback) return endpoint;
  return { ...rest, ...(left === undefined ? {} : { route: left }), ...(behind === undefined ? {} : { fallback: behind }) } as T;
}

function routeWithout(route: EndpointRoute, gone: string): EndpointRoute | undefined {
  if (route.kind === 'trunk_group') return route.trunkGroupId === gone ? undefined : route;
  if (route.kind !== 'schedule') return route;
  if (route.otherwise !== gone && !route.rules.some(({ endpointId }) => endpointId === gone)) return route;
  const kept = (id: string | null): string | null => (id === gone ? null : id);
  const rules = route.rules.map((rule) => ({ ...rule, endpointId: kept(rule.endpointId) }));
  return { ...route, rules, otherwise: kept(route.otherwise) };
}
