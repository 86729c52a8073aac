import { type DefaultCaller, isSameCaller } from '../../domain/default-caller.ts';
import { leafOf } from '../../domain/holder-account.ts';
import { lifecycleOf, type PhoneNumber } from '../../domain/number.ts';
import type { Mode } from '../../domain/records.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Transaction } from '../ports/store.ts';

/** What presents a number by itself: a trunk group or a login. */
export interface Presenting {
  /** The account or sub-account whose it is; null: the platform's. */
  readonly accountId: string | null;
  readonly mode: Mode;
  readonly defaultCaller?: DefaultCaller | undefined;
}

/** The number that is to be presented, where exactly this holder has it, in this mode; null: it is none of theirs to present. */
export async function findDefaultCaller(
  tx: Pick<Transaction, 'numbers'>,
  { accountId, mode, defaultCaller }: Presenting,
): Promise<PhoneNumber | null> {
  const number = defaultCaller === undefined ? null : await tx.numbers.byE164(mode, defaultCaller.e164);
  const isInUse = number !== null && ['active', 'suspended'].includes(lifecycleOf(number));
  return isInUse && number.holder !== null && leafOf(number.holder) === accountId ? number : null;
}

/**
 * Checks a default caller that is new: a number that exactly this holder has, in this mode. What it had may stay whatever became of it,
 * as each call asks again (ADR 26). Refuses `invalid` at `default_caller`.
 */
export async function checkDefaultCaller(
  tx: Transaction,
  wanted: Presenting,
  before?: DefaultCaller,
): Promise<Result<void, RequestRefusal>> {
  if (wanted.defaultCaller === undefined || isSameCaller(wanted.defaultCaller, before)) return ok(undefined);
  const number = await findDefaultCaller(tx, wanted);
  return number !== null ? ok(undefined) : err(invalidBody(['default_caller', 'e164'], 'No such number of this account.', 'not_found'));
}
