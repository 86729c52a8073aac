import type { Candidate } from '../domain/call.ts';
import { requestUriOf } from '../domain/candidates.ts';
import { type AttemptEnd, nextStep } from '../domain/failover.ts';
import type { FailoverRules } from '../domain/failover-rules.ts';
import { type Ringing, type RingUserDeps, type Rung, ringTogether } from './ring-user.ts';
import { ADDRESSES_MAX, type NextHop } from './targets.ts';
import type { Leg, LegCall } from './try-leg.ts';

const UNAVAILABLE = 503;

/** Silence, a transport error and 503 say "try the next address" (RFC 3263 §4.3); everything else is the target's word. */
const sayNext = (ends: readonly AttemptEnd[]): boolean =>
  ends.every(({ outcome, sipStatus }) => outcome === 'no_response' || outcome === 'unreachable' || sipStatus === UNAVAILABLE);

/** What came of it, and the leg that had the last word. */
export interface RungAddress {
  readonly leg: Leg;
  readonly rung: Rung;
}

/**
 * Rings a candidate at its URI: the addresses of its name one after another, each an attempt of its own. Each address is judged and
 * then sent to as a number, so that a name cannot lead elsewhere between the two (decision C6).
 */
export const ringAddresses = (
  call: LegCall,
  candidate: Candidate,
  ringing: Ringing,
  rules: FailoverRules,
  deps: RingUserDeps,
): Promise<RungAddress> => ringEach(call, candidate.uri, (hop) => legTo(call, candidate, hop), ringing, rules, deps);

/** The same for any URI, by a leg to each of its addresses. */
export async function ringEach(
  call: LegCall,
  uri: string,
  legAt: (hop: NextHop | null) => Leg,
  ringing: Ringing,
  rules: FailoverRules,
  deps: RingUserDeps,
): Promise<RungAddress> {
  const [first = null, ...others] = (await deps.resolver.resolveAll(uri)).slice(0, ADDRESSES_MAX);
  const ends: AttemptEnd[] = [];
  const whys: string[] = [];
  for (let hop = first; ; ) {
    // The first one is the candidate's turn, which was judged before.
    const next = ringing.tries.used + 1 < ringing.tries.max ? (others.shift() ?? null) : null;
    const leg = legAt(hop);
    const rung = await ringTogether(call, [leg], { ...ringing, isLast: ringing.isLast && next === null }, deps);
    const goesOn = rung.answer === null && sayNext(rung.ends);
    if (hop !== null) note(hop, rung, goesOn, deps);
    if (rung.answer !== null) return { leg, rung };
    ends.push(...rung.ends);
    whys.push(...rung.whys);
    const isOver = !goesOn || next === null || rung.ends.some((end) => nextStep(end, rules) === 'final');
    if (isOver || ringing.signal.aborted || call.invite.lost) return { leg, rung: { ...rung, ends, whys } };
    hop = next;
  }
}

function note(hop: NextHop, { answer, ends }: Rung, failed: boolean, { resolver }: RingUserDeps): void {
  if (failed) resolver.failed(hop);
  else if (answer !== null || ends.some(({ sipStatus }) => sipStatus !== null)) resolver.answered(hop);
}

const legTo = ({ invite }: LegCall, candidate: Candidate, hop: NextHop | null): Leg => ({
  candidate,
  uri: requestUriOf(candidate),
  server: invite.server,
  hop: async () => hop,
  onlyByFlow: false,
  path: [],
});
