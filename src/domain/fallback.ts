import type { Candidate } from './call.ts';
import type { AttemptEnd } from './failover.ts';

/** Why an endpoint did not take a call, the best word first. */
export const FALLBACK_CAUSES = ['busy', 'no_answer', 'unreachable'] as const;

/** One of them. */
export type FallbackCause = (typeof FALLBACK_CAUSES)[number];

/** An endpoint as one number of a call rings it; no id of anything, see `visitOf`. */
export type Visit = string & { readonly __brand: 'Visit' };

/** A candidate is behind an endpoint: tried where what that endpoint itself came to is one of these. */
export interface After {
  /** What the candidates of the endpoint have in `within`. */
  readonly visit: Visit;
  readonly on: readonly FallbackCause[];
}

/** One candidate that was tried, and what it came to; `isFinal`: its end ends the search of its own endpoint. */
export interface Tried {
  readonly candidate: Candidate;
  readonly ends: readonly AttemptEnd[];
  readonly isFinal: boolean;
}

// A person who declines is as good as busy; 603 is what most phones send for either (RFC 3261 §21.6.2).
const BUSY: readonly number[] = [486, 600, 603];
// 487 without a CANCEL of ours: somebody behind the target gave up ringing.
const NO_ANSWER: readonly number[] = [408, 480, 487];

function causeOfEnd({ outcome, sipStatus }: AttemptEnd): FallbackCause {
  if (outcome === 'ring_timeout') return 'no_answer';
  if (outcome !== 'failed' || sipStatus === null) return 'unreachable';
  if (BUSY.includes(sipStatus)) return 'busy';
  return NO_ANSWER.includes(sipStatus) ? 'no_answer' : 'unreachable';
}

/** What several ends come to: a person's word before silence, silence before not having reached anybody. No end at all: nobody was. */
export function causeOf(ends: readonly AttemptEnd[]): FallbackCause {
  const causes = ends.map(causeOfEnd);
  return FALLBACK_CAUSES.find((cause) => causes.includes(cause)) ?? 'unreachable';
}

const isWithin = ({ within = [] }: Candidate, visit: Visit): boolean => within.includes(visit);

/**
 * Whether a candidate's turn comes after what was tried: every fallback it belongs to waits for how its endpoint ended, and nobody
 * follows a final answer but the fallback of an endpoint that the answer came from. A pure function, so that what the wire does
 * follows from the decision and the ends alone (invariant 9).
 */
export function isDue(candidate: Candidate, tried: readonly Tried[]): boolean {
  const { after = [] } = candidate;
  const ruledOut = tried.some((one) => one.isFinal && !after.some(({ visit }) => isWithin(one.candidate, visit)));
  if (ruledOut) return false;
  return after.every(({ visit, on }) => {
    const ends = tried.flatMap((one) => (isWithin(one.candidate, visit) ? one.ends : []));
    return on.includes(causeOf(ends));
  });
}

/** The candidates of an endpoint with those of its fallback behind them. */
export const withFallback = (primary: readonly Candidate[], behind: readonly Candidate[], { visit, on }: After): readonly Candidate[] => [
  ...primary.map((candidate) => ({ ...candidate, within: [...(candidate.within ?? []), visit] })),
  ...behind.map((candidate) => ({
    ...candidate,
    after: [{ visit, on }, ...(candidate.after ?? [])],
    reason: `${candidate.reason}, after ${on.join(' or ').replaceAll('_', ' ')}`,
  })),
];

const placeOf = ({ gatewayId, uri, dialUser }: Candidate): string => `${gatewayId ?? uri} ${dialUser ?? ''}`;

/** A place that was rung before is not rung again by a fallback. */
export function onceEach(candidates: readonly Candidate[]): readonly Candidate[] {
  const seen = new Set<string>();
  return candidates.map((candidate) => {
    const isRepeat = candidate.chosen && candidate.after !== undefined && seen.has(placeOf(candidate));
    if (candidate.chosen) seen.add(placeOf(candidate));
    return isRepeat ? { ...candidate, chosen: false, reason: 'already listed' } : candidate;
  });
}

/** The candidates without fallbacks whose turn never comes: nothing is left before them, and that is not what they wait for. */
export function withoutOrphans(candidates: readonly Candidate[]): readonly Candidate[] {
  if (candidates.every(({ after }) => after === undefined)) return candidates;
  const left: Candidate[] = [];
  for (const candidate of candidates) {
    const waits = (candidate.after ?? []).find(
      ({ visit, on }) => !on.includes('unreachable') && !left.some((one) => one.chosen && isWithin(one, visit)),
    );
    left.push(waits === undefined || !candidate.chosen ? candidate : { ...candidate, chosen: false, reason: 'nothing is tried before it' });
  }
  return left;
}
