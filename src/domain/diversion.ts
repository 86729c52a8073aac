import type { FallbackCause } from './fallback.ts';

/** Why a number passed a call on (RFC 5806 §4.2). */
export type DiversionReason = 'unconditional' | 'time-of-day' | 'user-busy' | 'no-answer' | 'unavailable' | 'unknown';

/** A number of ours that passed a call on. */
export interface Diversion {
  readonly e164: string;
  readonly reason: DiversionReason;
}

const REASONS = { busy: 'user-busy', no_answer: 'no-answer', unreachable: 'unavailable' } as const;

/** The reason of a forward in a fallback; one that waits for several things cannot say which it was. */
export function reasonOfFallback(on: readonly FallbackCause[]): DiversionReason {
  const [cause] = on;
  return cause !== undefined && on.length === 1 ? REASONS[cause] : 'unknown';
}
