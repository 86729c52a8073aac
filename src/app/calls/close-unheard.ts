import type { CallRequest, Connect } from '../../domain/call.ts';
import type { EndedEvent } from '../../domain/call-event.ts';
import { CALL_REFUSALS, type CallRefusalCode } from '../../domain/refusal.ts';
import { numbersOf } from './admit-call.ts';
import type { Look, RouteCallDeps, RoutedCall } from './call-routing.ts';
import { firstEvent } from './first-event.ts';

/**
 * Closes what Redis may have let in without our hearing of it, when the call goes on nowhere: its record opens, ends with the code of
 * the wire and lets go of numbers and leases. So its last call is the same in Redis and Postgres whether it was let in or not
 * (invariant 5), and its record says what the caller heard whichever event 0 is the first (invariant 10). Returns `routed`.
 */
export function closeUnheard(routed: RoutedCall, unheard: readonly Look[], deps: RouteCallDeps): RoutedCall {
  if (routed.result === 'admitted') return routed;
  const connects = unheard.flatMap((look) => (look.decision.outcome === 'connect' ? [{ look, decision: look.decision }] : []));
  const last = connects.at(-1);
  if (last === undefined) return routed;
  const { look, decision } = last;
  const code = routed.result === 'refused' ? routed.code : 'plane_degraded';
  deps.events.push(firstEvent(look, decision, deps, 'degraded'));
  deps.events.pushEnd(closing(look.request, code, deps), numbersOfAll(connects));
  return routed;
}

/** A number may have been bought anew between two tries. */
const numbersOfAll = (connects: readonly { readonly decision: Connect }[]): string[] => [
  ...new Set(connects.flatMap(({ decision }) => numbersOf(decision))),
];

const closing = ({ callId, at }: CallRequest, code: CallRefusalCode, deps: RouteCallDeps): EndedEvent => ({
  type: 'ended',
  callId,
  seq: 1,
  agentId: deps.agentId,
  // As its beginning: of two ends that are folded one by one the first stays, and both stores must have the same last call.
  at,
  outcome: 'refused',
  sipStatus: CALL_REFUSALS[code].sipStatus,
  code,
  endedBy: 'platform',
});
