import type { SnapshotStore } from '../app/ports/snapshots.ts';
import type { Mode } from '../domain/records.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { isUuid } from '../kit/ids.ts';
import { pageWithTotal } from './counted-page.ts';
import { holderConditions } from './order-lists.ts';
import type { Queryable } from './pool.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';

interface SnapshotRow<Filters> {
  id: string;
  mode: Mode;
  owner_account_id: string;
  sub_account_id: string | null;
  status: Snapshot['status'];
  filters: Filters;
  rows_count: number;
  expires_at: number | null;
  created_at: number;
  updated_at: number;
}

/** Where snapshots of one kind are kept; the names are the program's own, never a client's. */
export interface SnapshotTables {
  readonly table: string;
  readonly parts: string;
  /** The column of `parts` that names the snapshot. */
  readonly key: string;
}

const COLUMNS = 'id, mode, owner_account_id, sub_account_id, status, filters, rows_count, expires_at, created_at, updated_at';

const toSnapshot = <Filters>(row: SnapshotRow<Filters>): Snapshot<Filters> => ({
  id: row.id,
  mode: row.mode,
  holder: { ownerAccountId: row.owner_account_id, subAccountId: row.sub_account_id },
  status: row.status,
  filters: row.filters,
  rowsCount: row.rows_count,
  expiresAt: row.expires_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** The snapshots of one kind in one transaction; `nextRows` reads what they are of. */
export function snapshotStore<Filters, Row, Cursor>(
  db: Queryable,
  { table, parts, key }: SnapshotTables,
  nextRows: SnapshotStore<Snapshot<Filters>, Row, Cursor>['nextRows'],
): SnapshotStore<Snapshot<Filters>, Row, Cursor> {
  const one = async (rest: string, id: string): Promise<Snapshot<Filters> | null> => {
    if (!isUuid(id)) return null;
    const { rows } = await db.query<SnapshotRow<Filters>>(`select ${COLUMNS} from ${table} where id = $1 ${rest}`, [id]);
    return rows[0] === undefined ? null : toSnapshot(rows[0]);
  };
  return {
    get: (id) => one('', id),
    lock: (id) => one('for no key update', id),
    async insert(snapshot) {
      await db.query(`insert into ${table} (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, [
        snapshot.id,
        snapshot.mode,
        snapshot.holder.ownerAccountId,
        snapshot.holder.subAccountId,
        snapshot.status,
        JSON.stringify(snapshot.filters),
        snapshot.rowsCount,
        timestampOrNull(snapshot.expiresAt),
        timestamp(snapshot.createdAt),
        timestamp(snapshot.updatedAt),
      ]);
    },
    async save({ id, status, rowsCount, expiresAt, updatedAt }) {
      await db.query(`update ${table} set status = $2, rows_count = $3, expires_at = $4, updated_at = $5 where id = $1`, [
        id,
        status,
        rowsCount,
        timestampOrNull(expiresAt),
        timestamp(updatedAt),
      ]);
    },
    async list(scope, page) {
      const where = holderConditions(scope, 'd');
      const order = 'created_at desc, id desc';
      const { rows, total } = await pageWithTotal<SnapshotRow<Filters>>(db, `${table} d`, COLUMNS, where, order, page);
      return { rows: rows.map((row) => toSnapshot(row)), total };
    },
    async countPending(ownerAccountId, since) {
      const text = `select count(*) as n from ${table} where owner_account_id = $1 and status = 'pending' and created_at > $2`;
      return (await db.query<{ n: number }>(text, [ownerAccountId, timestamp(since)])).rows[0]?.n ?? 0;
    },
    nextRows,
    async addPart(id, position, rows) {
      await db.query(`insert into ${parts} (${key}, position, rows) values ($1, $2, $3)`, [id, position, JSON.stringify(rows)]);
    },
    async part(id, position) {
      const text = `select rows from ${parts} where ${key} = $1 and position = $2`;
      return (await db.query<{ rows: Row[] }>(text, [id, position])).rows[0]?.rows ?? null;
    },
    async dropParts(id) {
      await db.query(`delete from ${parts} where ${key} = $1`, [id]);
    },
  };
}
