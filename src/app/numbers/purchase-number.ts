import { type Account, type Balance, holderOf, payerOf } from '../../domain/account.ts';
import { decidePurchase, type PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import type { LedgerTransaction, Transaction } from '../ports/store.ts';
import { type CredentialDeps, createNumberCredential } from '../sip-credentials/create-number-credential.ts';
import { accountOf } from '../tenant.ts';
import { commitNumber } from './save-number.ts';

export type PurchaseDeps = ChangeDeps & CredentialDeps & { readonly clock: Clock };

/** Buys a number from stock at once: new holder, debit, SIP login, history, audit and records in one transaction. */
export function purchaseNumber(
  deps: PurchaseDeps,
  actor: Actor,
  inventoryId: string,
  wait?: Wait,
): Promise<Result<Changed<PhoneNumber>, RequestRefusal>> {
  const account = accountOf(actor);
  const buyer = holderOf(account);
  return change(
    deps,
    actor,
    async (tx) => {
      // Two buyers queue at the number; number before balance, always, so that nobody waits in a circle.
      const before = await tx.numbers.lock(inventoryId);
      if (before === null) return err({ kind: 'not_in_stock' });
      const payer = await payerAccount(tx, account);
      const balance = await tx.ledger.lockBalance(payer, actor.mode);
      const now = deps.clock.now();
      const decided = decidePurchase(before, buyer, actor.mode, balance, now);
      if (!decided.ok) return decided;
      const { number, chargeMinor } = decided.value;
      await tx.ledger.post(debit(payer, number, chargeMinor, balance));
      await commitNumber(tx, before, number, 'number.purchase');
      await createNumberCredential(tx, deps, number, buyer, now);
      return ok(number);
    },
    wait,
  );
}

/** A free number leaves a row of zero too: every active number has its capture (invariant 7). */
const debit = (payer: Account, number: PhoneNumber, chargeMinor: number, { currency, mode }: Balance): LedgerTransaction => ({
  id: newId(),
  mode,
  kind: 'purchase',
  accountId: payer.id,
  currency,
  numberId: number.id,
  note: null,
  at: number.updatedAt,
  lines: [
    { book: 'wallet', accountId: payer.id, amountMinor: -chargeMinor },
    { book: 'revenue', accountId: payer.id, amountMinor: chargeMinor },
  ],
});

/** The payer is always the master (decision B13). */
async function payerAccount(tx: Transaction, account: Account): Promise<Account> {
  const payer = account.parentId === null ? account : await tx.accounts.get(payerOf(account));
  if (payer === null) throw new Error(`account ${account.id} has no parent row`);
  return payer;
}
