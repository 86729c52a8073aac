import type { Account } from '../../domain/account.ts';
import { recordRef } from '../../domain/records.ts';
import { accountRecord } from '../../domain/render-record.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import type { Transaction } from '../ports/store.ts';
import type { SubAccount, SubAccountLabels } from '../ports/sub-accounts.ts';
import { findChild, NO_SUCH_SUB_ACCOUNT, parentOf } from './own-sub-account.ts';

export interface UpdateSubAccountInput {
  readonly authId: string;
  readonly name?: string;
  /** A disabled one keeps its numbers but neither receives nor places calls (decision B29). */
  readonly enabled?: boolean;
  readonly labels: Partial<SubAccountLabels>;
}

/** Renames, enables or disables a sub-account and changes its labels; without a difference it leaves no trace. */
export async function updateSubAccount(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  input: UpdateSubAccountInput,
  wait?: Wait,
): Promise<Result<Changed<SubAccount>, RequestRefusal>> {
  const parent = parentOf(actor);
  if (!parent.ok) return parent;
  return change(
    deps,
    actor,
    async (tx) => {
      const child = await findChild(tx.accounts, parent.value, input.authId);
      const locked = child === null ? null : await tx.accounts.lock(child.id);
      const before = locked === null || locked.status === 'closed' ? null : await tx.subAccounts.get(locked.id);
      if (before === null) return err(NO_SUCH_SUB_ACCOUNT);
      const after = patched(before, input, deps.clock.now());
      if (after !== before) await save(tx, before, after);
      // Unchanged too: the answer says `applied`, and the change before it may still be on its way (decision B17).
      const { account } = after;
      await tx.publish({ ref: recordRef.account(account.id), version: account.version, record: accountRecord(account) }, account.id);
      return ok(after);
    },
    wait,
  );
}

/** The same object when nothing differs. Labels are in no record, so they alone make no new version. */
function patched(before: SubAccount, input: UpdateSubAccountInput, now: number): SubAccount {
  const name = input.name ?? before.account.name;
  const status = input.enabled === undefined ? before.account.status : input.enabled ? ('active' as const) : ('disabled' as const);
  const labels = { ...before.labels, ...input.labels };
  const accountDiffers = name !== before.account.name || status !== before.account.status;
  if (!accountDiffers && JSON.stringify(labels) === JSON.stringify(before.labels)) return before;
  const account: Account = accountDiffers
    ? { ...before.account, name, status, version: before.account.version + 1, updatedAt: now }
    : before.account;
  return { ...before, account, labels };
}

async function save(tx: Transaction, before: SubAccount, after: SubAccount): Promise<void> {
  const { account } = after;
  if (account !== before.account) await tx.accounts.save(account);
  await tx.subAccounts.putLabels(account.id, after.labels);
  await tx.audit({
    action: 'account.update',
    resource: `account:${account.id}`,
    accountId: account.id,
    before: { ...before.account, labels: before.labels },
    after: { ...account, labels: after.labels },
  });
}
