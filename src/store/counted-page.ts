import type { QueryResultRow } from 'pg';
import type { Sort } from '../app/ports/regulation.ts';
import type { OffsetPage, OffsetRequest } from '../app/ports/store.ts';
import type { Queryable } from './pool.ts';
import type { Where } from './where.ts';

/** The columns to sort by, newest first where nothing (more) is asked for. `columns` are SQL, the keys of `sort` are not. */
export const orderBy = <K extends string>(sort: readonly Sort<K>[], columns: Readonly<Record<K, string>>): string =>
  [...sort.map(({ by, descending }) => `${columns[by]}${descending ? ' desc' : ''}`), 'created_at desc', 'id desc'].join(', ');

/** One page of the rows that match, and the count of all of them. */
export async function pageWithTotal<R extends QueryResultRow>(
  db: Queryable,
  from: string,
  columns: string,
  where: Where,
  order: string,
  page: OffsetRequest,
): Promise<OffsetPage<R>> {
  const counted = await db.query<{ total: number }>(`select count(*) as total from ${from} ${where.text}`, [...where.values]);
  const text = `select ${columns} from ${from} ${where.text} order by ${order} limit ${where.bind(page.limit)} offset ${where.bind(page.offset)}`;
  const { rows } = await db.query<R>(text, where.values);
  return { rows, total: counted.rows[0]?.total ?? 0 };
}

/** Text that `like` finds as it is. */
export const escapeLike = (text: string): string => text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`);
