import { holderOf } from '../../domain/account.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Actor } from '../actor.ts';
import type { OffsetPage, OffsetRequest, StockFilter, UnitOfWork } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';

/** Lists the stock the actor may buy now; numbers that cool off are in it for their last holder only (decision B8). */
export function listInventory(
  deps: { readonly unitOfWork: UnitOfWork; readonly clock: Clock },
  actor: Actor,
  filter: Pick<StockFilter, keyof Omit<StockFilter, 'mode' | 'buyer' | 'at'>>,
  page: OffsetRequest,
): Promise<OffsetPage<PhoneNumber>> {
  const buyer = holderOf(accountOf(actor));
  return deps.unitOfWork.read((tx) => tx.numbers.stock({ ...filter, mode: actor.mode, buyer, at: deps.clock.now() }, page));
}
