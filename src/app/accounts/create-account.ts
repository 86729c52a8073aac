import type { Account } from '../../domain/account.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newAuthId, newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { openAccount } from './open-account.ts';

export interface CreateAccountInput {
  readonly name: string;
  readonly kind: 'account' | 'sub_account';
  readonly parentId: string | null;
  /** ISO 4217; a sub-account has its parent's. */
  readonly currency: string | null;
  readonly country: string | null;
}

/** An account and the token of its auth id, which is told once and never again. */
export interface CreatedAccount {
  readonly account: Account;
  readonly authToken: string;
}

/** Opens an account or a sub-account with its first auth token. */
export function createAccount(
  deps: ChangeDeps & { readonly clock: Clock; readonly defaultCurrency: string },
  actor: Actor,
  input: CreateAccountInput,
  wait?: Wait,
): Promise<Result<Changed<CreatedAccount>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const parent = input.parentId === null ? null : await tx.accounts.lock(input.parentId);
      const checked = checkParent(input, parent);
      if (!checked.ok) return checked;
      const now = deps.clock.now();
      const account: Account = {
        id: newId(),
        authId: newAuthId(input.kind === 'account' ? 'MA' : 'SA'),
        name: input.name,
        kind: input.kind,
        parentId: input.parentId,
        status: 'active',
        currency: parent?.currency ?? input.currency ?? deps.defaultCurrency,
        country: input.country ?? parent?.country ?? null,
        version: 1,
        createdAt: now,
        updatedAt: now,
      };
      return ok({ account, authToken: await openAccount(tx, account) });
    },
    wait,
  );
}

function checkParent(input: CreateAccountInput, parent: Account | null): Result<void, RequestRefusal> {
  if (input.kind === 'account') {
    return input.parentId === null ? ok(undefined) : err(invalidBody(['parent_id'], 'Only a sub_account has a parent.', 'not_supported'));
  }
  if (input.parentId === null) return err(invalidBody(['parent_id'], 'A sub_account needs its parent account.', 'missing'));
  if (parent === null || parent.kind !== 'account' || parent.status === 'closed') {
    return err(invalidBody(['parent_id'], 'No such account.'));
  }
  if (input.currency !== null && input.currency !== parent.currency) {
    return err(invalidBody(['currency'], `A sub_account has its parent's currency, ${parent.currency}.`));
  }
  return ok(undefined);
}
