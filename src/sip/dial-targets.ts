import type { Contacts } from '../app/calls/call-routing.ts';
import type { Candidate } from '../domain/call.ts';
import type { LimitOutcome } from '../domain/call-event.ts';
import { requestUriOf } from '../domain/candidates.ts';
import { type AttemptEnd, bestFinal, DEFAULT_FAILOVER, type FinalAnswer, nextStep } from '../domain/failover.ts';
import { type FailoverRules, mergedRules } from '../domain/failover-rules.ts';
import { isDue, type Tried } from '../domain/fallback.ts';
import { CALL_REFUSALS } from '../domain/refusal.ts';
import { newId } from '../kit/ids.ts';
import type { AnsweredAttempt } from './attempt.ts';
import { followRedirects } from './follow-redirects.ts';
import { ringAddresses } from './ring-addresses.ts';
import { isSpent, type Ringing, type RingUserDeps, type Rung, ringUser, type Tries } from './ring-user.ts';
import type { ReceivedReply } from './sip-stack.ts';
import { type LegCall, NOT_SENT } from './try-leg.ts';

export interface DialDeps extends RingUserDeps {
  /** What the platform says of failover, before what is built in. */
  readonly failover: FailoverRules;
  /** How long a call to one of ours rings at most, whoever of all its targets does (decision C21). */
  readonly ringCapMs: number;
}

/** The call that is to be put through. */
export interface DialledCall extends LegCall {
  /** Where the SIP users among the candidates are. */
  readonly contacts: Contacts;
  /** The caller, or the platform, gives up. */
  readonly signal: AbortSignal;
  /** A provisional of a target; `isHeard`: the caller may hear its early media. */
  readonly provisional: (reply: ReceivedReply, isHeard: boolean) => void;
  /** True: early media that the caller hears is the answer to his offer (decision C17). */
  readonly isReliable: boolean;
}

/** An answer, or the one final answer for the caller. */
export type DialResult =
  | { readonly answer: AnsweredAttempt; readonly n: number; readonly candidate: Candidate }
  | { readonly answer: null; readonly final: FinalAnswer };

const RANG_OUT: FinalAnswer = { sipStatus: CALL_REFUSALS.ring_timeout.sipStatus, code: 'ring_timeout' };

