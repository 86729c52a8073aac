import { holderOf } from '../../domain/account.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import type { Actor } from '../actor.ts';
import type { NumberFilter, OffsetPage, OffsetRequest, UnitOfWork } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';

/** Lists the numbers that the actor's account itself holds, oldest first (decision B29), without those it has given back. */
export function listNumbers(
  deps: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  filter: Pick<NumberFilter, 'country' | 'type' | 'lifecycle' | 'e164'>,
  page: OffsetRequest,
): Promise<OffsetPage<PhoneNumber>> {
  const holder = holderOf(accountOf(actor));
  return deps.unitOfWork.read((tx) => tx.numbers.listByOffset({ ...filter, mode: actor.mode, holder, isGivenBack: false }, page));
}
