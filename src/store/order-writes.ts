import { areMet, itemsOf, type NumberOrder, type OrderItem, type SubOrder, statusOfOrder, statusOfSubOrder } from '../domain/order.ts';
import type { Queryable } from './pool.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';
import { writeLater } from './write-behind.ts';

/** Writes a new order in one statement, however many numbers it has; the values of its requirements in a second one. */
export async function insertOrder(db: Queryable, order: NumberOrder): Promise<void> {
  const values = [
    order.id,
    order.mode,
    order.holder.ownerAccountId,
    order.holder.subAccountId,
    statusOfOrder(order),
    areMet(order.items),
    order.items.length,
    order.customerReference,
    order.trunkGroup?.id ?? null,
    order.trunkGroup?.extId ?? null,
    order.messagingProfileId,
    order.billingGroupId,
    order.requestSha256,
    order.version,
    timestamp(order.createdAt),
    timestamp(order.updatedAt),
    JSON.stringify(order.subOrders.map((sub, position) => ({ ...subOrderRow(order, sub), position }))),
    JSON.stringify(order.items.map((item, position) => ({ ...itemRow(item), position }))),
  ];
  await writeLater(db, { name: 'placed_order', text: INSERT, values });
  await insertValues(db, order.items);
}

/** Rows travel as JSON arrays: no limit on parameters, and null stays null. */
const INSERT = `placed_items as (
    insert into order_items (id, order_id, sub_order_id, position, number_id, e164, locality, status, charge_minor, currency, deadline,
      hold_transaction_id, settle_transaction_id)
    select id, $1, sub_order_id, position, number_id, e164, locality, status, charge_minor, currency, deadline, hold_id, settle_id
      from json_to_recordset($18::json) as r (id uuid, sub_order_id uuid, position smallint, number_id uuid, e164 text, locality text,
        status text, charge_minor bigint, currency text, deadline timestamptz, hold_id uuid, settle_id uuid)
  ), placed_sub_orders as (
    insert into sub_number_orders (id, order_id, position, country, number_type, status, requirements_met, phone_numbers_count,
      customer_reference, created_at, updated_at)
    select id, $1, position, country, number_type, status, requirements_met, phone_numbers_count, customer_reference, created_at, updated_at
      from json_to_recordset($17::json) as r (id uuid, position smallint, country text, number_type text, status text,
        requirements_met boolean, phone_numbers_count integer, customer_reference text, created_at timestamptz, updated_at timestamptz)
  ), placed_order as (
    insert into number_orders (id, mode, owner_account_id, sub_account_id, status, requirements_met, phone_numbers_count,
      customer_reference, trunk_group_id, trunk_group_ext_id, messaging_profile_id, billing_group_id, request_sha256, version,
      created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
  )`;

const subOrderRow = (order: NumberOrder, sub: SubOrder) => {
  const items = itemsOf(order, sub.id);
  return {
    id: sub.id,
    country: sub.country,
    number_type: sub.type,
    status: statusOfSubOrder(order, sub.id),
    requirements_met: areMet(items),
    phone_numbers_count: items.length,
    customer_reference: sub.customerReference,
    created_at: timestamp(sub.createdAt),
    updated_at: timestamp(sub.updatedAt),
  };
};

const itemRow = (item: OrderItem) => ({
  id: item.id,
  sub_order_id: item.subOrderId,
  number_id: item.numberId,
  e164: item.e164,
  locality: item.locality,
  status: item.status,
  charge_minor: item.chargeMinor,
  currency: item.currency,
  deadline: timestampOrNull(item.deadline),
  hold_id: item.holdId,
  settle_id: item.settleId,
});

async function insertValues(db: Queryable, items: readonly OrderItem[]): Promise<void> {
  const rows = items.flatMap((item) => item.requirements.map((value, position) => ({ item_id: item.id, position, ...value })));
  if (rows.length === 0) return;
  await db.query(
    `insert into requirement_values (item_id, requirement_id, position, name, field_type, acceptance, value, status)
     select item_id, "requirementId", position, name, "fieldType", acceptance, value, status
       from json_to_recordset($1::json) as r (item_id uuid, "requirementId" uuid, position smallint, name text, "fieldType" text,
         acceptance json, value text, status text)`,
    [JSON.stringify(rows)],
  );
}

/** Writes what changed: the order always, its other rows where they are not the same objects as before. */
export async function saveOrder(db: Queryable, before: NumberOrder, after: NumberOrder): Promise<void> {
  const { rowCount } = await db.query(
    `update number_orders set status = $3, requirements_met = $4, customer_reference = $5, version = $6, updated_at = $7
      where id = $1 and version = $2`,
    [
      before.id,
      before.version,
      statusOfOrder(after),
      areMet(after.items),
      after.customerReference,
      after.version,
      timestamp(after.updatedAt),
    ],
  );
  if (rowCount !== 1) throw new Error(`order ${before.id} was saved without its lock: version ${before.version} is gone`);
  const subOrders = after.subOrders.filter((sub, index) => sub !== before.subOrders[index]);
  if (subOrders.length > 0) await saveSubOrders(db, after, subOrders);
  const items = after.items.filter((item, index) => item !== before.items[index]);
  if (items.length > 0) await saveItems(db, items);
}

const saveSubOrders = (db: Queryable, order: NumberOrder, subOrders: readonly SubOrder[]) =>
  db.query(
    `update sub_number_orders s set status = r.status, requirements_met = r.requirements_met,
       customer_reference = r.customer_reference, updated_at = r.updated_at
       from json_to_recordset($1::json) as r (id uuid, status text, requirements_met boolean, customer_reference text, updated_at timestamptz)
      where s.id = r.id`,
    [JSON.stringify(subOrders.map((sub) => subOrderRow(order, sub)))],
  );

async function saveItems(db: Queryable, items: readonly OrderItem[]): Promise<void> {
  await db.query(
    `update order_items i set status = r.status, deadline = r.deadline, settle_transaction_id = r.settle_id
       from json_to_recordset($1::json) as r (id uuid, status text, deadline timestamptz, settle_id uuid) where i.id = r.id`,
    [JSON.stringify(items.map(itemRow))],
  );
  const values = items.flatMap((item) =>
    item.requirements.map(({ requirementId, value, status }) => ({ item_id: item.id, requirementId, value, status })),
  );
  if (values.length === 0) return;
  await db.query(
    `update requirement_values v set value = r.value, status = r.status
       from json_to_recordset($1::json) as r (item_id uuid, "requirementId" uuid, value text, status text)
      where v.item_id = r.item_id and v.requirement_id = r."requirementId"`,
    [JSON.stringify(values)],
  );
}