/** Tries the targets of a call; one that came in, or that stays here, is given up for all of them when it has rung for long enough. */
export async function dialTargets(call: DialledCall, deps: DialDeps): Promise<DialResult> {
  if (call.decision.parties.direction === 'outbound') return await tryTargets(call, deps);
  const cap = new AbortController();
  const timer = setTimeout(() => cap.abort(), deps.ringCapMs);
  timer.unref();
  try {
    const result = await tryTargets({ ...call, signal: AbortSignal.any([call.signal, cap.signal]) }, deps);
    const rangOut = result.answer === null && cap.signal.aborted && !call.signal.aborted;
    return rangOut ? { answer: null, final: RANG_OUT } : result;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Tries the chosen targets in their order until one answers or says the final word (decision C22); a fallback's turn comes, or does
 * not, by what the targets of its endpoint came to (ADR 21).
 */
async function tryTargets(call: DialledCall, deps: DialDeps): Promise<DialResult> {
  const direction = call.decision.parties.direction === 'outbound' ? 'outbound' : 'inbound';
  const rulesOf = ({ leaves, terms }: Candidate): FailoverRules =>
    mergedRules(terms?.failover, mergedRules(deps.failover, DEFAULT_FAILOVER[leaves ? 'outbound' : direction]));
  const chosen = call.decision.candidates.filter((candidate) => candidate.chosen);
  const attemptsMax = mergedRules(deps.failover, DEFAULT_FAILOVER[direction]).attemptsMax ?? chosen.length;
  const dialling = new Dialling(call, attemptsMax, deps);
  for (const [index, candidate] of chosen.entries()) {
    if (call.signal.aborted || call.invite.lost || isSpent(dialling.tries)) break;
    if (!isDue(candidate, dialling.tried)) continue;
    // Admission took the first one's with the call; each further target costs one trip (decision C3).
    const leave = index === 0 ? 'taken' : await call.leases.moveTo(candidate);
    if (leave === 'plane_degraded') return { answer: null, final: { sipStatus: 503, code: leave } };
    if (leave !== 'taken') {
      dialling.passOver(candidate, leave);
      continue;
    }
    const rules = rulesOf(candidate);
    const rung = await dialling.ring(candidate, rules, index === chosen.length - 1);
    if (rung.answer !== null) return { answer: rung.answer, n: rung.n, candidate };
    // A second target's answer to the offer cannot follow media that the caller has heard.
    if (dialling.hasHeard && (call.isReliable || rules.afterEarlyMedia !== 'next')) break;
  }
  const ends = dialling.tried.flatMap((one) => one.ends);
  return { answer: null, final: unsentFinal(dialling.whys) ?? bestFinal(direction, ends) };
}

/** What was tried of one call, what it came to, and what the caller heard meanwhile. */
class Dialling {
  readonly tried: Tried[] = [];
  readonly whys: string[] = [];
  readonly tries: Tries;
  readonly #call: DialledCall;
  readonly #deps: DialDeps;
  #n = 0;
  #hasHeard = false;

  constructor(call: DialledCall, triesMax: number, deps: DialDeps) {
    this.tries = { used: 0, max: triesMax };
    this.#call = call;
    this.#deps = deps;
  }

  /** True: the caller heard early media of a target. */
  get hasHeard(): boolean {
    return this.#hasHeard;
  }

  /** There was no lease for it. */
  passOver(candidate: Candidate, outcome: LimitOutcome): void {
    this.tries.used += 1;
    this.tried.push({ candidate, ends: [noteUnsent(this.#call, candidate, this.#nextN(), outcome, this.#deps)], isFinal: false });
    this.whys.push(outcome);
  }

  async ring(candidate: Candidate, rules: FailoverRules, isLast: boolean): Promise<Rung> {
    const call = this.#call;
    const provisional: DialledCall['provisional'] = (reply, heard) => {
      this.#hasHeard ||= heard && reply.body !== '';
      call.provisional(reply, heard);
    };
    const { tries } = this;
    const mayBeHeard = isHeard(rules, isLast || tries.used + 1 >= tries.max);
    const ringing = { nextN: () => this.#nextN(), tries, signal: call.signal, provisional, isLast: mayBeHeard };
    const rung = await ring(call, candidate, ringing, rules, this.#deps);
    if (rung.answer !== null) return rung;
    this.whys.push(...rung.whys);
    this.tried.push({ candidate, ends: rung.ends, isFinal: isFinal(rung.ends, rules) });
    return rung;
  }

  #nextN(): number {
    this.#n += 1;
    return this.#n;
  }
}

const isFinal = (ends: readonly AttemptEnd[], rules: FailoverRules): boolean => ends.some((end) => nextStep(end, rules) === 'final');

/** Whether the caller hears early media of a target (decision C17). */
const isHeard = ({ earlyMedia }: FailoverRules, isLast: boolean): boolean => earlyMedia === 'first' || (isLast && earlyMedia !== 'never');

/** The answer where nothing was sent to anybody, for reasons of ours; null: something was, or there was no such reason. */
function unsentFinal(whys: readonly string[]): FinalAnswer | null {
  const reasons: readonly string[] = Object.values(NOT_SENT);
  if (whys.length === 0 || !whys.every((why) => reasons.includes(why))) return null;
  // A phone that will be back comes before one that never was there.
  const code = [NOT_SENT.lost, NOT_SENT.unregistered, NOT_SENT.codec, NOT_SENT.forbidden].find((reason) => whys.includes(reason));
  return code === undefined ? null : { sipStatus: CALL_REFUSALS[code].sipStatus, code };
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

async function ring(call: DialledCall, candidate: Candidate, ringing: Ringing, rules: FailoverRules, deps: DialDeps): Promise<Rung> {
  if (candidate.user === undefined) {
    const { leg, rung } = await ringAddresses(call, candidate, ringing, rules, deps);
    return rung.answer === null && rules.redirect === 'follow' ? await followRedirects(call, leg, rung, ringing, rules, deps) : rung;
  }
  const bindings = call.contacts.get(candidate.user) ?? [];
  if (bindings.length > 0) return await ringUser(call, candidate, bindings, ringing, deps);
  ringing.tries.used += 1;
  const end = noteUnsent(call, candidate, ringing.nextN(), 'unreachable', deps);
  return { answer: null, n: 0, ends: [end], whys: [NOT_SENT.unregistered], refusal: null };
}
