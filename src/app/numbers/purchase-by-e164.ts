import { holderOf } from '../../domain/account.ts';
import { isForSaleTo, type PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { Changed, Wait } from '../change.ts';
import { accountOf } from '../tenant.ts';
import { type PurchaseDeps, purchaseNumber } from './purchase-number.ts';

export interface PurchaseByE164Input {
  readonly e164: string;
  /** The currency the buyer reckons with; null: whatever the number is priced in. */
  readonly currency: string | null;
}

/** Buys a number from stock by its E.164; refuses `not_in_stock` and, where the buyer named another currency, `currency_mismatch`. */
export async function purchaseByE164(
  deps: PurchaseDeps,
  actor: Actor,
  { e164, currency }: PurchaseByE164Input,
  wait?: Wait,
): Promise<Result<Changed<PhoneNumber>, RequestRefusal>> {
  const found = await deps.unitOfWork.look(({ numbers }) => numbers.byE164(actor.mode, e164));
  // The purchase decides again under the number's lock; here it is only about not telling the currency of what is not for sale.
  if (found === null || !isForSaleTo(found, holderOf(accountOf(actor)), deps.clock.now())) return err({ kind: 'not_in_stock' });
  if (currency !== null && currency !== found.currency) return err(mismatch(found.currency, currency));
  return purchaseNumber(deps, actor, found.id, wait);
}

const mismatch = (priced: string, asked: string): RequestRefusal => ({
  kind: 'conflict',
  code: 'currency_mismatch',
  detail: `The number is priced in ${priced}, not in ${asked}.`,
});
