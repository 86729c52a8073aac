import type { Account } from '../../domain/account.ts';
import { recordRef } from '../../domain/records.ts';
import type { Transaction } from '../ports/store.ts';

const PAGE = 500;

/** Closes a sub-account that holds no numbers any more, with its logins and tokens; its record is the caller's to publish. */
export async function closeAccount(tx: Transaction, before: Account, nowMs: number): Promise<Account> {
  const after: Account = { ...before, status: 'closed', version: before.version + 1, updatedAt: nowMs };
  await tx.accounts.save(after);
  await removeLogins(tx, before);
  await revokeKeys(tx, before.id, nowMs);
  return after;
}

async function removeLogins(tx: Transaction, { id, parentId }: Account): Promise<void> {
  for (;;) {
    const logins = await tx.credentials.list(
      { ...(parentId === null ? {} : { accountId: parentId }), subAccountId: id },
      { limit: PAGE, after: null },
    );
    for (const login of logins) {
      await tx.credentials.remove(login.id);
      await tx.publish({ ref: recordRef.credential(login.realm, login.username), version: login.version + 1, record: null }, login.id);
    }
    if (logins.length < PAGE) return;
  }
}

async function revokeKeys(tx: Transaction, accountId: string, nowMs: number): Promise<void> {
  let after: { readonly createdAt: number; readonly id: string } | null = null;
  for (;;) {
    const keys = await tx.keys.list(accountId, { limit: PAGE, after });
    for (const key of keys) if (key.revokedAt === null) await tx.keys.revoke(key.id, nowMs);
    const last = keys.at(-1);
    if (last === undefined || keys.length < PAGE) return;
    after = { createdAt: last.createdAt, id: last.id };
  }
}
