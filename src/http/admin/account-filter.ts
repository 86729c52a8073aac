import type { Transaction } from '../../app/ports/store.ts';

/** What `account_id=` asks a list for: a sub-account's own, or all of a master, its sub-accounts' included. */
export async function accountFilter(
  tx: Transaction,
  accountId: string | undefined,
): Promise<{ readonly accountId?: string; readonly subAccountId?: string }> {
  if (accountId === undefined) return {};
  const account = await tx.accounts.get(accountId);
  return account === null || account.parentId === null ? { accountId } : { accountId: account.parentId, subAccountId: account.id };
}
