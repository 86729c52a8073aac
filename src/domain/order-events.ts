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

const shownOrder = (order: NumberOrder) => ({
  order_id: order.id,
  status: statusOfOrder(order),
  requirements_met: areMet(order.items),
  phone_numbers_count: order.items.length,
  customer_reference: order.customerReference,
  trunk_group: order.trunkGroup === null ? null : { id: order.trunkGroup.id, ext_id: order.trunkGroup.extId },
  messaging_profile_id: order.messagingProfileId,
  billing_group_id: order.billingGroupId,
  sub_orders: order.subOrders.map(({ id }) => shownSub(order, id)),
  items: order.items.map((item) => shownItem(order, item)),
  created_at: time(order.createdAt),
  updated_at: time(order.updatedAt),
});

/** What a placed or saved order is to those who subscribed: one event of the order, and one of each part that moved. */
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
  const parts = after.subOrders.flatMap(({ id }) => {
    const type = partType(before, after, id);
    if (type === null) return [];
    const items = itemsOf(after, id).map((item) => shownItem(after, item));
    return [event(type, id, `sub_order:${id}`, { ...shownSub(after, id), order_id: after.id, items })];
  });
  return [event(orderType(before, after), after.id, `order:${after.id}`, shownOrder(after)), ...parts];
}

function orderType(before: NumberOrder | null, after: NumberOrder): EventType {
  const was = before === null ? 'pending' : statusOfOrder(before);
  if (was === 'pending' && statusOfOrder(after) !== 'pending') return 'order.completed';
  return before === null ? 'order.created' : 'order.updated';
}

function partType(before: NumberOrder | null, after: NumberOrder, id: string): EventType | null {
  const was = before === null ? 'pending' : statusOfSubOrder(before, id);
  if (was === 'pending' && statusOfSubOrder(after, id) !== 'pending') return 'sub_order.completed';
  // `order.created` tells of the parts that wait.
  if (before === null) return null;
  const same = JSON.stringify(itemsOf(before, id)) === JSON.stringify(itemsOf(after, id));
  return same ? null : 'sub_order.updated';
}
