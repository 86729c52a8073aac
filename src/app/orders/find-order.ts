import type { NumberOrder, OrderItem, SubOrder } from '../../domain/order.ts';
import type { RequestRefusal, Resource } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { Transaction, UnitOfWork } from '../ports/store.ts';
import { isOwnOrder } from './own-order.ts';

/** An order, or a part of one, by its id. */
export interface OrderRef {
  readonly resource: 'order' | 'sub_order' | 'order_item';
  readonly id: string;
}

/** An order and the part of it that was named: what a change or an answer is about. */
export interface FoundOrder {
  readonly order: NumberOrder;
  readonly items: readonly OrderItem[];
}

/** The order a reference is in, whoever has it. */
export function orderOf(tx: Transaction, { resource, id }: OrderRef): Promise<NumberOrder | null> {
  if (resource === 'order') return tx.orders.get(id);
  return resource === 'sub_order' ? tx.orders.ofSubOrder(id) : tx.orders.ofItem(id);
}

/** The items a reference stands for. */
export function itemsIn(order: NumberOrder, { resource, id }: OrderRef): readonly OrderItem[] {
  if (resource === 'order') return order.items;
  return order.items.filter((item) => (resource === 'sub_order' ? item.subOrderId : item.id) === id);
}

const notFound = (resource: Resource): Result<never, RequestRefusal> => err({ kind: 'not_found', resource });

/** Reads an order of the actor's by its own id or by that of a part; a foreign one does not exist (invariant 11). */
export async function findOrder(
  deps: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  ref: OrderRef,
): Promise<Result<FoundOrder, RequestRefusal>> {
  const order = await deps.unitOfWork.read((tx) => orderOf(tx, ref));
  return order === null || !isOwnOrder(actor, order) ? notFound(ref.resource) : ok({ order, items: itemsIn(order, ref) });
}

/** The same inside a change: the whole order is locked, whichever part was named. */
export async function lockOrder(tx: Transaction, actor: Actor, ref: OrderRef): Promise<Result<NumberOrder, RequestRefusal>> {
  const found = await orderOf(tx, ref);
  if (found === null || !isOwnOrder(actor, found)) return notFound(ref.resource);
  const order = await tx.orders.lock(found.id);
  return order === null ? notFound(ref.resource) : ok(order);
}

/** The sub-order of an id within its order. */
export function subOrderIn(order: NumberOrder, id: string): SubOrder {
  const found = order.subOrders.find((sub) => sub.id === id);
  if (found === undefined) throw new Error(`sub-order ${id} is not in its order`);
  return found;
}
