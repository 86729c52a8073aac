import { err, ok, type Result } from '../kit/result.ts';
import { platformsOwn } from './holder-change.ts';
import { CLEAN_SLATE, type PhoneNumber } from './number.ts';
import { giveBack } from './order-create.ts';
import { keptInStock } from './platform-suspension.ts';
import type { RequestRefusal } from './request-refusal.ts';

/** How a number waits before it is for sale again; both 0: not at all (decision B1). */
export interface ReleaseTerms {
  /** For so long the release can be taken back. */
  readonly windowMs: number;
  /** For so long after that nobody but its last holder sees it in stock. */
  readonly quarantineMs: number;
}

/** What is known when a number is given back. */
export interface ReleaseFacts {
  /** As the fence counted them. */
  readonly liveCalls: number;
  readonly coolOffMs: number;
  readonly nowMs: number;
  /** Absent: for sale at once. */
  readonly terms?: ReleaseTerms;
}

/**
 * Decides a release. Nothing of its holder's stays on the number, and it takes no further call. Without a live call it is back in
 * stock, for the last holder only until its cool-off ends (decision B8); with one it is `releasing`, in stock for nobody (decision B6).
 * With a window it is `releasing` too, and `availableAt` says until when its holder may take it back; one that was never in use has
 * none: its order ends with the release, and there is nothing paid to come back to (invariant 7).
 */
export function decideRelease(number: PhoneNumber, facts: ReleaseFacts): Result<PhoneNumber, RequestRefusal> {
  if (number.holder === null || number.lifecycle === 'releasing') return err({ kind: 'not_found', resource: 'number' });
  if (number.deletionLock) return err({ kind: 'locked', detail: 'The number has a deletion lock; take it off first.' });
  const cleared: PhoneNumber = { ...number, ...CLEAN_SLATE, ...keptInStock(number), updatedAt: facts.nowMs, version: number.version + 1 };
  if (number.lifecycle === 'pending' && facts.liveCalls === 0) return ok(giveBack(number, facts.nowMs));
  const windowMs = number.lifecycle === 'active' ? (facts.terms?.windowMs ?? 0) : 0;
  if (windowMs > 0) return ok({ ...cleared, ...platformsOwn(number), lifecycle: 'releasing', availableAt: facts.nowMs + windowMs });
  return ok(facts.liveCalls > 0 ? { ...cleared, lifecycle: 'releasing', availableAt: null } : toStock(cleared, facts));
}

/** Decides the end of a release that waited for live calls; refuses `wrong_state` while there are some. */
export function decideReleased(number: PhoneNumber, facts: ReleaseFacts): Result<PhoneNumber, RequestRefusal> {
  if (number.lifecycle !== 'releasing') return err({ kind: 'wrong_state', detail: 'The number is not being given back.' });
  if (facts.liveCalls > 0) return err({ kind: 'wrong_state', detail: 'Calls of the number still go on.' });
  return ok(toStock({ ...number, updatedAt: facts.nowMs, version: number.version + 1 }, facts));
}

/** True while the holder of a released number may take it back: only a release with a window says when that ends. */
export const isReleaseOpen = ({ lifecycle, availableAt }: PhoneNumber, nowMs: number): boolean =>
  lifecycle === 'releasing' && availableAt !== null && nowMs < availableAt;

/**
 * Decides that a release is taken back. What the number was routed to is gone for good; refuses `wrong_state` when it is too late, and
 * for a number that nobody paid for: only an order makes it active.
 */
export function decideCancelRelease(number: PhoneNumber, nowMs: number): Result<PhoneNumber, RequestRefusal> {
  if (!isReleaseOpen(number, nowMs) || number.purchasedAt === null)
    return err({ kind: 'wrong_state', detail: 'number is not pending release' });
  return ok({ ...number, lifecycle: 'active', availableAt: null, updatedAt: nowMs, version: number.version + 1 });
}

function toStock(number: PhoneNumber, { coolOffMs, nowMs, terms }: ReleaseFacts): PhoneNumber {
  const ends = [nowMs + (terms?.quarantineMs ?? 0), ...(number.lastCallAt === null ? [] : [number.lastCallAt + coolOffMs])];
  const unseenUntil = Math.max(...ends);
  return {
    ...number,
    ...CLEAN_SLATE,
    ...keptInStock(number),
    holder: null,
    lastHolder: number.holder,
    lifecycle: 'available',
    availableAt: unseenUntil > nowMs ? unseenUntil : null,
    purchasedAt: null,
  };
}
