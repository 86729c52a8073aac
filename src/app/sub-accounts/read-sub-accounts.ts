import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { OffsetPage, OffsetRequest, UnitOfWork } from '../ports/store.ts';
import type { SubAccount } from '../ports/sub-accounts.ts';
import { findChild, NO_SUCH_SUB_ACCOUNT, parentOf } from './own-sub-account.ts';

interface ReadDeps {
  readonly unitOfWork: UnitOfWork;
}

/** Reads one sub-account of the actor's by its auth id. */
export async function getSubAccount({ unitOfWork }: ReadDeps, actor: Actor, authId: string): Promise<Result<SubAccount, RequestRefusal>> {
  const parent = parentOf(actor);
  if (!parent.ok) return parent;
  const found = await unitOfWork.read(async (tx) => {
    const child = await findChild(tx.accounts, parent.value, authId);
    return child === null ? null : tx.subAccounts.get(child.id);
  });
  return found === null ? err(NO_SUCH_SUB_ACCOUNT) : ok(found);
}

/** Lists the actor's sub-accounts, newest first. */
export async function listSubAccounts(
  { unitOfWork }: ReadDeps,
  actor: Actor,
  filter: { readonly activeOnly: boolean },
  page: OffsetRequest,
): Promise<Result<OffsetPage<SubAccount>, RequestRefusal>> {
  const parent = parentOf(actor);
  if (!parent.ok) return parent;
  return ok(await unitOfWork.read((tx) => tx.subAccounts.list(parent.value.id, filter, page)));
}
