import type { NumberType } from '../domain/number.ts';
import type { NumberOrder, OrderItem, OrderStatus, SubOrder } from '../domain/order.ts';
import type { Mode } from '../domain/records.ts';
import type { RequirementValue } from '../domain/requirement.ts';
import type { Queryable } from './pool.ts';

interface OrderRow {
  id: string;
  mode: Mode;
  owner_account_id: string;
  sub_account_id: string | null;
  customer_reference: string | null;
  trunk_group_id: string | null;
  trunk_group_ext_id: string | null;
  messaging_profile_id: string | null;
  billing_group_id: string | null;
  request_sha256: Buffer | null;
  version: number;
  created_at: number;
  updated_at: number;
}
interface SubOrderRow {
  id: string;
  order_id: string;
  country: string;
  number_type: NumberType;
  customer_reference: string | null;
  created_at: number;
  updated_at: number;
}
interface ItemRow {
  id: string;
  order_id: string;
  sub_order_id: string;
  number_id: string;
  e164: string;
  locality: string | null;
  status: OrderStatus;
  charge_minor: number;
  currency: string;
  deadline: number | null;
  hold_transaction_id: string | null;
  settle_transaction_id: string | null;
  requirements: RequirementValue[];
}

const ORDERS = `select id, mode, owner_account_id, sub_account_id, customer_reference, trunk_group_id, trunk_group_ext_id,
    messaging_profile_id, billing_group_id, request_sha256, version, created_at, updated_at
  from number_orders where id = any($1::uuid[])`;
const SUB_ORDERS = `select id, order_id, country, number_type, customer_reference, created_at, updated_at
  from sub_number_orders where order_id = any($1::uuid[]) order by order_id, position`;
const ITEMS = `select i.id, i.order_id, i.sub_order_id, i.number_id, i.e164, i.locality, i.status, i.charge_minor, i.currency, i.deadline,
    i.hold_transaction_id, i.settle_transaction_id,
    coalesce((select json_agg(json_build_object('requirementId', v.requirement_id, 'name', v.name, 'fieldType', v.field_type,
      'acceptance', v.acceptance, 'value', v.value, 'status', v.status) order by v.position)
      from requirement_values v where v.item_id = i.id), '[]') as requirements
  from order_items i where i.order_id = any($1::uuid[]) order by i.order_id, i.position`;

/** Orders of these ids with all their parts, in the order of the ids; unknown ids are left out. */
export async function ordersByIds(db: Queryable, ids: readonly string[]): Promise<readonly NumberOrder[]> {
  if (ids.length === 0) return [];
  const orders = new Map((await db.query<OrderRow>(ORDERS, [ids])).rows.map((row) => [row.id, row]));
  const subOrders = groupBy((await db.query<SubOrderRow>(SUB_ORDERS, [ids])).rows);
  const items = groupBy((await db.query<ItemRow>(ITEMS, [ids])).rows);
  return ids.flatMap((id) => {
    const row = orders.get(id);
    return row === undefined ? [] : [toOrder(row, (subOrders.get(id) ?? []).map(toSubOrder), (items.get(id) ?? []).map(toItem))];
  });
}

function groupBy<R extends { order_id: string }>(rows: readonly R[]): Map<string, R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const group = groups.get(row.order_id);
    if (group === undefined) groups.set(row.order_id, [row]);
    else group.push(row);
  }
  return groups;
}

const toOrder = (row: OrderRow, subOrders: readonly SubOrder[], items: readonly OrderItem[]): NumberOrder => ({
  id: row.id,
  mode: row.mode,
  holder: { ownerAccountId: row.owner_account_id, subAccountId: row.sub_account_id },
  customerReference: row.customer_reference,
  trunkGroup: row.trunk_group_id === null ? null : { id: row.trunk_group_id, extId: row.trunk_group_ext_id ?? '' },
  messagingProfileId: row.messaging_profile_id,
  billingGroupId: row.billing_group_id,
  requestSha256: row.request_sha256,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  subOrders,
  items,
});

const toSubOrder = (row: SubOrderRow): SubOrder => ({
  id: row.id,
  country: row.country,
  type: row.number_type,
  customerReference: row.customer_reference,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const toItem = (row: ItemRow): OrderItem => ({
  id: row.id,
  subOrderId: row.sub_order_id,
  numberId: row.number_id,
  e164: row.e164,
  locality: row.locality,
  status: row.status,
  chargeMinor: row.charge_minor,
  currency: row.currency,
  deadline: row.deadline,
  requirements: row.requirements,
  holdId: row.hold_transaction_id,
  settleId: row.settle_transaction_id,
});
