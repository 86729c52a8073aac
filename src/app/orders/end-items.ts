import type { NumberOrder } from '../../domain/order.ts';
import { giveBack } from '../../domain/order-create.ts';
import type { CancelledItems } from '../../domain/order-progress.ts';
import { saveOrdered } from '../numbers/save-number.ts';
import type { Transaction } from '../ports/store.ts';
import { auditOrder } from './audit-order.ts';
import { releaseOf } from './order-money.ts';

/** Carries out the end of items that waited: holds released, numbers back in stock, one audit row (decision B27). The order is locked. */
export async function endItems(
  tx: Transaction,
  before: NumberOrder,
  { order, cancelled }: CancelledItems,
  action: 'order.cancel' | 'order.deadline',
  at: number,
): Promise<void> {
  const gone = new Set(cancelled.map(({ id }) => id));
  const released = order.items.filter(({ id }) => gone.has(id)).map((item) => releaseOf(order, item, at));
  // Numbers before balance, as a purchase does, so that nobody waits in a circle.
  const numbers = await tx.numbers.lockMany(cancelled.map(({ numberId }) => numberId));
  await tx.ledger.postAll(released);
  await tx.orders.save(before, order);
  const moves = numbers.map((number) => ({ before: number, after: giveBack(number, at) }));
  await saveOrdered(tx, moves, action);
  await auditOrder(tx, action, before, order);
}
