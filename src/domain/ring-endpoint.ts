import type { Candidate } from './call.ts';
import { ringGroup, ringTargets } from './callee.ts';
import { reasonOfFallback } from './diversion.ts';
import { parseE164 } from './e164.ts';
import { ENDPOINT_DEPTH_MAX, refsOfUse, type ScheduleRoute } from './endpoint-route.ts';
import { scheduledEndpoint } from './endpoint-schedule.ts';
import { type Visit, withFallback } from './fallback.ts';
import { forwardCall } from './forward-call.ts';
import { isWithin } from './holder-account.ts';
import { type Deciding, note, readRecord, want } from './record-view.ts';
import { type EndpointRecord, recordRef } from './records.ts';
import { byWebhook } from './ring-by-webhook.ts';
import { deeper, visitOf, type Walk } from './target-walk.ts';

// A tree of schedules and fallbacks of that depth could have sixty; each that is not at hand is a trip.
const ENDPOINTS_MAX = 10;

const whyCut = (visit: Visit, { place, search: { endpoints } }: Walk): 'loop' | 'too_deep' | null => {
  if (endpoints.has(visit)) return 'loop';
  return place.depth > ENDPOINT_DEPTH_MAX || endpoints.size >= ENDPOINTS_MAX ? 'too_deep' : null;
};

/**
 * The places an endpoint rings, in order: its targets or what its route says, and those of its fallback behind them. What a circle or
 * too long a chain of endpoints would add is cut, and explain says where.
 */
export function* ringEndpoint(walk: Walk, endpointId: string): Deciding<readonly Candidate[]> {
  const { context, callee, place, search } = walk;
  const visit = visitOf(callee, endpointId);
  const cut = whyCut(visit, walk);
  if (cut !== null) {
    note(context, 'endpoint', false, { endpointId, cut });
    return [];
  }
  search.endpoints.add(visit);
  const endpoint = yield* readRecord(context, 'endpoint', recordRef.endpoint(endpointId));
  // Another account's endpoint never rings, whatever the row says.
  const usable = endpoint !== null && endpoint.status === 'active' && isWithin(callee.account.holder, endpoint.accountId);
  if (!usable) {
    note(context, 'destination', false, { endpointId, status: endpoint?.status ?? 'absent', targets: 0 });
    return [];
  }
  yield* want(context, refsOfUse(endpoint));
  const primary = yield* along(walk, endpoint);
  const { fallback } = endpoint;
  // Who turned a call away meant it.
  if (fallback === undefined || search.turnedAway.has(visit)) return primary;
  const next = { depth: place.depth + 1, reason: reasonOfFallback(fallback.on) };
  const behind = yield* ringEndpoint({ ...walk, place: next }, fallback.endpointId);
  const ready = behind.some(({ chosen }) => chosen);
  note(context, 'fallback', ready, { endpointId, on: fallback.on, next: fallback.endpointId });
  return withFallback(primary, behind, { visit, on: fallback.on });
}

function* along(walk: Walk, endpoint: EndpointRecord): Deciding<readonly Candidate[]> {
  const { context, callee } = walk;
  const { route } = endpoint;
  switch (route?.kind) {
    case undefined:
      return yield* ringTargets(context, callee, endpoint);
    case 'trunk_group':
      return yield* ringGroup(context, callee, route.trunkGroupId);
    case 'webhook':
      return yield* byWebhook(walk, endpoint, route);
    case 'schedule':
      return yield* bySchedule(walk, endpoint.id, route);
    case 'forward': {
      const to = parseE164(route.e164);
      return to === null ? [] : yield* forwardCall(deeper(walk), to);
    }
  }
}

function* bySchedule(walk: Walk, endpointId: string, route: ScheduleRoute): Deciding<readonly Candidate[]> {
  const { context, callee, place, search } = walk;
  const { rule, endpointId: next, local } = scheduledEndpoint(route, context.request.at);
  const { date = null, day = null, minute = null } = local ?? {};
  note(context, 'schedule', next !== null, { endpointId, timeZone: route.timeZone, date, day, minute, rule, next });
  if (next === null) return [];
  const reason = place.reason === 'unconditional' ? 'time-of-day' : place.reason;
  const found = yield* ringEndpoint({ ...walk, place: { depth: place.depth + 1, reason } }, next);
  // The last word is that of the schedule which led to it, too (ADR 25).
  if (search.turnedAway.has(visitOf(callee, next))) search.turnedAway.add(visitOf(callee, endpointId));
  return found;
}
