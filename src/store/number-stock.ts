import type { InventoryRow, OffsetPage, OffsetRequest, StockFilter } from '../app/ports/store.ts';
import type { PhoneNumber } from '../domain/number.ts';
import { pageOfNumbers } from './number-lists.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { Where } from './where.ts';

/** What `buyer` may see of the stock: no cooling number but its own last ones, none kept for another, and only of its mode (decision B8). */
export function listStock(db: Queryable, filter: StockFilter, page: OffsetRequest): Promise<OffsetPage<PhoneNumber>> {
  return pageOfNumbers(db, stockConditions(filter), page);
}

/** The conditions of what `buyer` may see of the stock, on the columns of `numbers`. */
export function stockConditions(filter: StockFilter): Where {
  const { ownerAccountId, subAccountId } = filter.buyer;
  const where = new Where()
    .and("lifecycle = 'available'")
    .and('mode = ?', filter.mode)
    .when('country = ?', filter.country)
    .when('type = ?', filter.type)
    .when('e164 = ?', filter.e164)
    .when('position(? in e164) > 0', filter.search)
    .when('e164 not like all(?)', prefixPatterns(filter.excludePrefixes))
    .when('starts_with(e164, ?)', filter.startsWith)
    .when('starts_with(reverse(e164), reverse(?))', filter.endsWith)
    .when('lower(region) = lower(?)', filter.region)
    .when('capabilities @> ?', filter.capabilities)
    .and(
      `(available_at is null or available_at <= ?
        or (last_owner_account_id = ? and last_sub_account_id is not distinct from ?::uuid))`,
      timestamp(filter.at),
      ownerAccountId,
      subAccountId,
    )
    .and(
      `(reserved_until is null or reserved_until <= ?
        or (reserved_owner_account_id = ? and reserved_sub_account_id is not distinct from ?::uuid))`,
      timestamp(filter.at),
      ownerAccountId,
      subAccountId,
    );
  if (filter.reservable === true) where.and('(reserved_until is null or reserved_until <= ?)', timestamp(filter.at));
  return where;
}

/** Plus sign and digits only: nothing in them means anything to `like`. */
const prefixPatterns = (prefixes: readonly string[] = []): string[] | undefined =>
  prefixes.length === 0 ? undefined : prefixes.map((prefix) => `${prefix}%`);

const ROWS_MAX = 1000;

/**
 * Puts numbers up for sale or refreshes what is listed, at most 1000 in one call. Owned numbers, histories, waiting times and last
 * calls are never touched. Tells per row, in order; a number given twice counts as updated the second time.
 */
export async function putInventory(
  db: Queryable,
  rows: readonly InventoryRow[],
  at: number,
): Promise<readonly ('created' | 'updated' | 'owned')[]> {
  if (rows.length > ROWS_MAX) throw new RangeError(`at most ${ROWS_MAX} rows at once, not ${rows.length}`);
  // The last one wins; sorted, so that two imports of the same numbers queue instead of blocking each other.
  const keys = rows.map(keyOf);
  const unique = [...new Map(rows.map((row, at) => [keys[at], row]))]
    .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))
    .map(([, row]) => row);
  const { rows: written } = await db.query<{ count: number; updated: string[] }>(UPSERT, [...columnsOf(unique), timestamp(at)]);
  const { count = 0, updated = [] } = written[0] ?? {};
  const known = new Map<string, 'updated' | 'owned'>(updated.map((key) => [key, 'updated']));
  if (count < unique.length) for (const key of await ownedOf(db, unique)) known.set(key, 'owned');
  return keys.map((key) => {
    const outcome = known.get(key);
    // Given again in this call, it is there already.
    if (outcome === undefined) known.set(key, 'updated');
    return outcome ?? 'created';
  });
}

/** Which of them were left as they are; the statement before holds their locks. */
async function ownedOf(db: Queryable, rows: readonly InventoryRow[]): Promise<readonly string[]> {
  const found = await db.query<{ key: string }>(
    `select n.e164 || ' ' || n.mode as key from numbers n
       join unnest($1::text[], $2::text[]) as r (e164, mode) on n.e164 = r.e164 and n.mode = r.mode where n.lifecycle <> 'available'`,
    [rows.map(({ e164 }) => e164), rows.map(({ mode }) => mode)],
  );
  return found.rows.map(({ key }) => key);
}

const keyOf = (row: { readonly e164: string; readonly mode: string }): string => `${row.e164} ${row.mode}`;

// xmax is 0 on a row that this statement inserted, and its own transaction's id on one it updated. Most are inserted: only the others
// are named.
const UPSERT = `
  with put as (insert into numbers (id, e164, mode, country, type, region, capabilities, setup_fee_minor, monthly_fee_minor, currency,
    carrier_trunk_group_id, created_at, updated_at)
  select id, e164, mode, country, type, region, capabilities::text[], setup_fee_minor,
    monthly_fee_minor, currency, carrier_trunk_group_id, $12, $12
  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[],
    $10::text[], $11::uuid[]) as r (id, e164, mode, country, type, region, capabilities, setup_fee_minor, monthly_fee_minor, currency,
    carrier_trunk_group_id)
  on conflict (e164, mode) do update set
    country = excluded.country, type = excluded.type, region = excluded.region, capabilities = excluded.capabilities,
    setup_fee_minor = excluded.setup_fee_minor, monthly_fee_minor = excluded.monthly_fee_minor, currency = excluded.currency,
    carrier_trunk_group_id = excluded.carrier_trunk_group_id, updated_at = excluded.updated_at
  where numbers.lifecycle = 'available'
  returning case when xmax <> 0 then e164 || ' ' || mode end as updated)
  select count(*) as count, coalesce(array_agg(updated) filter (where updated is not null), '{}') as updated from put`;

/** An array as PostgreSQL reads it (§8.15.2), null for none. The driver looks for quotes in every element; these can have none. */
const plainArray = (values: readonly (string | number | null)[]): string => `{${values.map((value) => value ?? 'NULL').join()}}`;

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, (sign) => `\\${sign}`)}"`;

/** The same of any text; few different ones come many times. */
function quotedArray(texts: readonly (string | null)[]): string {
  const known = new Map<string, string>();
  const literals = texts.map((text) => {
    if (text === null) return 'NULL';
    const literal = known.get(text) ?? quoted(text);
    known.set(text, literal);
    return literal;
  });
  return `{${literals.join()}}`;
}

const columnsOf = (rows: readonly InventoryRow[]): string[] => [
  plainArray(rows.map((row) => row.id)),
  plainArray(rows.map((row) => row.e164)),
  plainArray(rows.map((row) => row.mode)),
  quotedArray(rows.map((row) => row.country)),
  quotedArray(rows.map((row) => row.type)),
  quotedArray(rows.map((row) => row.region)),
  quotedArray(rows.map((row) => `{${row.capabilities.map(quoted).join()}}`)),
  plainArray(rows.map((row) => row.setupFeeMinor)),
  plainArray(rows.map((row) => row.monthlyFeeMinor)),
  quotedArray(rows.map((row) => row.currency)),
  plainArray(rows.map((row) => row.carrierTrunkGroupId)),
];
