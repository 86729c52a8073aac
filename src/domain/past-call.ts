import type { Candidate } from './call.ts';
import { requestUriOf } from './candidates.ts';
import { CALL_REFUSALS, type CallRefusalCode } from './refusal.ts';

/** What the record of a call says of its end; texts, because older agents wrote it too. */
export interface RecordedEnd {
  readonly outcome: string | null;
  readonly sipStatus: number | null;
  readonly refusalCode: string | null;
  readonly endedBy: string | null;
}

/** What became of a call; `code`, `meaning` and `remedy` are the catalogue's, where the end was of our making. */
export interface CallResult {
  readonly outcome: string;
  readonly sipStatus: number | null;
  readonly code: string | null;
  readonly meaning: string | null;
  readonly remedy: string | null;
  readonly endedBy: string | null;
}

const isCode = (code: string): code is CallRefusalCode => Object.hasOwn(CALL_REFUSALS, code);

/** The end of a call in the words of the catalogue; null: it goes on. */
export function resultOf({ outcome, sipStatus, refusalCode: code, endedBy }: RecordedEnd): CallResult | null {
  if (outcome === null) return null;
  const refusal = code !== null && isCode(code) ? CALL_REFUSALS[code] : null;
  return { outcome, sipStatus, code, meaning: refusal?.meaning ?? null, remedy: refusal?.remedy ?? null, endedBy };
}

/** One attempt as the record of a call keeps it. */
export interface RecordedAttempt {
  readonly n: number;
  readonly gatewayId: string | null;
  readonly uri: string;
  readonly outcome: string | null;
  readonly sipStatus: number | null;
}

/** An attempt, and which candidate it was made to: its place in the order, from 1; null where that cannot be told. */
export interface PlacedAttempt extends RecordedAttempt {
  readonly place: number | null;
}

const fits = (candidate: Candidate, { gatewayId, uri }: RecordedAttempt): boolean =>
  gatewayId === null
    ? candidate.gatewayId === null && (candidate.uri === uri || requestUriOf(candidate) === uri)
    : candidate.gatewayId === gatewayId;

/**
 * The attempts beside the candidates of the decision, which they follow in its order. A candidate may have several: addresses of a name,
 * phones of a SIP user, places of a redirect. A phone is named by its contact, so of two users that could have been rung none is named.
 */
export function placedAttempts(candidates: readonly Candidate[], attempts: readonly RecordedAttempt[]): readonly PlacedAttempt[] {
  let last = -1;
  return attempts.map((attempt) => {
    const ahead = [...candidates.entries()].filter(([index, { chosen }]) => chosen && index >= last);
    const users = ahead.filter(([, { user, gatewayId }]) => user !== undefined && gatewayId === null);
    const [found] = ahead.find(([, candidate]) => fits(candidate, attempt)) ?? (users.length === 1 ? users[0] : undefined) ?? [];
    if (found === undefined && users.length > 1) return { ...attempt, place: null };
    last = found ?? last;
    return { ...attempt, place: last < 0 ? null : last + 1 };
  });
}
