import type {
  AllOrdersFilter,
  OrderedNumber,
  OrderFilter,
  OrderItemFilter,
  OrderPart,
  OrderScope,
  SubOrderFilter,
} from '../app/ports/orders.ts';
import type { OffsetPage, OffsetRequest, PageRequest } from '../app/ports/store.ts';
import type { NumberOrder } from '../domain/order.ts';
import { ordersByIds } from './order-rows.ts';
import type { Queryable } from './pool.ts';
import { timestampOrNull } from './timestamps.ts';
import { totalOf } from './total.ts';
import { Where } from './where.ts';

/** Exactly this holder's orders of this mode; `table` is the alias of number_orders. */
export function holderConditions({ holder, mode }: OrderScope, table: string): Where {
  const where = new Where().and(`${table}.owner_account_id = ?`, holder.ownerAccountId).and(`${table}.mode = ?`, mode);
  // `is not distinct from` finds no index.
  return holder.subAccountId === null
    ? where.and(`${table}.sub_account_id is null`)
    : where.and(`${table}.sub_account_id = ?`, holder.subAccountId);
}

interface Key {
  readonly id: string;
  readonly order_id: string;
}

/** Keys of one page, newest order first, and how many match. */
async function pageOfKeys(db: Queryable, from: string, columns: string, where: Where, order: string, page: OffsetRequest) {
  const bound = where.copy();
  const text = `select ${columns} from ${from} ${where.text} order by ${order} limit ${bound.bind(page.limit)} offset ${bound.bind(page.offset)}`;
  const { rows } = await db.query<Key>(text, bound.values);
  const total = await totalOf(db, from, where, page, rows.length);
  const orders = await ordersByIds(db, [...new Set(rows.map((row) => row.order_id))]);
  return { rows, total, orders: new Map(orders.map((each) => [each.id, each])) };
}

const NEWEST = 'o.created_at desc, o.id desc';
const since = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : (timestampOrNull(ms) ?? undefined));

/** A page of orders. */
export async function listOrders(db: Queryable, filter: OrderFilter, page: OffsetRequest): Promise<OffsetPage<NumberOrder>> {
  const where = holderConditions(filter, 'o')
    .when('o.status = any(?::text[])', filter.statuses)
    .when('o.created_at > ?', since(filter.createdAfter))
    .when('o.created_at < ?', since(filter.createdBefore))
    .when('o.phone_numbers_count = ?', filter.phoneNumbersCount)
    .when('o.customer_reference = ?', filter.customerReference)
    .when('o.requirements_met = ?', filter.requirementsMet);
  const found = await pageOfKeys(db, 'number_orders o', 'o.id, o.id as order_id', where, NEWEST, page);
  return { rows: found.rows.flatMap((row) => found.orders.get(row.order_id) ?? []), total: found.total };
}

/** A page of anybody's orders, oldest first. */
export async function listAllOrders(db: Queryable, filter: AllOrdersFilter, page: PageRequest): Promise<readonly NumberOrder[]> {
  const where = new Where()
    .when('coalesce(sub_account_id, owner_account_id) = ?', filter.accountId)
    .when('mode = ?', filter.mode)
    .when('status = ?', filter.status)
    .after('created_at', 'id', page.after);
  const text = `select id from number_orders ${where.text} order by created_at, id limit ${where.bind(page.limit)}`;
  const { rows } = await db.query<{ id: string }>(text, where.values);
  return ordersByIds(
    db,
    rows.map(({ id }) => id),
  );
}

/** A page of sub-orders. */
export async function listSubOrders(db: Queryable, filter: SubOrderFilter, page: OffsetRequest): Promise<OffsetPage<OrderPart>> {
  const where = holderConditions(filter, 'o')
    .when('s.status = any(?::text[])', filter.statuses)
    .when('s.order_id = ?', filter.orderId)
    .when('s.country = ?', filter.country)
    .when('s.number_type = ?', filter.type)
    .when('s.phone_numbers_count = ?', filter.phoneNumbersCount);
  const from = 'sub_number_orders s join number_orders o on o.id = s.order_id';
  const found = await pageOfKeys(db, from, 's.id, s.order_id', where, `${NEWEST}, s.position`, page);
  const rows = found.rows.flatMap((row): OrderPart[] => {
    const order = found.orders.get(row.order_id);
    return order === undefined ? [] : order.subOrders.filter(({ id }) => id === row.id).map((sub) => ({ order, sub }));
  });
  return { rows, total: found.total };
}

/** A page of ordered numbers. */
export async function listItems(db: Queryable, filter: OrderItemFilter, page: OffsetRequest): Promise<OffsetPage<OrderedNumber>> {
  const where = holderConditions(filter, 'o').when('s.country = ?', filter.country);
  const from = 'order_items i join sub_number_orders s on s.id = i.sub_order_id join number_orders o on o.id = i.order_id';
  const found = await pageOfKeys(db, from, 'i.id, i.order_id', where, `${NEWEST}, i.position`, page);
  const rows = found.rows.flatMap((row): OrderedNumber[] => {
    const order = found.orders.get(row.order_id);
    const item = order?.items.find(({ id }) => id === row.id);
    const sub = order?.subOrders.find(({ id }) => id === item?.subOrderId);
    return order === undefined || item === undefined || sub === undefined ? [] : [{ order, sub, item }];
  });
  return { rows, total: found.total };
}
