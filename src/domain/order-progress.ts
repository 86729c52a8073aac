import { err, ok, type Result } from '../kit/result.ts';
import { itemsOf, type NumberOrder, type OrderItem, type OrderStatus, statusOfSubOrder } from './order.ts';
import type { RequestRefusal } from './request-refusal.ts';

/** An item that stops waiting, and what becomes of the money that was held for it. */
export interface Settlement {
  readonly itemId: string;
  readonly status: Exclude<OrderStatus, 'pending'>;
  /** Ledger transaction that captures (`success`) or releases (anything else). */
  readonly settleId: string;
}

/** An order after some of its items were cancelled, and these as they were before. */
export interface CancelledItems {
  readonly order: NumberOrder;
  readonly cancelled: readonly OrderItem[];
}

/** Settles pending items; everything else of the order stays. The order must be at its new version already. */
export function settleItems(order: NumberOrder, settlements: readonly Settlement[], nowMs: number): NumberOrder {
  if (settlements.length === 0) return order;
  const by = new Map(settlements.map((settlement) => [settlement.itemId, settlement]));
  const items = order.items.map((item): OrderItem => {
    const settlement = by.get(item.id);
    if (settlement === undefined) return item;
    if (item.status !== 'pending') throw new Error(`item ${item.id} is settled already`);
    return { ...item, status: settlement.status, settleId: settlement.settleId, deadline: null };
  });
  return touch({ ...order, items }, order, nowMs);
}

/** A number left its holder: its waiting or finished item is `deleted` (decision B27). Returns the same object when it had none. */
export function decideItemGone(order: NumberOrder, numberId: string, newId: () => string, nowMs: number): NumberOrder {
  const item = order.items.find((each) => each.numberId === numberId && (each.status === 'pending' || each.status === 'success'));
  if (item === undefined) return order;
  const settleId = item.settleId ?? newId();
  const items = order.items.map((each): OrderItem => (each === item ? { ...each, status: 'deleted', settleId, deadline: null } : each));
  return { ...touch({ ...order, items }, order, nowMs), version: order.version + 1, updatedAt: nowMs };
}

/** Decides to cancel a sub-order: active numbers stay, the waiting ones go back (decision B27). */
export function decideCancel(
  order: NumberOrder,
  subOrderId: string,
  newId: () => string,
  nowMs: number,
): Result<CancelledItems, RequestRefusal> {
  const status = statusOfSubOrder(order, subOrderId);
  if (status !== 'pending')
    return err({ kind: 'wrong_state', detail: `The sub number order is ${status}: only a pending one can be cancelled.` });
  const waiting = itemsOf(order, subOrderId).filter((item) => item.status === 'pending');
  return ok(cancelItems(order, waiting, newId, nowMs));
}

/** Cancels items that wait; the numbers of the others stay. */
export function cancelItems(order: NumberOrder, cancelled: readonly OrderItem[], newId: () => string, nowMs: number): CancelledItems {
  const settlements = cancelled.map(({ id }): Settlement => ({ itemId: id, status: 'cancelled', settleId: newId() }));
  const settled = settleItems(order, settlements, nowMs);
  return { order: { ...settled, version: order.version + 1, updatedAt: nowMs }, cancelled };
}

/** Sub-orders whose items changed are as new as the change. */
const touch = (after: NumberOrder, before: NumberOrder, nowMs: number): NumberOrder => {
  const changed = new Set(after.items.filter((item, index) => item !== before.items[index]).map(({ subOrderId }) => subOrderId));
  return { ...after, subOrders: after.subOrders.map((sub) => (changed.has(sub.id) ? { ...sub, updatedAt: nowMs } : sub)) };
};
