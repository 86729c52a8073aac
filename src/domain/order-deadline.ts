import { err, ok, type Result } from '../kit/result.ts';
import type { NumberOrder, OrderItem } from './order.ts';
import { type CancelledItems, cancelItems } from './order-progress.ts';
import { invalidBody, type RequestRefusal } from './request-refusal.ts';

/** Deadlines of an order that it did not have before, ms; each needs somebody who looks when it has passed. */
export function newDeadlines(before: NumberOrder | null, after: NumberOrder): readonly number[] {
  const known = new Set(before === null ? [] : deadlinesOf(before));
  return deadlinesOf(after).filter((deadline) => !known.has(deadline));
}

/** Every deadline of an order once, soonest first. */
const deadlinesOf = ({ items }: NumberOrder): readonly number[] =>
  [...new Set(items.flatMap(({ status, deadline }) => (status === 'pending' && deadline !== null ? [deadline] : [])))].toSorted(
    (a, b) => a - b,
  );

/** Cancels what waited for values longer than it may (seed-apis A.1.2); null when nothing did. An item with all its values has no deadline. */
export function decideOverdue(order: NumberOrder, newId: () => string, nowMs: number): CancelledItems | null {
  const overdue = order.items.filter(({ status, deadline }) => status === 'pending' && deadline !== null && deadline <= nowMs);
  return overdue.length === 0 ? null : cancelItems(order, overdue, newId, nowMs);
}

/** Decides a new deadline for one item that still waits for values; returns the same object when it is the one it has. */
export function decideDeadline(order: NumberOrder, itemId: string, deadline: number, nowMs: number): Result<NumberOrder, RequestRefusal> {
  const item = order.items.find(({ id }) => id === itemId);
  if (item === undefined) throw new Error(`item ${itemId} is not in its order`);
  if (item.status !== 'pending') return err({ kind: 'wrong_state', detail: `The item is ${item.status}: nothing is waited for.` });
  if (item.deadline === null) return err({ kind: 'wrong_state', detail: 'The item has all its values: there is no deadline.' });
  if (deadline === item.deadline) return ok(order);
  if (deadline <= nowMs) return err(invalidBody(['deadline'], 'Must lie in the future.', 'out_of_range'));
  const items = order.items.map((each): OrderItem => (each === item ? { ...each, deadline } : each));
  const subOrders = order.subOrders.map((sub) => (sub.id === item.subOrderId ? { ...sub, updatedAt: nowMs } : sub));
  return ok({ ...order, items, subOrders, version: order.version + 1, updatedAt: nowMs });
}
