import type { OrderedNumber, OrderPart } from '../../app/ports/orders.ts';
import {
  areMet,
  isMet,
  itemsOf,
  type NumberOrder,
  ORDER_STATUSES,
  type OrderItem,
  type OrderStatus,
  requirementsStatusOf,
  type SubOrder,
  statusOfOrder,
  statusOfSubOrder,
} from '../../domain/order.ts';
import type { RequirementValue } from '../../domain/requirement.ts';
import { timeText } from '../wire-fields.ts';

/** How statuses outside the vendor's schema are shown. */
export interface OrderView {
  /** Show `cancelled` and `deleted` as `failure` (decision B1). */
  readonly strictStatus: boolean;
}

/** The status of an order as this server shows it. */
export const statusText = (status: OrderStatus, { strictStatus }: OrderView): string =>
  strictStatus && (status === 'cancelled' || status === 'deleted') ? 'failure' : status;

/** What a filter on a status finds: itself, and those that are shown as it. */
export const statusesShownAs = (asked: OrderStatus | undefined, view: OrderView): readonly OrderStatus[] | undefined =>
  asked === undefined ? undefined : ORDER_STATUSES.filter((status) => status === asked || statusText(status, view) === asked);

/** A key is left out where there is nothing to say: null fails the vendor's schema (decision B1). */
const unlessNull = <K extends string, V>(key: K, value: V | null): Partial<Record<K, V>> =>
  value === null ? {} : ({ [key]: value } as Record<K, V>);

const presentValue = (value: RequirementValue) => ({
  field_type: value.fieldType,
  ...unlessNull('field_value', value.value),
  record_type: 'phone_number_regulatory_requirement',
  requirement_id: value.requirementId,
});

/** An ordered number with its 15 fields; `bundle` is what else it says of bundles, which there are none of (decision B1). */
export const presentItem = ({ order, sub, item }: OrderedNumber, view: OrderView, bundle: { readonly bundle_id?: null }) => ({
  ...bundle,
  country_code: sub.country,
  ...unlessNull('deadline', item.deadline === null ? null : timeText(item.deadline)),
  id: item.id,
  is_block_number: false,
  ...unlessNull('locality', item.locality),
  order_request_id: order.id,
  phone_number: item.e164,
  phone_number_type: sub.type,
  record_type: 'number_order_phone_number',
  regulatory_requirements: item.requirements.map(presentValue),
  requirements_met: isMet(item),
  requirements_status: requirementsStatusOf(item),
  status: statusText(item.status, view),
  sub_number_order_id: sub.id,
});

const orderFields = (order: NumberOrder, view: OrderView) => ({
  ...unlessNull('billing_group_id', order.billingGroupId),
  ...unlessNull('connection_id', order.trunkGroup?.extId ?? null),
  created_at: timeText(order.createdAt),
  ...unlessNull('customer_reference', order.customerReference),
  id: order.id,
  ...unlessNull('messaging_profile_id', order.messagingProfileId),
  phone_numbers_count: order.items.length,
  record_type: 'number_order',
  requirements_met: areMet(order.items),
  status: statusText(statusOfOrder(order), view),
  sub_number_orders_ids: order.subOrders.map(({ id }) => id),
  updated_at: timeText(order.updatedAt),
});

/** An order with its numbers in full. The seed's own mount shows `bundle_id: null` in them, `/v2` leaves it out (decision B1). */
export function presentOrder(order: NumberOrder, view: OrderView, mountedAt: string) {
  const subs = new Map(order.subOrders.map((sub) => [sub.id, sub]));
  const bundle = mountedAt === '' ? ({ bundle_id: null } as const) : {};
  const phoneNumbers = order.items.flatMap((item) => {
    const sub = subs.get(item.subOrderId);
    return sub === undefined ? [] : [presentItem({ order, sub, item }, view, bundle)];
  });
  return { ...orderFields(order, view), phone_numbers: phoneNumbers };
}

/** An order in a list: its numbers by name only. */
export const presentListedOrder = (order: NumberOrder, view: OrderView) => ({
  ...orderFields(order, view),
  phone_numbers: order.items.map(({ id, e164 }) => ({ id, phone_number: e164 })),
});

const VALUE_STATUS = { unset: null, provided: 'pending-approval', approved: 'approved', rejected: 'declined' } as const;

/** An ordered number inside its sub-order: with the status of each value, and without what the sub-order says itself. */
const presentSubItem = (sub: SubOrder, item: OrderItem, view: OrderView) => ({
  country_code: sub.country,
  id: item.id,
  phone_number: item.e164,
  phone_number_type: sub.type,
  record_type: 'number_order_phone_number',
  regulatory_requirements: item.requirements.map((value) => ({
    field_type: value.fieldType,
    ...unlessNull('field_value', value.value),
    requirement_id: value.requirementId,
    ...unlessNull('status', VALUE_STATUS[value.status]),
  })),
  requirements_met: isMet(item),
  requirements_status: requirementsStatusOf(item),
  status: statusText(item.status, view),
});

/** A sub-order: what its numbers need, without the values; the numbers themselves where they are asked for. */
export function presentSubOrder({ order, sub }: OrderPart, view: OrderView, withNumbers: boolean) {
  const items = itemsOf(order, sub.id);
  return {
    country_code: sub.country,
    created_at: timeText(sub.createdAt),
    ...unlessNull('customer_reference', sub.customerReference),
    id: sub.id,
    is_block_sub_number_order: false,
    order_request_id: order.id,
    phone_number_type: sub.type,
    phone_numbers_count: items.length,
    record_type: 'sub_number_order',
    regulatory_requirements: (items[0]?.requirements ?? []).map(({ requirementId, fieldType }) => ({
      field_type: fieldType,
      record_type: 'phone_number_regulatory_requirement',
      requirement_id: requirementId,
    })),
    requirements_met: areMet(items),
    status: statusText(statusOfSubOrder(order, sub.id), view),
    updated_at: timeText(sub.updatedAt),
    user_id: order.holder.subAccountId ?? order.holder.ownerAccountId,
    ...(withNumbers ? { phone_numbers: items.map((item) => presentSubItem(sub, item, view)) } : {}),
  };
}
