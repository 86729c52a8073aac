import { holderOf } from '../../domain/account.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import type { Actor } from '../actor.ts';
import type { NumberFilter, OffsetPage, OffsetRequest, UnitOfWork } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';

/** Auth ids by account id, for faces that name accounts so. */
export type AuthIds = ReadonlyMap<string, string>;

/** Lists the numbers of the actor's account and, for a parent unless told otherwise, of its sub-accounts too (decision B29). */
export function listAccountNumbers(
  deps: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  filter: { readonly search?: string; readonly includeSubAccounts: boolean },
  page: OffsetRequest,
): Promise<OffsetPage<PhoneNumber> & { readonly authIds: AuthIds }> {
  const account = accountOf(actor);
  const withSubAccounts = account.parentId === null && filter.includeSubAccounts;
  const where: NumberFilter = {
    mode: actor.mode,
    ...(filter.search === undefined ? {} : { search: filter.search }),
    ...(withSubAccounts ? { ownerAccountId: account.id } : { holder: holderOf(account) }),
  };
  return deps.unitOfWork.read(async (tx) => {
    const listed = await tx.numbers.listByOffset(where, page);
    return { ...listed, authIds: await tx.subAccounts.authIds([...new Set(listed.rows.flatMap(accountIdsOf))]) };
  });
}

/** A number of the actor's with the auth ids of its holder. */
export async function authIdsOf(deps: { readonly unitOfWork: UnitOfWork }, number: PhoneNumber): Promise<AuthIds> {
  return deps.unitOfWork.read((tx) => tx.subAccounts.authIds(accountIdsOf(number)));
}

const accountIdsOf = ({ holder }: PhoneNumber): string[] => (holder === null ? [] : [holder.subAccountId ?? holder.ownerAccountId]);
