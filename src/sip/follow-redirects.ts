import type { Candidate } from '../domain/call.ts';
import { nextStep } from '../domain/failover.ts';
import type { FailoverRules } from '../domain/failover-rules.ts';
import { REDIRECTS_MAX, redirectKey, redirectTargets } from '../domain/redirect.ts';
import { ringEach } from './ring-addresses.ts';
import { isSpent, type Ringing, type RingUserDeps, type Rung } from './ring-user.ts';
import type { ReceivedReply } from './sip-stack.ts';
import type { NextHop } from './targets.ts';
import type { Leg, LegCall } from './try-leg.ts';

/**
 * Follows the redirect of a target (RFC 3261 §8.1.3.4): each place once, one after the other, as long as their ends let the call go on.
 * What a carrier names is nobody's word: its address is judged like a stranger's (decision C6).
 */
export async function followRedirects(
  call: LegCall,
  leg: Leg,
  first: Rung,
  ringing: Ringing,
  rules: FailoverRules,
  deps: RingUserDeps,
): Promise<Rung> {
  const tried = new Set([redirectKey(leg.uri) ?? leg.uri]);
  const { candidate } = leg;
  const places = placesOf(first.refusal, candidate, tried);
  const [ends, whys] = [[...first.ends], [...first.whys]];
  for (let count = 0; count < REDIRECTS_MAX && !ringing.signal.aborted && !isSpent(ringing.tries); count += 1) {
    const uri = places.shift();
    if (uri === undefined) break;
    tried.add(redirectKey(uri) ?? uri);
    const legAt = (hop: NextHop | null): Leg => ({ ...leg, uri, hop: async () => hop, isForeign: true });
    const { rung } = await ringEach(call, uri, legAt, ringing, rules, deps);
    if (rung.answer !== null) return rung;
    ends.push(...rung.ends);
    whys.push(...rung.whys);
    if (rung.ends.some((end) => nextStep(end, rules) === 'final')) break;
    places.push(...placesOf(rung.refusal, candidate, tried).filter((one) => !places.includes(one)));
  }
  return { answer: null, n: 0, ends, whys, refusal: null };
}

const placesOf = (reply: ReceivedReply | null, candidate: Candidate, tried: ReadonlySet<string>): string[] =>
  reply === null ? [] : [...redirectTargets({ status: reply.status, contact: reply.header('Contact') ?? '' }, candidate, tried)];
