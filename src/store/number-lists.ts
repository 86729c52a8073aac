import type { NumberSort, Sort } from '../app/ports/regulation.ts';
import type { NumberFilter, OffsetPage, OffsetRequest, PageRequest } from '../app/ports/store.ts';
import type { PhoneNumber } from '../domain/number.ts';
import { NUMBER_COLUMNS, type NumberRow, toNumber } from './number-rows.ts';
import type { Queryable } from './pool.ts';
import { totalOf } from './total.ts';
import { Where } from './where.ts';

/** A page of numbers in the order they came into the stock. */
export async function listNumbers(db: Queryable, filter: NumberFilter, page: PageRequest): Promise<readonly PhoneNumber[]> {
  const where = numberConditions(filter).after('created_at', 'id', page.after);
  const text = `select ${NUMBER_COLUMNS} from numbers ${where.text} order by created_at, id limit ${where.bind(page.limit)}`;
  return (await db.query<NumberRow>(text, where.values)).rows.map(toNumber);
}

/** The same by offset, with how many match. */
export async function listNumbersByOffset(
  db: Queryable,
  filter: NumberFilter,
  page: OffsetRequest,
  sort: readonly Sort<NumberSort>[] = [],
): Promise<OffsetPage<PhoneNumber>> {
  return pageOfNumbers(db, numberConditions(filter), page, sort);
}

const SORTED_BY: Readonly<Record<NumberSort, string>> = {
  purchased_at: 'purchased_at',
  e164: 'e164',
  trunk_group_name: '(select g.name from trunk_groups g where g.id = numbers.trunk_group_id)',
};

const orderOf = (sort: readonly Sort<NumberSort>[]): string =>
  [...sort.map(({ by, descending }) => `${SORTED_BY[by]}${descending ? ' desc' : ''}`), 'created_at', 'id'].join(', ');

/** One page and the total of what `where` matches, as `totalOf` tells it. */
export async function pageOfNumbers(
  db: Queryable,
  where: Where,
  page: OffsetRequest,
  sort: readonly Sort<NumberSort>[] = [],
): Promise<OffsetPage<PhoneNumber>> {
  const bound = where.copy();
  const text = `select ${NUMBER_COLUMNS} from numbers ${where.text}
     order by ${orderOf(sort)} limit ${bound.bind(page.limit)} offset ${bound.bind(page.offset)}`;
  const { rows } = await db.query<NumberRow>(text, bound.values);
  return { rows: rows.map(toNumber), total: await totalOf(db, 'numbers', where, page, rows.length) };
}

/** Numbers that send calls to the endpoint or group, or that a carrier group delivers. */
export async function countNumbers(db: Queryable, use: { readonly endpointId?: string; readonly trunkGroupId?: string }): Promise<number> {
  const where = new Where().when('endpoint_id = ?', use.endpointId);
  if (use.trunkGroupId !== undefined) where.and('(trunk_group_id = ? or carrier_trunk_group_id = ?)', use.trunkGroupId, use.trunkGroupId);
  if (where.text === '') throw new Error('count of numbers that use nothing');
  const { rows } = await db.query<{ n: number }>(`select count(*) as n from numbers ${where.text}`, where.values);
  return rows[0]?.n ?? 0;
}

/** The conditions of a list of numbers, on the columns of `numbers`. */
export function numberConditions(filter: NumberFilter): Where {
  const where = new Where()
    .when('e164 = ?', filter.e164)
    .when('mode = ?', filter.mode)
    .when('country = ?', filter.country)
    .when('type = ?', filter.type)
    .when('owner_account_id = ?', filter.ownerAccountId)
    .when('? = any(tags)', filter.tag)
    .when('customer_reference = ?', filter.customerReference)
    .when('trunk_group_id = ?', filter.trunkGroupId)
    .when('position(? in e164) > 0', filter.search);
  if (filter.holder !== undefined) {
    where.and('owner_account_id = ?', filter.holder.ownerAccountId);
    // `is not distinct from` finds no index.
    if (filter.holder.subAccountId === null) where.and('sub_account_id is null');
    else where.and('sub_account_id = ?', filter.holder.subAccountId);
  }
  if (filter.billingGroupId === null) where.and('billing_group_id is null');
  else where.when('billing_group_id = ?', filter.billingGroupId);
  if (filter.standing !== undefined) where.and(STANDING[filter.standing]);
  if (filter.isGivenBack !== undefined) where.and(filter.isGivenBack ? "lifecycle = 'releasing'" : "lifecycle <> 'releasing'");
  return filter.lifecycle === undefined ? where : whereLifecycle(where, filter.lifecycle);
}

/** `suspended` is active with somebody in suspended_by (decision B25). */
function whereLifecycle(where: Where, lifecycle: string): Where {
  if (lifecycle === 'suspended') return where.and("lifecycle = 'active' and suspended_by <> '{}'");
  if (lifecycle === 'active') return where.and("lifecycle = 'active' and suspended_by = '{}'");
  return where.and('lifecycle = ?', lifecycle);
}

/** Of a number that waits: the values of its pending item of an order, those that block it first (`requirementsStatusOf`). */
const waiting = (has: string, hasNot: string): string => `lifecycle = 'pending' and (${has}) and not (${hasNot})`;
const value = (status: string): string =>
  `exists (select 1 from order_items i join requirement_values v on v.item_id = i.id
     where i.number_id = numbers.id and i.status = 'pending' and v.status ${status})`;

const STANDING: Readonly<Record<NonNullable<NumberFilter['standing']>, string>> = {
  active: "lifecycle = 'active'",
  given_back: "lifecycle = 'releasing'",
  approved: waiting('true', value("<> 'approved'")),
  rejected: waiting(value("= 'rejected'"), 'false'),
  unset: waiting(value("= 'unset'"), value("= 'rejected'")),
  provided: waiting(value("= 'provided'"), value("in ('rejected', 'unset')")),
};
