import { holderOf } from '../../domain/account.ts';
import { isForSaleTo, type PhoneNumber } from '../../domain/number.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Actor } from '../actor.ts';
import { isHeldNumber } from '../numbers/own-number.ts';
import type { Transaction } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';

/** Numbers that the actor may know of, in the order asked for: its own, and those it could buy; others are left out. */
export async function knownNumbers(
  tx: Transaction,
  { clock }: { readonly clock: Clock },
  actor: Actor,
  e164s: readonly string[],
): Promise<readonly PhoneNumber[]> {
  const buyer = holderOf(accountOf(actor));
  const found: PhoneNumber[] = [];
  for (const e164 of e164s) {
    const number = await tx.numbers.byE164(actor.mode, e164);
    if (number !== null && (isHeldNumber(actor, number) || isForSaleTo(number, buyer, clock.now()))) found.push(number);
  }
  return found;
}
