import type { CallLeases } from '../app/calls/call-leases.ts';
import type { CallRecord } from '../app/calls/record-call.ts';
import type { CallMetrics } from '../app/ports/metrics.ts';
import type { Candidate, Connect } from '../domain/call.ts';
import type { LimitOutcome } from '../domain/call-event.ts';
import { requestUriOf } from '../domain/candidates.ts';
import { type AttemptEnd, bestFinal, DEFAULT_FAILOVER, type FinalAnswer, nextStep } from '../domain/failover.ts';
import { newId } from '../kit/ids.ts';
import type { Logger } from '../kit/log.ts';
import { type AnsweredAttempt, type AttemptResult, type AttemptTimers, attemptInvite } from './attempt.ts';
import { legHeaders } from './leg-headers.ts';
import type { OutgoingInvite, ReceivedInvite, ReceivedReply } from './sip-stack.ts';
import type { TargetGuard } from './target-guard.ts';
import { nextHopUri, type TargetResolver } from './targets.ts';

export interface DialDeps {
  readonly resolver: TargetResolver;
  readonly guard: TargetGuard;
  readonly timers: AttemptTimers;
  readonly metrics: CallMetrics;
  readonly log: Logger;
}

/** The call that is to be put through. */
export interface DialledCall {
  readonly invite: ReceivedInvite;
  readonly decision: Connect;
  readonly record: CallRecord;
  readonly leases: CallLeases;
  readonly hops: readonly string[];
  readonly maxForwards: number;
  /** The caller, or the platform, gives up. */
  readonly signal: AbortSignal;
  /** A provisional of a target; `isLast`: no other target can follow. */
  readonly provisional: (reply: ReceivedReply, isLast: boolean) => void;
}

/** An answer, or the one final answer for the caller. */
export type DialResult = { readonly answer: AnsweredAttempt; readonly n: number } | { readonly answer: null; readonly final: FinalAnswer };

const FORBIDDEN = 'target_forbidden';

/** Tries the chosen targets in their order until one answers or says the final word (decision C22). */
export async function dialTargets(call: DialledCall, deps: DialDeps): Promise<DialResult> {
  const direction = call.decision.parties.direction === 'outbound' ? 'outbound' : 'inbound';
  const policy = DEFAULT_FAILOVER[direction];
  const chosen = call.decision.candidates.filter((candidate) => candidate.chosen).slice(0, policy.attemptsMax);
  const ends: AttemptEnd[] = [];
  let forbidden = 0;
  for (const [index, candidate] of chosen.entries()) {
    if (call.signal.aborted || call.invite.lost) break;
    const n = index + 1;
    // Admission took the first one's with the call; each further target costs one trip (decision C3).
    const leave = index === 0 ? 'taken' : await call.leases.moveTo(candidate);
    if (leave === 'plane_degraded') return { answer: null, final: { sipStatus: 503, code: leave } };
    if (leave !== 'taken') {
      ends.push(noteFull(call, candidate, n, leave, deps));
      continue;
    }
    const result = await tryTarget(call, candidate, n, n === chosen.length, deps);
    if (result.answer !== null) return { answer: result.answer, n };
    if (result.why === FORBIDDEN) forbidden += 1;
    ends.push(result.end);
    if (nextStep(result.end, policy) === 'final') break;
  }
  if (forbidden > 0 && forbidden === chosen.length) return { answer: null, final: { sipStatus: 480, code: 'target_forbidden' } };
  return { answer: null, final: bestFinal(direction, ends) };
}

/** A target that had no channel left is an attempt with that end: nothing was sent, and the record says why. */
function noteFull(call: DialledCall, candidate: Candidate, n: number, outcome: LimitOutcome, deps: DialDeps): AttemptEnd {
  const [uri, callId] = [requestUriOf(candidate), newId()];
  const end: AttemptEnd = { outcome, sipStatus: null };
  call.record.attempt(n, candidate, uri, callId, call.leases.held);
  call.record.attemptEnded(n, end, callId);
  deps.metrics.attempt({ trunkGroup: candidate.trunkGroupId ?? 'endpoint', gateway: candidate.gatewayId ?? 'none', code: outcome });
  return end;
}

/** One target; every end is noted, also that of a target nothing was sent to. */
async function tryTarget(call: DialledCall, candidate: Candidate, n: number, isLast: boolean, deps: DialDeps): Promise<AttemptResult> {
  const uri = requestUriOf(candidate);
  const callId = newId();
  call.record.attempt(n, candidate, uri, callId, call.leases.held);
  const result = await sendTo(call, candidate, { uri, callId }, isLast, deps);
  try {
    call.record.attemptEnded(n, result.end, callId);
    const code = String(result.end.sipStatus ?? result.end.outcome);
    deps.metrics.attempt({ trunkGroup: candidate.trunkGroupId ?? 'endpoint', gateway: candidate.gatewayId ?? 'none', code });
    return result;
  } catch (fault) {
    // Whoever picked up must not be left in a call with nobody.
    result.answer?.acknowledge();
    void result.answer?.dialog.bye();
    throw fault;
  }
}

async function sendTo(
  call: DialledCall,
  candidate: Candidate,
  leg: { uri: string; callId: string },
  isLast: boolean,
  deps: DialDeps,
): Promise<AttemptResult> {
  const hop = await deps.resolver.resolve(candidate.uri);
  if (hop === null) return unreachable('no address');
  const refusal = await deps.guard.refusalOf(candidate, hop);
  if (refusal !== null) {
    deps.log.warn('a target nobody may dial', { callId: call.record.callId, refusal, endpointId: candidate.endpointId });
    return unreachable(FORBIDDEN);
  }
  const { invite, decision, hops, maxForwards } = call;
  const contentType = invite.header('Content-Type');
  const outgoing: OutgoingInvite = {
    uri: leg.uri,
    nextHop: nextHopUri(hop),
    headers: legHeaders(invite, decision, { ...leg, hops, maxForwards }),
    ...(invite.body === '' ? {} : { body: invite.body }),
    ...(contentType === undefined ? {} : { contentType }),
  };
  return await attemptInvite(invite.server, outgoing, deps.timers, call.signal, (reply) => call.provisional(reply, isLast));
}

const unreachable = (why: string): AttemptResult => ({ end: { outcome: 'unreachable', sipStatus: null }, answer: null, why });
