import type { Candidate } from '../domain/call.ts';
import { requestUriOf } from '../domain/candidates.ts';
import type { AttemptEnd } from '../domain/failover.ts';
import { type Ringing, type RingUserDeps, type Rung, ringTogether } from './ring-user.ts';
import type { NextHop } from './targets.ts';
import type { Leg, LegCall } from './try-leg.ts';

/** Addresses of one name that one call tries. */
const ADDRESSES_MAX = 4;
const UNAVAILABLE = 503;

/** Silence, a transport error and 503 say "try the next address" (RFC 3263 §4.3); everything else is the target's word. */
const sayNext = (ends: readonly AttemptEnd[]): boolean =>
  ends.every(({ outcome, sipStatus }) => outcome === 'no_response' || outcome === 'unreachable' || sipStatus === UNAVAILABLE);

/**
 * Rings a candidate at its URI: the addresses of its name one after another, each an attempt of its own. Each address is judged and
 * then sent to as a number, so that a name cannot lead elsewhere between the two (decision C6).
 */
export async function ringAddresses(call: LegCall, candidate: Candidate, ringing: Ringing, deps: RingUserDeps): Promise<Rung> {
  const found = (await deps.resolver.resolveAll(candidate.uri)).slice(0, ADDRESSES_MAX);
  const ends: AttemptEnd[] = [];
  const whys: string[] = [];
  for (const [at, hop] of (found.length === 0 ? [null] : found).entries()) {
    if (at > 0 && (ringing.signal.aborted || call.invite.lost)) break;
    const isLast = ringing.isLast && at >= found.length - 1;
    const rung = await ringTogether(call, [legTo(call, candidate, hop)], { ...ringing, isLast }, deps);
    const goesOn = rung.answer === null && sayNext(rung.ends);
    if (hop !== null) note(hop, rung, goesOn, deps);
    if (rung.answer !== null) return rung;
    ends.push(...rung.ends);
    whys.push(...rung.whys);
    if (!goesOn) break;
  }
  return { answer: null, n: 0, ends, whys };
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
