import type { QueryResultRow } from 'pg';
import type { Sort } from '../app/ports/regulation.ts';
import type { OffsetPage, OffsetRequest } from '../app/ports/store.ts';
import type { Queryable } from './pool.ts';
import { totalOf } from './total.ts';
import type { Where } from './where.ts';

/** The columns to sort by, newest first where nothing (more) is asked for. `columns` are SQL, the keys of `sort` are not. */
export const orderBy = <K extends string>(sort: readonly Sort<K>[], columns: Readonly<Record<K, string>>): string =>
  [...sort.map(({ by, descending }) => `${columns[by]}${descending ? ' desc' : ''}`), 'created_at desc', 'id desc'].join(', ');

/** One page of the rows that match, and how many there are. */
export async function pageWithTotal<R extends QueryResultRow>(
  db: Queryable,
  from: string,
  columns: string,
  where: Where,
  order: string,
  page: OffsetRequest,
): Promise<OffsetPage<R>> {
  const bound = where.copy();
  const text = `select ${columns} from ${from} ${where.text} order by ${order} limit ${bound.bind(page.limit)} offset ${bound.bind(page.offset)}`;
  const { rows } = await db.query<R>(text, bound.values);
  return { rows, total: await totalOf(db, from, where, page, rows.length) };
}

/** Text that `like` finds as it is. */
export const escapeLike = (text: string): string => text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`);
