import type { Account, ApiKey } from '../../domain/account.ts';
import { recordRef } from '../../domain/records.ts';
import { accountRecord } from '../../domain/render-record.ts';
import { newId } from '../../kit/ids.ts';
import type { Transaction } from '../ports/store.ts';
import { issueSecret } from './issue-secret.ts';

/** Inserts a new account with its first auth token, audit row and record; `more` goes into the audit row. Returns the token. */
export async function openAccount(tx: Transaction, account: Account, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  await tx.accounts.insert(account);
  const { secret, sha256, prefix } = issueSecret('auth_token', 'live');
  const token: ApiKey = {
    id: newId(),
    accountId: account.id,
    kind: 'auth_token',
    prefix,
    mode: 'live',
    role: 'owner',
    scopes: null,
    allowedIps: [],
    expiresAt: null,
    revokedAt: null,
    createdAt: account.createdAt,
  };
  await tx.keys.insert(token, sha256);
  const after = { ...account, ...more };
  await tx.audit({ action: 'account.create', resource: `account:${account.id}`, accountId: account.id, before: null, after });
  await tx.publish({ ref: recordRef.account(account.id), version: account.version, record: accountRecord(account) }, account.id);
  return secret;
}
