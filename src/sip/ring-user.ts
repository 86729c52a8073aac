import { type Binding, ringOrder } from '../domain/binding.ts';
import type { Candidate } from '../domain/call.ts';
import type { AttemptEnd } from '../domain/failover.ts';
import { type AnsweredAttempt, type AttemptResult, ELSEWHERE } from './attempt.ts';
import type { ReceivedReply, SipServer } from './sip-stack.ts';
import type { TargetResolver } from './targets.ts';
import { hangUp, type Leg, type LegCall, type TryLegDeps, tryLeg } from './try-leg.ts';

export interface RingUserDeps extends TryLegDeps {
  readonly resolver: TargetResolver;
  readonly servers: () => readonly SipServer[];
}

/** What ringing one candidate came to: an answer, or the ends of all its legs and why. */
export interface Rung {
  readonly answer: AnsweredAttempt | null;
  readonly n: number;
  readonly ends: readonly AttemptEnd[];
  readonly whys: readonly string[];
}

/** What legs are rung with. */
export interface Ringing {
  /** The number of the next attempt of the call. */
  readonly nextN: () => number;
  readonly signal: AbortSignal;
  readonly provisional: (reply: ReceivedReply, isLast: boolean) => void;
  /** No other candidate can follow. */
  readonly isLast: boolean;
}

/** A registered contact, through the server and the flow it registered over (decision C20). */
function legOf(candidate: Candidate, binding: Binding, { servers, resolver }: RingUserDeps): Leg {
  const { contact, source, path, viaSource } = binding;
  const server = servers().find(({ name, connected }) => connected && name === binding.server) ?? null;
  const [first] = path;
  const hop: Leg['hop'] = first === undefined ? async () => source : () => resolver.resolve(first);
  return { candidate, uri: contact, server, hop, onlyByFlow: viaSource, path };
}

// RFC 3261 §16.7 step 5: a 6xx speaks for the user, whichever phone said it.
const speaksForAll = ({ end }: AttemptResult): boolean => end.outcome === 'cancelled' || (end.sipStatus ?? 0) >= 600;

/** Rings legs together; who answers first has the call, the others hear that it was answered elsewhere. */
export async function ringTogether(call: LegCall, legs: readonly Leg[], ringing: Ringing, deps: TryLegDeps): Promise<Rung> {
  const stop = new AbortController();
  const signal = legs.length === 1 ? ringing.signal : AbortSignal.any([ringing.signal, stop.signal]);
  let won: { readonly answer: AnsweredAttempt; readonly n: number } | undefined;
  // Early media of several phones in one dialog cannot be told apart: only a last and single one is heard (decision C17).
  const provisional = (reply: ReceivedReply): void => ringing.provisional(reply, ringing.isLast && legs.length === 1);
  const results = await Promise.all(
    legs.map(async (leg) => {
      const n = ringing.nextN();
      const result = await tryLeg(call, leg, { n, signal, provisional }, deps);
      if (result.answer === null) {
        if (speaksForAll(result)) stop.abort();
      } else if (won === undefined) {
        won = { answer: result.answer, n };
        stop.abort(ELSEWHERE);
      } else hangUp(result);
      return result;
    }),
  );
  if (won !== undefined) return { ...won, ends: [], whys: [] };
  return { answer: null, n: 0, ends: results.map(({ end }) => end), whys: results.map(({ why }) => why) };
}

/** Rings the contacts of a SIP user in their order until one takes the call, or one says no for all of them. */
export async function ringUser(
  call: LegCall,
  candidate: Candidate,
  bindings: readonly Binding[],
  ringing: Ringing,
  deps: RingUserDeps,
): Promise<Rung> {
  const groups = ringOrder(bindings, candidate.ring ?? 'q');
  const ends: AttemptEnd[] = [];
  const whys: string[] = [];
  for (const [at, group] of groups.entries()) {
    if (ringing.signal.aborted) break;
    const legs = group.map((binding) => legOf(candidate, binding, deps));
    const rung = await ringTogether(call, legs, { ...ringing, isLast: ringing.isLast && at === groups.length - 1 }, deps);
    if (rung.answer !== null) return rung;
    ends.push(...rung.ends);
    whys.push(...rung.whys);
    if (rung.ends.some(({ outcome, sipStatus }) => outcome === 'cancelled' || (sipStatus ?? 0) >= 600)) break;
  }
  return { answer: null, n: 0, ends, whys };
}
