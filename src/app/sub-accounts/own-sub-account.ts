import type { Account } from '../../domain/account.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { AccountStore } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';

/** What every unknown, foreign or deleted sub-account gets. */
export const NO_SUCH_SUB_ACCOUNT: RequestRefusal = { kind: 'not_found', resource: 'account' };

/** Refuses sub-accounts: only their parent administers them (decision B29). */
export function parentOf(actor: Actor): Result<Account, RequestRefusal> {
  const account = accountOf(actor);
  if (account.parentId === null) return ok(account);
  return err({ kind: 'forbidden', detail: 'Only the parent account may do this.' });
}

/** The sub-account of this parent with that auth id, unless it was deleted; null otherwise. */
export async function findChild(accounts: AccountStore, parent: Account, authId: string): Promise<Account | null> {
  const found = await accounts.byAuthId(authId);
  return found?.parentId === parent.id && found.status !== 'closed' ? found : null;
}
