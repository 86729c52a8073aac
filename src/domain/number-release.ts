import { err, ok, type Result } from '../kit/result.ts';
import { CLEAN_SLATE, type PhoneNumber } from './number.ts';
import type { RequestRefusal } from './request-refusal.ts';

/** What is known when a number is given back. */
export interface ReleaseFacts {
  /** As the fence counted them. */
  readonly liveCalls: number;
  readonly coolOffMs: number;
  readonly nowMs: number;
}

/**
 * Decides a release. Nothing of its holder's stays on the number, and it takes no further call. Without a live call it is back in
 * stock, for the last holder only until its cool-off ends (decision B8); with one it is `releasing`, in stock for nobody (decision B6).
 */
export function decideRelease(number: PhoneNumber, facts: ReleaseFacts): Result<PhoneNumber, RequestRefusal> {
  if (number.holder === null || number.lifecycle === 'releasing') return err({ kind: 'not_found', resource: 'number' });
  if (number.deletionLock) return err({ kind: 'locked', detail: 'The number has a deletion lock; take it off first.' });
  const cleared: PhoneNumber = { ...number, ...CLEAN_SLATE, updatedAt: facts.nowMs, version: number.version + 1 };
  return ok(facts.liveCalls > 0 ? { ...cleared, lifecycle: 'releasing', availableAt: null } : toStock(cleared, facts));
}

/** Decides the end of a release that waited for live calls; refuses `wrong_state` while there are some. */
export function decideReleased(number: PhoneNumber, facts: ReleaseFacts): Result<PhoneNumber, RequestRefusal> {
  if (number.lifecycle !== 'releasing') return err({ kind: 'wrong_state', detail: 'The number is not being given back.' });
  if (facts.liveCalls > 0) return err({ kind: 'wrong_state', detail: 'Calls of the number still go on.' });
  return ok(toStock({ ...number, updatedAt: facts.nowMs, version: number.version + 1 }, facts));
}

function toStock(number: PhoneNumber, { coolOffMs, nowMs }: ReleaseFacts): PhoneNumber {
  const coolUntil = number.lastCallAt === null ? null : number.lastCallAt + coolOffMs;
  return {
    ...number,
    holder: null,
    lastHolder: number.holder,
    lifecycle: 'available',
    availableAt: coolUntil !== null && coolUntil > nowMs ? coolUntil : null,
    purchasedAt: null,
  };
}
