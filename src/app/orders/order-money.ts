import type { NumberOrder, OrderItem } from '../../domain/order.ts';
import type { LedgerLine, LedgerTransaction } from '../ports/ledger.ts';
import type { Transaction } from '../ports/store.ts';

/** The payer is always the master (decision B13), and a free number leaves its rows of zero too (invariant 7). */
async function post(
  tx: Transaction,
  order: NumberOrder,
  item: OrderItem,
  id: string,
  kind: LedgerTransaction['kind'],
  sums: Partial<Record<LedgerLine['book'], number>>,
  at: number,
): Promise<void> {
  const payerId = order.holder.ownerAccountId;
  const lines = Object.entries(sums).map(([book, amountMinor]) => ({ book: book as LedgerLine['book'], accountId: payerId, amountMinor }));
  await tx.ledger.post({
    id,
    mode: order.mode,
    kind,
    accountId: payerId,
    currency: item.currency,
    numberId: item.numberId,
    note: null,
    at,
    lines,
  });
}

// `-0` is not 0 to everybody.
const minus = (amountMinor: number): number => (amountMinor === 0 ? 0 : -amountMinor);

/** Takes the price of an item that need not wait. */
export const postPurchase = (tx: Transaction, order: NumberOrder, item: OrderItem, at: number): Promise<void> =>
  post(tx, order, item, need(item.settleId), 'purchase', { wallet: minus(item.chargeMinor), revenue: item.chargeMinor }, at);

/** Keeps the price of an item that waits: available = balance − holds. */
export const postHold = (tx: Transaction, order: NumberOrder, item: OrderItem, at: number): Promise<void> =>
  post(tx, order, item, need(item.holdId), 'hold', { held: item.chargeMinor, promised: minus(item.chargeMinor) }, at);

/** Turns the hold of an item into its payment. */
export const postCapture = (tx: Transaction, order: NumberOrder, item: OrderItem, at: number): Promise<void> => {
  const { chargeMinor } = item;
  const sums = { held: minus(chargeMinor), promised: chargeMinor, wallet: minus(chargeMinor), revenue: chargeMinor };
  return post(tx, order, item, need(item.settleId), 'capture', sums, at);
};

/** Gives the hold of an item back. */
export const postRelease = (tx: Transaction, order: NumberOrder, item: OrderItem, at: number): Promise<void> =>
  post(tx, order, item, need(item.settleId), 'hold_release', { held: minus(item.chargeMinor), promised: item.chargeMinor }, at);

function need(id: string | null): string {
  if (id === null) throw new Error('the item has no ledger transaction for this');
  return id;
}
