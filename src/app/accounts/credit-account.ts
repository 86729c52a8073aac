import { type Account, availableMinor, type Balance } from '../../domain/account.ts';
import type { Mode } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';

export interface CreditInput {
  readonly accountId: string;
  /** May be negative (a correction), but never takes the available balance below 0 unless allowed (decision B13). */
  readonly amountMinor: number;
  readonly note: string;
  readonly mode: Mode;
  readonly allowNegative: boolean;
}

/** Puts money into an account's wallet, or takes it back. */
export function creditAccount(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  input: CreditInput,
): Promise<Result<Changed<{ account: Account; balance: Balance; transactionId: string }>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    const account = await tx.accounts.get(input.accountId);
    if (account === null || account.status === 'closed') return err({ kind: 'not_found', resource: 'account' });
    // Only masters have a wallet: a sub-account's purchases are its parent's (decision B13).
    if (account.kind === 'sub_account')
      return err({ kind: 'wrong_state', detail: 'A sub_account has no balance of its own; credit its parent.' });
    const before = await tx.ledger.lockBalance(account, input.mode);
    if (input.amountMinor < 0 && !input.allowNegative && availableMinor(before) + input.amountMinor < 0) {
      return err({
        kind: 'insufficient_balance',
        requiredMinor: -input.amountMinor,
        availableMinor: availableMinor(before),
        currency: before.currency,
      });
    }
    const transactionId = newId();
    await tx.ledger.post({
      id: transactionId,
      mode: input.mode,
      kind: 'credit',
      accountId: account.id,
      currency: account.currency,
      numberId: null,
      note: input.note,
      at: deps.clock.now(),
      lines: [
        { book: 'wallet', accountId: account.id, amountMinor: input.amountMinor },
        { book: 'funding', accountId: account.id, amountMinor: -input.amountMinor },
      ],
    });
    const balance = { ...before, walletMinor: before.walletMinor + input.amountMinor };
    await tx.audit({
      action: 'account.credit',
      resource: `account:${account.id}`,
      accountId: account.id,
      before: { mode: input.mode, walletMinor: before.walletMinor },
      after: { mode: input.mode, walletMinor: balance.walletMinor, transactionId },
      reason: input.note,
    });
    return ok({ account, balance, transactionId });
  });
}
