import type { PhoneNumber } from '../../domain/number.ts';
import { decideItemGone } from '../../domain/order-progress.ts';
import { newId } from '../../kit/ids.ts';
import type { Transaction } from '../ports/store.ts';
import { releaseOf } from './order-money.ts';

/** Ends the order item of a number that its holder gave back: `deleted`, and the money it still held is released (decision B27). */
export async function leaveOrder(tx: Transaction, before: PhoneNumber, after: PhoneNumber): Promise<void> {
  if (before.holder === null || isKept(after)) return;
  const found = await tx.orders.ofNumber(before.id);
  // Locked and read again: a change of the order may have been under way.
  const order = found === null ? null : await tx.orders.lock(found.id);
  if (order === null) return;
  const gone = decideItemGone(order, before.id, newId, after.updatedAt);
  if (gone === order) return;
  for (const [index, item] of order.items.entries()) {
    const now = gone.items[index];
    if (item.status === 'pending' && now !== undefined && now !== item) await tx.ledger.post(releaseOf(gone, now, after.updatedAt));
  }
  await tx.orders.save(order, gone);
}

const isKept = ({ holder, lifecycle }: PhoneNumber): boolean => holder !== null && lifecycle !== 'releasing';
