import type { Account } from '../../domain/account.ts';
import type { TrunkGroup } from '../../domain/trunk-group.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { Transaction } from '../ports/store.ts';
import { destroyLogin } from '../sip-credentials/save-login.ts';
import { publishTrunkGroup } from '../trunk-groups/check-trunk-group.ts';

const PAGE = 500;
type Position = { readonly createdAt: number; readonly id: string } | null;

/** Closes a sub-account that holds no numbers any more, with all that acts for it; its record is the caller's to publish. */
export async function closeAccount(tx: Transaction, before: Account, nowMs: number): Promise<Account> {
  const after: Account = { ...before, status: 'closed', version: before.version + 1, updatedAt: nowMs };
  await tx.accounts.save(after);
  // Trunks before logins: the order in which deleting a trunk locks them.
  await emptyTrunks(tx, before.id, nowMs);
  await removeLogins(tx, before);
  await revokeKeys(tx, before.id, nowMs);
  await turnOffWebhooks(tx, before.id, nowMs);
  return after;
}

async function removeLogins(tx: Transaction, { id, parentId }: Account): Promise<void> {
  for (;;) {
    const logins = await tx.credentials.list(
      { ...(parentId === null ? {} : { accountId: parentId }), subAccountId: id },
      { limit: PAGE, after: null },
    );
    for (const { id: loginId } of logins) {
      // The tombstone is above what a change that commits meanwhile has published.
      const login = await tx.credentials.lock(loginId);
      if (login !== null) await destroyLogin(tx, login);
    }
    if (logins.length < PAGE) return;
  }
}

async function revokeKeys(tx: Transaction, accountId: string, nowMs: number): Promise<void> {
  let after: Position = null;
  for (;;) {
    const keys = await tx.keys.list(accountId, { limit: PAGE, after });
    for (const key of keys) if (key.revokedAt === null) await tx.keys.revoke(key.id, nowMs);
    const last = keys.at(-1);
    if (last === undefined || keys.length < PAGE) return;
    after = { createdAt: last.createdAt, id: last.id };
  }
}

/** Nobody is recognised by its trunks any more, and the addresses are free for others (decision C21). */
async function emptyTrunks(tx: Transaction, accountId: string, nowMs: number): Promise<void> {
  let after: Position = null;
  for (;;) {
    const page: readonly TrunkGroup[] = await tx.trunkGroups.list({ accountId, kind: 'customer' }, { limit: PAGE, after });
    for (const { id } of page) await emptyTrunk(tx, id, nowMs);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = { createdAt: last.createdAt, id: last.id };
  }
}

async function emptyTrunk(tx: Transaction, id: string, nowMs: number): Promise<void> {
  const group = await tx.trunkGroups.lock(id);
  if (group === null) return;
  const { version, sourceVersion } = group;
  const raised = { version: version + 1, sourceVersion: sourceVersion + 1, updatedAt: nowMs };
  const emptied = { ...group, enabled: false, acl: [], gateways: [], logins: undefined, ...raised };
  await tx.trunkGroups.save(emptied);
  await publishTrunkGroup(tx, emptied, { group: true, source: true });
}

async function turnOffWebhooks(tx: Transaction, accountId: string, nowMs: number): Promise<void> {
  let after: Position = null;
  for (;;) {
    const page: readonly Webhook[] = await tx.webhooks.list({ accountId }, { limit: PAGE, after });
    for (const { id } of page) {
      const webhook = await tx.webhooks.lock(id);
      // Only the platform turns one on again, whatever it was off for: there is nobody left whom it would tell.
      if (webhook === null || webhook.disabledReason === 'by_platform') continue;
      await tx.webhooks.save({ ...webhook, disabledReason: 'by_platform', version: webhook.version + 1, updatedAt: nowMs });
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = { createdAt: last.createdAt, id: last.id };
  }
}
