import { err, ok, type Result } from '../kit/result.ts';
import { type CoolOffJudgement, judgeCoolOff } from './cool-off.ts';
import { CLEAN_SLATE, type PhoneNumber } from './number.ts';
import type { RequestRefusal } from './request-refusal.ts';

/** What a move inside an account comes to: the number in its new hands, and whether only force let it go. */
export interface Moved {
  readonly number: PhoneNumber;
  /** False: nothing was in the way, forced or not. */
  readonly forceNeeded: boolean;
}

/** What is known when a number is about to move. */
export interface MoveFacts {
  /** Of the calls that hold this move up. */
  readonly coolOff: CoolOffJudgement;
  /** The actor may overrule the cool-off and wants to. */
  readonly force: boolean;
  readonly nowMs: number;
}

const NOT_FOUND: RequestRefusal = { kind: 'not_found', resource: 'number' };

/** Decides the way back from a sub-account to its parent's pool: not within the cool-off after the number's last call (invariant 4). */
export function decideUnassign(number: PhoneNumber, facts: MoveFacts): Result<Moved, RequestRefusal> {
  if (number.holder === null || number.holder.subAccountId === null) return err(NOT_FOUND);
  return decideMove(number, null, facts);
}

/**
 * Decides the way from the parent's pool to a sub-account. What holds it up are calls of another sub-account: one that lost the number
 * by force must not see it in the next one's hands before its cool-off is over (decision B8).
 */
export function decideAssign(number: PhoneNumber, subAccountId: string, facts: MoveFacts): Result<Moved, RequestRefusal> {
  if (number.holder === null || number.holder.subAccountId !== null) return err(NOT_FOUND);
  return decideMove(number, subAccountId, facts);
}

/** What the platform or unpaid fees put on a number: it stays with whoever pays, whatever tenants do among themselves (decision B25). */
export const platformsOwn = ({ suspendedBy, limits }: PhoneNumber): Pick<PhoneNumber, 'suspendedBy' | 'limits'> => ({
  suspendedBy: suspendedBy.filter((who) => who !== 'tenant'),
  limits,
});

function decideMove(number: PhoneNumber, subAccountId: string | null, { coolOff, force, nowMs }: MoveFacts): Result<Moved, RequestRefusal> {
  if (number.holder === null) return err(NOT_FOUND);
  if (number.lifecycle !== 'active') {
    return err({ kind: 'wrong_state', detail: 'Only an active number changes hands; this one is still being set up or given back.' });
  }
  const cooling = coolOff.result === 'cooling';
  if (cooling && !force) return err({ kind: 'cool_off', untilMs: coolOff.untilMs, remainingSeconds: coolOff.remainingSeconds });
  return ok({
    forceNeeded: cooling,
    number: {
      ...number,
      ...CLEAN_SLATE,
      // The payer stays the same, and so does what the platform or unpaid fees put on the number; only tenants' own words go.
      ...platformsOwn(number),
      holder: { ownerAccountId: number.holder.ownerAccountId, subAccountId },
      lastHolder: number.holder,
      updatedAt: nowMs,
      version: number.version + 1,
    },
  });
}

/** The latest call of a number as the fence knows it: the store's, Redis's, and now while a call is live (decision C4). */
export function lastCallOf(
  stored: number | null,
  use: { readonly lastCallAt: number | null; readonly liveCalls: number },
  nowMs: number,
): number | null {
  const known = [stored, use.lastCallAt, use.liveCalls > 0 ? nowMs : null].filter((at) => at !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** Judges a move by the calls of others, all of which are over. */
export const judgePastCalls = (lastCallAtMs: number | null, coolOffMs: number, nowMs: number): CoolOffJudgement =>
  judgeCoolOff({ lastCallAtMs, liveCalls: 0, nowMs, coolOffMs });
