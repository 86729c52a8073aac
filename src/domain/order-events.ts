import type { EventType, ToldEvent } from './event.ts';
import {
  areMet,
  isMet,
  itemsOf,
  type NumberOrder,
  type OrderItem,
  requirementsStatusOf,
  statusOfOrder,
  statusOfSubOrder,
} from './order.ts';

const time = (ms: number): string => new Date(ms).toISOString();

/** An ordered number as subscribers are shown it; money and deadlines are the order's own business. */
const shownItem = (order: NumberOrder, item: OrderItem) => {
  const sub = order.subOrders.find(({ id }) => id === item.subOrderId);
  return {
    id: item.id,
    sub_order_id: item.subOrderId,
    number_id: item.numberId,
    e164: item.e164,
    country: sub?.country ?? null,
    type: sub?.type ?? null,
    status: item.status,
    requirements_met: isMet(item),
    requirements_status: requirementsStatusOf(item),
    requirements: item.requirements.map(({ requirementId, fieldType, value, status }) => ({
      requirement_id: requirementId,
      field_type: fieldType,
      value,
      status,
    })),
  };
};

const shownSub = (order: NumberOrder, id: string) => {
  const sub = order.subOrders.find((one) => one.id === id);
  const items = itemsOf(order, id);
  return {
    id,
    country: sub?.country ?? null,
    type: sub?.type ?? null,
    status: statusOfSubOrder(order, id),
    requirements_met: areMet(items),
    phone_numbers_count: items.length,
  };
};

const shownOrder = (order: NumberOrder, items: readonly OrderItem[]) => ({
  order_id: order.id,
  status: statusOfOrder(order),
  requirements_met: areMet(order.items),
  phone_numbers_count: order.items.length,
  customer_reference: order.customerReference,
  trunk_group: order.trunkGroup === null ? null : { id: order.trunkGroup.id, ext_id: order.trunkGroup.extId },
  messaging_profile_id: order.messagingProfileId,
  billing_group_id: order.billingGroupId,
  sub_orders: order.subOrders.map(({ id }) => shownSub(order, id)),
  items: items.map((item) => shownItem(order, item)),
  created_at: time(order.createdAt),
  updated_at: time(order.updatedAt),
});

/** The numbers that a change moved: an order of a thousand, given back one by one, would else be told a thousand times in full. */
function movedItems(before: NumberOrder | null, after: NumberOrder): readonly OrderItem[] {
  const was = new Map((before?.items ?? []).map((item) => [item.id, JSON.stringify(item)]));
  return after.items.filter((item) => was.get(item.id) !== JSON.stringify(item));
}

/**
 * What a placed or saved order is to those who subscribed: one event of the order, and one of each part that moved. An end tells of all
 * its numbers, a change on the way of those that moved.
 */
export function orderEvents(before: NumberOrder | null, after: NumberOrder): readonly ToldEvent[] {
  const event = (type: EventType, id: string, resource: string, payload: unknown): ToldEvent => ({
    key: `${type}:${id}:${after.version}`,
    type,
    accountId: after.holder.subAccountId ?? after.holder.ownerAccountId,
    mode: after.mode,
    resource,
    payload,
    at: after.updatedAt,
  });
  const moved = movedItems(before, after);
  const parts = after.subOrders.flatMap(({ id }) => {
    const movedHere = moved.filter(({ subOrderId }) => subOrderId === id);
    const type = partType(before, after, id, movedHere.length > 0);
    if (type === null) return [];
    const items = (type === 'sub_order.completed' ? itemsOf(after, id) : movedHere).map((item) => shownItem(after, item));
    return [event(type, id, `sub_order:${id}`, { ...shownSub(after, id), order_id: after.id, items })];
  });
  const type = orderType(before, after);
  const items = type === 'order.completed' ? after.items : moved;
  return [event(type, after.id, `order:${after.id}`, shownOrder(after, items)), ...parts];
}

function orderType(before: NumberOrder | null, after: NumberOrder): EventType {
  const was = before === null ? 'pending' : statusOfOrder(before);
  if (was === 'pending' && statusOfOrder(after) !== 'pending') return 'order.completed';
  return before === null ? 'order.created' : 'order.updated';
}

function partType(before: NumberOrder | null, after: NumberOrder, id: string, hasMoved: boolean): EventType | null {
  const was = before === null ? 'pending' : statusOfSubOrder(before, id);
  if (was === 'pending' && statusOfSubOrder(after, id) !== 'pending') return 'sub_order.completed';
  // `order.created` tells of the parts that wait.
  return before !== null && hasMoved ? 'sub_order.updated' : null;
}
