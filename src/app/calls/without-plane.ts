import type { CallRequest, Connect } from '../../domain/call.ts';
import { strangers } from '../../domain/decision-outcome.ts';
import { isIdentified } from '../../domain/source-marks.ts';
import { letIn, usersOf } from './admit-call.ts';
import { mayGoOpen } from './call-leases.ts';
import type { CallIdentity, LastLook, RouteCallDeps, RoutedCall } from './call-routing.ts';
import { firstEvent, refusedInstead, refusedUndecided } from './first-event.ts';
import type { IncomingCall } from './incoming-call.ts';
import { isEmergency } from './journal-mode.ts';

/**
 * What a call gets while Redis is away (decision C10): ringing fails open, money and identity fail closed. Inbound calls go by
 * the last-known-good copy as long as it is recent, and say so in their record; everything else is refused `plane_degraded`. `unheard`
 * are looks whose admission may have happened although its answer was lost; `closeUnheard` records those that would have connected.
 */
export function routeWithoutPlane(
  call: IncomingCall,
  identity: CallIdentity,
  { look, unheard }: LastLook,
  deps: RouteCallDeps,
): RoutedCall {
  if (look === undefined) return undecided(call, identity, deps);
  const { decision, request } = look;
  if (decision.parties.identifiedBy === null) return { result: 'refused', code: 'plane_degraded', callId: null, parties: null };
  if (decision.outcome === 'connect' && mayGoAlone(decision, deps)) {
    // Where admission happened unheard this repeats its event 0, which the log takes once.
    deps.events.push(firstEvent(look, decision, deps, 'degraded'));
    deps.events.flush();
    // Nobody counted its channels but this agent, which says so and goes on (`limits: open`).
    deps.metrics.limitsOpen('call');
    return letIn(look, decision, deps.lastContacts.of(usersOf(look, decision)), deps);
  }
  // What admission may have recorded unheard is said: wire and record agree whichever event 0 is the first (invariant 10).
  if (decision.outcome === 'reject' && (unheard.includes(look) || (decision.parties.direction === 'inbound' && deps.contact.isRecent))) {
    deps.events.push(firstEvent(look, decision, deps, 'degraded'));
    return { result: 'refused', code: decision.code, callId: request.callId, parties: decision.parties };
  }
  if (unheard.length === 0) deps.events.push(refusedInstead(look, 'plane_degraded', deps, 'degraded'));
  return { result: 'refused', code: 'plane_degraded', callId: request.callId, parties: decision.parties };
}

/**
 * Ringing by the last-known-good copy begins when this agent's promise to the fence has run out, so that no number leaves unseen by
 * the calls it lets in; an emergency call goes at once whatever that costs (ADR 8), and by records of any age: they are the last good ones.
 */
const mayGoAlone = (decision: Connect, { contact, events }: RouteCallDeps): boolean => {
  if (isEmergency(decision)) return true;
  return mayGoOpen(decision) && contact.aloneInMs === 0 && events.journalState === 'ok';
};

/** Nothing is known of the call but perhaps the group its address belongs to. */
function undecided(call: IncomingCall, identity: CallIdentity, deps: RouteCallDeps): RoutedCall {
  const { sourceIp, sourcePort, transport } = call.facts;
  const sources = deps.sourceIndex().match(sourceIp, sourcePort, transport, call.bears);
  const source = sources.find((one) => isIdentified(call.facts, one));
  if (source === undefined) {
    return call.authentication === null ? { result: 'drop' } : { result: 'refused', code: 'plane_degraded', callId: null, parties: null };
  }
  const request: CallRequest = { ...call.facts, ...identity, sources, auth: { result: 'none' } };
  const identifiedBy = { kind: 'trunk_group', id: source.trunkGroupId } as const;
  const parties = { ...strangers(request), mode: source.mode, accountId: source.accountId, identifiedBy };
  deps.events.push(refusedUndecided({ request, call }, parties, 'plane_degraded', deps.agentId));
  return { result: 'refused', code: 'plane_degraded', callId: identity.callId, parties };
}
