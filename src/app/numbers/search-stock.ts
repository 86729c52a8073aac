import type { PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, change } from '../change.ts';
import type { OrderingDeps } from '../orders/place-order.ts';
import type { OffsetPage, StockFilter } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';
import { listInventory } from './list-inventory.ts';

/** What searching takes where an order needs a search first. */
export interface SearchDeps extends ChangeDeps, Pick<OrderingDeps, 'clock'> {
  readonly requireSearch: boolean;
  readonly searchValidMs: number;
}

/** Finds stock numbers and, where orders need it, remembers that the account was shown them. */
export async function searchStock(
  deps: SearchDeps,
  actor: Actor,
  filter: Omit<StockFilter, 'mode' | 'buyer' | 'at'>,
  limit: number,
): Promise<Result<OffsetPage<PhoneNumber>, RequestRefusal>> {
  const found = await listInventory(deps, actor, filter, { limit, offset: 0, isCounted: false });
  if (!deps.requireSearch || found.rows.length === 0) return ok(found);
  const now = deps.clock.now();
  const e164s = found.rows.map(({ e164 }) => e164);
  const remembered = await change(deps, actor, async (tx) => {
    await tx.orders.rememberSearched(accountOf(actor).id, actor.mode, e164s, now, now - deps.searchValidMs);
    return ok(null);
  });
  return remembered.ok ? ok(found) : remembered;
}
