const DAY_MS = 86_400_000;
const SECOND_MS = 1000;

/** A window in days (fractions allowed) as whole milliseconds. */
export const coolOffMsOf = (days: number): number => Math.round(days * DAY_MS);

/** What is known of the calls of a number when somebody wants to move it. */
export interface CoolOffFacts {
  /** null: never had a call. */
  readonly lastCallAtMs: number | null;
  readonly liveCalls: number;
  readonly nowMs: number;
  readonly coolOffMs: number;
}

export type CoolOffJudgement =
  | { readonly result: 'allowed' }
  /** `untilMs` is rounded up to a whole second; `remainingSeconds` is the ceiling of what is left, at least 1. */
  | { readonly result: 'cooling'; readonly untilMs: number; readonly remainingSeconds: number };

/** Judges a move (invariant 4): a number never used moves at once, a call in progress counts as now, else the window since the last call. */
export function judgeCoolOff({ lastCallAtMs, liveCalls, nowMs, coolOffMs }: CoolOffFacts): CoolOffJudgement {
  const last = liveCalls > 0 ? Math.max(nowMs, lastCallAtMs ?? nowMs) : lastCallAtMs;
  if (last === null) return { result: 'allowed' };
  const freeAt = last + coolOffMs;
  // Exactly at the end of the window it is over: now >= last call + window (decision B1).
  if (nowMs >= freeAt) return { result: 'allowed' };
  return {
    result: 'cooling',
    untilMs: Math.ceil(freeAt / SECOND_MS) * SECOND_MS,
    remainingSeconds: Math.ceil((freeAt - nowMs) / SECOND_MS),
  };
}
