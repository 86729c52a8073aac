import type { CallRequest, Decision, DecisionSettings } from '../../domain/call.ts';
import type { PlaneMode } from '../../domain/call-event.ts';
import { type Destinations, fittingDestinations } from '../../domain/destinations.ts';
import { type EndpointRoute, publicRoute } from '../../domain/endpoint-route.ts';
import { scheduleAt } from '../../domain/endpoint-schedule.ts';
import { withoutSecrets } from '../../domain/gateway-terms.ts';
import type { RecordView } from '../../domain/record-view.ts';
import type { RecordRef, RouteRecord, RouteSetRecord, Versioned } from '../../domain/records.ts';
import type { WebhookFact } from '../../domain/webhook-answer.ts';
import { judgeCall } from './judge-call.ts';

/** What a decision was made from, as kept with the call: enough to make it again years later, and no secret in it. */
export interface DecisionInput {
  readonly v: 1;
  readonly request: CallRequest;
  readonly settings: DecisionSettings;
  readonly mode: PlaneMode;
  readonly loop: boolean;
  readonly records: readonly (readonly [RecordRef, number, RouteRecord | null])[];
}

const digitsOf = (called: string): string => (called.startsWith('+') ? called.slice(1) : called);

/** Of a route set only what could match stays: a rate deck has a hundred thousand rows, a call looks at a few. */
function prunedRoutes(record: RouteSetRecord, dialled: readonly string[]): RouteSetRecord {
  const routes = record.routes.filter(({ prefix }) =>
    prefix.startsWith('=') ? dialled.includes(prefix.slice(1)) : dialled.some((digits) => digits.startsWith(prefix)),
  );
  return withFitting({ ...record, routes }, dialled);
}

/** Lists of destinations may be long, and of each a call can meet a few prefixes. */
function withFitting<R extends { readonly destinations?: Destinations }>(record: R, dialled: readonly string[]): R {
  return record.destinations === undefined ? record : { ...record, destinations: fittingDestinations(record.destinations, dialled) };
}

/** What the call may have looked for in routes: the called number, and those that endpoints and their webhooks forward to. */
function dialledIn(decision: Decision, answered: readonly WebhookFact[], read: ReadonlyMap<RecordRef, Versioned>): readonly string[] {
  const forwards = decision.versions.flatMap(({ record: ref }) => {
    const record = read.get(ref)?.record;
    return record?.kind === 'endpoint' && record.route?.kind === 'forward' ? [record.route.e164] : [];
  });
  return [decision.parties.called, ...forwards, ...answered.flatMap(numbersIn)].map(digitsOf);
}

const numbersIn = ({ word }: WebhookFact): string[] =>
  word !== undefined && 'targets' in word ? word.targets.flatMap((place) => ('e164' in place ? [place.e164] : [])) : [];

/** Of the gateways that are not well only those that the call could have met. */
function prunedRequest(request: CallRequest, decision: Decision): CallRequest {
  if (request.unwell === undefined) return request;
  const met = new Set('candidates' in decision ? decision.candidates.map(({ gatewayId }) => gatewayId) : []);
  const { unwell, ...rest } = request;
  const kept = unwell.filter(({ gatewayId }) => met.has(gatewayId));
  return kept.length === 0 ? rest : { ...rest, unwell: kept };
}

const routeAt = (route: EndpointRoute, at: number): EndpointRoute =>
  route.kind === 'schedule' ? scheduleAt(route, at) : publicRoute(route);

function pruned(record: RouteRecord | null, dialled: readonly string[], at: number): RouteRecord | null {
  if (record?.kind === 'endpoint' && record.route !== undefined) return { ...record, route: routeAt(record.route, at) };
  if (record?.kind === 'route_set') return prunedRoutes(record, dialled);
  if (record?.kind === 'trunk_group') return withFitting(withoutSecrets(record), dialled);
  if (record?.kind === 'account') return withFitting(record, dialled);
  return record?.kind === 'credential' ? { ...record, sealedHa1: '' } : record;
}

/** The decision input as compact JSON; `read` holds what the decision read. */
export function storeDecision(
  decision: Decision,
  request: CallRequest,
  read: ReadonlyMap<RecordRef, Versioned>,
  settings: DecisionSettings,
  mode: PlaneMode,
): string {
  const dialled = dialledIn(decision, request.answers ?? [], read);
  const records = decision.versions.map(({ record, version }) => {
    const found = read.get(record)?.record ?? null;
    return [record, version, pruned(found, dialled, request.at)] as const;
  });
  const loop = decision.outcome === 'reject' && decision.code === 'loop';
  return JSON.stringify({ v: 1, request: prunedRequest(request, decision), settings, mode, loop, records } satisfies DecisionInput);
}

/** False for a call that was turned away before anything could be decided: then nothing was stored to decide from. */
export const isDecided = (json: string): boolean => (JSON.parse(json) as { readonly v?: unknown }).v === 1;

/** Makes the decision of a past call again from what was stored with it (decision C12, invariant 9). Throws on a foreign text. */
export function decideStored(json: string): { readonly decision: Decision; readonly input: DecisionInput } {
  const input = JSON.parse(json) as DecisionInput;
  if (input.v !== 1) throw new Error('not a decision input of version 1');
  const held = new Map<RecordRef, Versioned>(input.records.map(([ref, version, record]) => [ref, { version, record }]));
  // What the decision asked for ahead and then did not read was not kept, and cannot matter.
  const view: RecordView = { get: (ref) => held.get(ref) ?? { version: 0, record: null } };
  const decision = judgeCall(input.request, view, input.settings, () => input.loop);
  if (decision.outcome === 'need') throw new Error('a stored decision lacks records');
  return { decision, input };
}
