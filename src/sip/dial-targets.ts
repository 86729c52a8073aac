import type { Contacts } from '../app/calls/call-routing.ts';
import type { Candidate } from '../domain/call.ts';
import type { LimitOutcome } from '../domain/call-event.ts';
import { requestUriOf } from '../domain/candidates.ts';
import { type AttemptEnd, bestFinal, DEFAULT_FAILOVER, type FailoverPolicy, type FinalAnswer, nextStep } from '../domain/failover.ts';
import { newId } from '../kit/ids.ts';
import type { AnsweredAttempt } from './attempt.ts';
import { ringAddresses } from './ring-addresses.ts';
import { type Ringing, type RingUserDeps, type Rung, ringUser } from './ring-user.ts';
import type { ReceivedReply } from './sip-stack.ts';
import { type LegCall, NOT_SENT } from './try-leg.ts';

export type DialDeps = RingUserDeps;

/** The call that is to be put through. */
export interface DialledCall extends LegCall {
  /** Where the SIP users among the candidates are. */
  readonly contacts: Contacts;
  /** The caller, or the platform, gives up. */
  readonly signal: AbortSignal;
  /** A provisional of a target; `isLast`: no other target can follow. */
  readonly provisional: (reply: ReceivedReply, isLast: boolean) => void;
}

/** An answer, or the one final answer for the caller. */
export type DialResult = { readonly answer: AnsweredAttempt; readonly n: number } | { readonly answer: null; readonly final: FinalAnswer };

/** Tries the chosen targets in their order until one answers or says the final word (decision C22). */
export async function dialTargets(call: DialledCall, deps: DialDeps): Promise<DialResult> {
  const direction = call.decision.parties.direction === 'outbound' ? 'outbound' : 'inbound';
  const policy = DEFAULT_FAILOVER[direction];
  const chosen = call.decision.candidates.filter((candidate) => candidate.chosen).slice(0, policy.attemptsMax);
  const ends: AttemptEnd[] = [];
  const whys: string[] = [];
  let n = 0;
  const nextN = (): number => {
    n += 1;
    return n;
  };
  for (const [index, candidate] of chosen.entries()) {
    if (call.signal.aborted || call.invite.lost) break;
    // Admission took the first one's with the call; each further target costs one trip (decision C3).
    const leave = index === 0 ? 'taken' : await call.leases.moveTo(candidate);
    if (leave === 'plane_degraded') return { answer: null, final: { sipStatus: 503, code: leave } };
    if (leave !== 'taken') {
      ends.push(noteUnsent(call, candidate, nextN(), leave, deps));
      whys.push(leave);
      continue;
    }
    const ringing = { nextN, signal: call.signal, provisional: call.provisional, isLast: index === chosen.length - 1 };
    const rung = await ring(call, candidate, ringing, deps);
    if (rung.answer !== null) return { answer: rung.answer, n: rung.n };
    whys.push(...rung.whys);
    ends.push(...rung.ends);
    if (isFinal(rung.ends, policy)) break;
  }
  return { answer: null, final: unsentFinal(whys) ?? bestFinal(direction, ends) };
}

const isFinal = (ends: readonly AttemptEnd[], policy: FailoverPolicy): boolean => ends.some((end) => nextStep(end, policy) === 'final');

/** The answer where nothing was sent to anybody, for reasons of ours; null: something was, or there was no such reason. */
function unsentFinal(whys: readonly string[]): FinalAnswer | null {
  const reasons: readonly string[] = Object.values(NOT_SENT);
  if (whys.length === 0 || !whys.every((why) => reasons.includes(why))) return null;
  // A phone that will be back comes before one that never was there.
  const code = [NOT_SENT.lost, NOT_SENT.unregistered, NOT_SENT.forbidden].find((reason) => whys.includes(reason));
  return code === undefined ? null : { sipStatus: 480, code };
}

/** A target that nothing was sent to is an attempt with that end, and the record says why. */
function noteUnsent(call: DialledCall, candidate: Candidate, n: number, outcome: LimitOutcome | 'unreachable', deps: DialDeps): AttemptEnd {
  const [uri, callId] = [requestUriOf(candidate), newId()];
  const end: AttemptEnd = { outcome, sipStatus: null };
  call.record.attempt(n, candidate, uri, callId, call.leases.held);
  call.record.attemptEnded(n, end, callId);
  deps.metrics.attempt({ trunkGroup: candidate.trunkGroupId ?? 'endpoint', gateway: candidate.gatewayId ?? 'none', code: outcome });
  return end;
}

async function ring(call: DialledCall, candidate: Candidate, ringing: Ringing, deps: DialDeps): Promise<Rung> {
  if (candidate.user === undefined) return await ringAddresses(call, candidate, ringing, deps);
  const bindings = call.contacts.get(candidate.user) ?? [];
  if (bindings.length > 0) return await ringUser(call, candidate, bindings, ringing, deps);
  const end = noteUnsent(call, candidate, ringing.nextN(), 'unreachable', deps);
  return { answer: null, n: 0, ends: [end], whys: [NOT_SENT.unregistered] };
}
