import type { Account } from '../../domain/account.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newAuthId, newId } from '../../kit/ids.ts';
import { ok, type Result } from '../../kit/result.ts';
import { openAccount } from '../accounts/open-account.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import type { SubAccount, SubAccountLabels } from '../ports/sub-accounts.ts';
import { parentOf } from './own-sub-account.ts';

export interface CreateSubAccountInput {
  readonly name: string;
  readonly enabled: boolean;
  readonly labels: SubAccountLabels;
}

/** A sub-account and the token of its auth id, which is told once. */
export interface CreatedSubAccount {
  readonly subAccount: SubAccount;
  readonly authToken: string;
}

/** Opens a sub-account of the actor's account with its first auth token and its labels. */
export async function createSubAccount(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  { name, enabled, labels }: CreateSubAccountInput,
  wait?: Wait,
): Promise<Result<Changed<CreatedSubAccount>, RequestRefusal>> {
  const allowed = parentOf(actor);
  if (!allowed.ok) return allowed;
  return change(
    deps,
    actor,
    async (tx) => {
      const parent = (await tx.accounts.lock(allowed.value.id)) ?? allowed.value;
      const now = deps.clock.now();
      const account: Account = {
        id: newId(),
        authId: newAuthId('SA'),
        name,
        kind: 'sub_account',
        parentId: parent.id,
        status: enabled ? 'active' : 'disabled',
        currency: parent.currency,
        country: parent.country,
        version: 1,
        createdAt: now,
        updatedAt: now,
      };
      const authToken = await openAccount(tx, account, { labels });
      await tx.subAccounts.putLabels(account.id, labels);
      const subAccount = await tx.subAccounts.get(account.id);
      if (subAccount === null) throw new Error('a sub-account is gone in its own transaction');
      return ok({ subAccount, authToken });
    },
    wait,
  );
}
