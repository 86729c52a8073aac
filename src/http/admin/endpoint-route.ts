import { z } from 'zod';
import { parseE164 } from '../../domain/e164.ts';
import { type EndpointFallback, type EndpointRoute, ROUTE_BOUNDS, type ScheduleRule } from '../../domain/endpoint-route.ts';
import { isIsoDate } from '../../domain/endpoint-schedule.ts';
import { FALLBACK_CAUSES } from '../../domain/fallback.ts';
import { textField, uuidField } from '../wire-fields.ts';
import { presentWindows, timeZoneField, windowsField, windowsOf } from './route-hours.ts';

/** A number as it is written in bodies. */
export const e164Field = () =>
  z
    .string()
    .refine((text) => parseE164(text) !== null, 'Must be a number such as +442071838750.')
    .transform((text) => parseE164(text) ?? ('' as never));

const dateField = () => z.string().refine(isIsoDate, 'Must be a date such as 2026-12-24.').meta({ format: 'date' });

const ruleWith = <Id extends z.ZodType<string>>(id: Id) =>
  z
    .strictObject({
      windows: windowsField().optional(),
      dates: z
        .array(z.strictObject({ from: dateField(), to: dateField() }).refine(({ from, to }) => from <= to, 'Ends before it begins.'))
        .min(1)
        .max(ROUTE_BOUNDS.datesMax)
        .optional(),
      endpoint_id: id.nullable(),
    })
    .refine(({ windows, dates }) => windows !== undefined || dates !== undefined, 'Needs windows, dates or both.');

const routeWith = <Id extends z.ZodType<string>, Number extends z.ZodType<string>, Webhook extends z.ZodObject<WebhookShape>>(
  id: Id,
  number: Number,
  webhook: Webhook,
) =>
  z.discriminatedUnion('kind', [
    webhook,
    z.strictObject({ kind: z.literal('trunk_group'), trunk_group_id: id }),
    z.strictObject({ kind: z.literal('forward'), e164: number }),
    z.strictObject({
      kind: z.literal('schedule'),
      time_zone: timeZoneField(),
      rules: z.array(ruleWith(id)).min(1).max(ROUTE_BOUNDS.rulesMax),
      otherwise: id.nullable(),
    }),
  ]);

type WebhookShape = { readonly kind: z.ZodLiteral<'webhook'> } & Readonly<Record<string, z.ZodType>>;

/** Decision C6: whoever is asked may keep a caller waiting, but not for long. */
const TIMEOUT_MS = 1500;
const CACHE_SECONDS = 300;

const webhookBody = () =>
  z.strictObject({
    kind: z.literal('webhook'),
    url: textField(ROUTE_BOUNDS.urlMax),
    timeout_ms: z.number().int().min(ROUTE_BOUNDS.timeoutMsMin).max(ROUTE_BOUNDS.timeoutMsMax).default(TIMEOUT_MS),
    cache_seconds: z.number().int().min(0).max(ROUTE_BOUNDS.cacheSecondsMax).default(CACHE_SECONDS),
    new_secret: z.boolean().optional().meta({ description: 'Replaces the secret that signs; the new one is told once.' }),
  });

const shownWebhook = () =>
  z.strictObject({ kind: z.literal('webhook'), url: z.string(), timeout_ms: z.number().int(), cache_seconds: z.number().int() });

const fallbackWith = <Id extends z.ZodType<string>>(id: Id) =>
  z.strictObject({ on: z.array(z.enum(FALLBACK_CAUSES)).min(1).max(3), endpoint_id: id });

const ROUTE =
  'Where calls go instead of to targets: a trunk group, another number, other endpoints by the time of the call, or where your server says.';
const FALLBACK = 'Where calls go on to that the endpoint could not put through, for these reasons.';

/** Where an endpoint sends its calls instead of to targets, in a body. */
export const endpointRouteField = () =>
  routeWith(uuidField(), e164Field(), webhookBody()).meta({ title: 'EndpointRouteBody', description: ROUTE });

/** Where calls go on to, in a body. */
export const fallbackField = () => fallbackWith(uuidField()).meta({ title: 'EndpointFallbackBody', description: FALLBACK });

/** A route as it is shown. */
export const endpointRouteSchema = () =>
  routeWith(z.string(), z.string(), shownWebhook()).meta({ title: 'EndpointRoute', description: ROUTE });

/** A fallback as it is shown. */
export const fallbackSchema = () => fallbackWith(z.string()).meta({ title: 'EndpointFallback', description: FALLBACK });

type RouteBody = z.infer<ReturnType<typeof endpointRouteField>>;

const ruleOf = ({ windows, dates, endpoint_id: endpointId }: Extract<RouteBody, { kind: 'schedule' }>['rules'][number]): ScheduleRule => ({
  ...(windows === undefined ? {} : { windows: windowsOf(windows) }),
  ...(dates === undefined ? {} : { dates }),
  endpointId,
});

/** A route of a body as the domain has it; `secretSealed` is what signs the questions to a webhook. */
export function endpointRouteOf(body: RouteBody, secretSealed = ''): EndpointRoute {
  switch (body.kind) {
    case 'webhook':
      return { kind: body.kind, url: body.url, timeoutMs: body.timeout_ms, cacheSeconds: body.cache_seconds, secretSealed };
    case 'trunk_group':
      return { kind: body.kind, trunkGroupId: body.trunk_group_id };
    case 'forward':
      return { kind: body.kind, e164: body.e164 };
    case 'schedule':
      return { kind: body.kind, timeZone: body.time_zone, rules: body.rules.map(ruleOf), otherwise: body.otherwise };
  }
}

/** A fallback of a body as the domain has it, each reason once and in their own order. */
export const fallbackOf = ({ on, endpoint_id: endpointId }: z.infer<ReturnType<typeof fallbackField>>): EndpointFallback => ({
  on: FALLBACK_CAUSES.filter((cause) => on.some((one) => one === cause)),
  endpointId,
});

const presentRule = ({ windows, dates, endpointId }: ScheduleRule) => ({
  ...(windows === undefined ? {} : { windows: presentWindows(windows) }),
  ...(dates === undefined ? {} : { dates }),
  endpoint_id: endpointId,
});

/** A route on the wire. */
export function presentEndpointRoute(route: EndpointRoute) {
  switch (route.kind) {
    case 'webhook':
      return { kind: route.kind, url: route.url, timeout_ms: route.timeoutMs, cache_seconds: route.cacheSeconds };
    case 'trunk_group':
      return { kind: route.kind, trunk_group_id: route.trunkGroupId };
    case 'forward':
      return { kind: route.kind, e164: route.e164 };
    case 'schedule':
      return { kind: route.kind, time_zone: route.timeZone, rules: route.rules.map(presentRule), otherwise: route.otherwise };
  }
}

/** A fallback on the wire. */
export const presentFallback = ({ on, endpointId }: EndpointFallback) => ({ on, endpoint_id: endpointId });
