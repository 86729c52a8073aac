import type { OffsetRequest } from '../app/ports/store.ts';
import type { Queryable } from './pool.ts';
import type { Where } from './where.ts';

/** Up to so many rows are counted. Beyond, counting takes longer than the page itself, and the longer the more there are. */
export const COUNTED_MAX = 10_000;

/**
 * How many rows match, of which `found` are on this page: exact up to 10,000 and on the last page, beyond that what the planner
 * expects. Never less than is known to be there, so that who reads page after page until the total reaches the end.
 */
export async function totalOf(db: Queryable, from: string, where: Where, page: OffsetRequest, found: number): Promise<number> {
  const { limit, offset } = page;
  if (found < limit && (found > 0 || offset === 0)) return offset + found;
  if (page.isCounted === false) return offset + found;
  const some = `select 1 from ${from} ${where.text} limit ${COUNTED_MAX + 1}`;
  const counted = await db.query<{ total: number }>(`select count(*) as total from (${some}) as counted`, where.values);
  const total = counted.rows[0]?.total ?? 0;
  if (total <= COUNTED_MAX) return total;
  const expected = Math.max(COUNTED_MAX + 1, await expectedRows(db, `select 1 from ${from} ${where.text}`, where.values));
  // An empty page lies behind the last row, a full one may have another behind it.
  return found === 0 ? Math.min(expected, offset) : Math.max(expected, offset + found + 1);
}

interface Explained {
  readonly 'QUERY PLAN': readonly { readonly Plan: { readonly 'Plan Rows': number } }[];
}

async function expectedRows(db: Queryable, text: string, values: unknown[]): Promise<number> {
  const { rows } = await db.query<Explained>(`explain (format json) ${text}`, values);
  return rows[0]?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0;
}
