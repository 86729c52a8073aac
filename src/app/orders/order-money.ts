import type { NumberOrder, OrderItem } from '../../domain/order.ts';
import type { LedgerLine, LedgerTransaction } from '../ports/ledger.ts';

/** The payer is always the master (decision B13), and a free number leaves its rows of zero too (invariant 7). */
function entryOf(
  order: NumberOrder,
  item: OrderItem,
  kind: 'purchase' | 'hold' | 'capture' | 'hold_release',
  sums: Partial<Record<LedgerLine['book'], number>>,
  at: number,
): LedgerTransaction {
  const payerId = order.holder.ownerAccountId;
  const id = kind === 'hold' ? item.holdId : item.settleId;
  if (id === null) throw new Error(`item ${item.id} has no ledger transaction for its ${kind}`);
  const lines = Object.entries(sums).map(([book, amountMinor]) => ({ book: book as LedgerLine['book'], accountId: payerId, amountMinor }));
  const { currency, numberId } = item;
  return { id, mode: order.mode, kind, accountId: payerId, currency, numberId, note: null, at, lines };
}

// `-0` is not 0 to everybody.
const minus = (amountMinor: number): number => (amountMinor === 0 ? 0 : -amountMinor);

/** What a new item does to the money: one that need not wait is paid, the price of the others is held (available = balance − holds). */
export const chargeOf = (order: NumberOrder, item: OrderItem, at: number): LedgerTransaction =>
  item.status === 'pending'
    ? entryOf(order, item, 'hold', { held: item.chargeMinor, promised: minus(item.chargeMinor) }, at)
    : entryOf(order, item, 'purchase', { wallet: minus(item.chargeMinor), revenue: item.chargeMinor }, at);

/** Turns the hold of an item into its payment. */
export function captureOf(order: NumberOrder, item: OrderItem, at: number): LedgerTransaction {
  const { chargeMinor } = item;
  const sums = { held: minus(chargeMinor), promised: chargeMinor, wallet: minus(chargeMinor), revenue: chargeMinor };
  return entryOf(order, item, 'capture', sums, at);
}

/** Gives the hold of an item back. */
export const releaseOf = (order: NumberOrder, item: OrderItem, at: number): LedgerTransaction =>
  entryOf(order, item, 'hold_release', { held: minus(item.chargeMinor), promised: item.chargeMinor }, at);
