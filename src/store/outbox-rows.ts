import type { RecordWrite } from '../app/ports/routing.ts';
import type { PendingWrite } from '../app/ports/store.ts';
import type { Queryable } from './pool.ts';
import { type WriteBehind, writeLater } from './write-behind.ts';

/** A record to be written to Redis and the row it is rendered from. */
export interface Published {
  readonly write: RecordWrite;
  readonly rowId: string;
}

/**
 * Notes the records of a change in the outbox, in the change's own transaction, with whatever else is still to be written, and reads the
 * epoch they belong to: 0 on a server that nobody has confirmed, whose records only the relay may write, once somebody has (ADR 0009).
 * `isExpected` says that there are expectations at all, so that looking for them costs a change nothing where there are none.
 */
export async function writeOutbox(
  db: WriteBehind,
  published: readonly Published[],
): Promise<{ readonly pending: readonly PendingWrite[]; readonly epoch: number; readonly isExpected: boolean }> {
  let rows: readonly NotedRow[] = [];
  if (published.length > 0) {
    const values = [JSON.stringify(published.map(({ write: { ref, version }, rowId }) => ({ ref, row_id: rowId, version })))];
    const onRows = (noted: readonly unknown[]): void => {
      rows = noted as readonly NotedRow[];
    };
    await writeLater(db, { name: 'noted', text: INSERT, values, onRows });
  }
  await db.settle();
  const ids = new Map(rows.map((row) => [row.ref, row.id]));
  const pending = published.map(({ write }) => ({ outboxId: ids.get(write.ref) ?? '', write }));
  return { pending, epoch: rows[0]?.epoch ?? 0, isExpected: rows[0]?.expected === true };
}

interface NotedRow {
  readonly id: string;
  readonly ref: string;
  readonly epoch: number | null;
  readonly expected: boolean;
}

const INSERT = `noted as (
  insert into outbox (ref, row_id, version) select ref, row_id, version
    from json_to_recordset($1::json) as p (ref text, row_id text, version bigint)
  returning id::text, ref, (select plane_epoch()) as epoch, exists (select from expectations where enabled) as expected)`;

/** A row the relay has taken. */
export interface OutboxRow {
  readonly id: string;
  readonly ref: RecordWrite['ref'];
  readonly rowId: string;
  readonly version: number;
  readonly ageMs: number;
}

/** Locks due rows that no other relay holds. */
export async function takeDue(db: Queryable, countMax: number): Promise<readonly OutboxRow[]> {
  const { rows } = await db.query<{ id: string; ref: string; row_id: string; version: number; age_ms: number }>(
    `select id::text, ref, row_id, version, greatest(0, extract(epoch from clock_timestamp() - created_at) * 1000)::bigint as age_ms
     from outbox where next_at <= clock_timestamp() order by next_at, id
     limit $1 for update skip locked`,
    [countMax],
  );
  return rows.map((row) => ({
    id: row.id,
    ref: row.ref as RecordWrite['ref'],
    rowId: row.row_id,
    version: row.version,
    ageMs: row.age_ms,
  }));
}

/** Forgets rows whose records are in force; what was applied lately stays known, for a Redis that loses it again (ADR 0009). */
export async function forget(db: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await db.query(
    `with gone as (delete from outbox where id = any($1::bigint[]) returning ref, row_id, version)
     insert into outbox_applied (ref, row_id, version) select ref, row_id, version from gone`,
    [ids],
  );
}

/** Shorter than the 5 s in which everything must be in Redis once it is back (invariant 2). */
const BACK_OFF_MS_MAX = 2000;

/** Puts rows off, each longer than the last time and not all to the same moment. */
export async function backOff(db: Queryable, ids: readonly string[], error: string): Promise<void> {
  if (ids.length === 0) return;
  await db.query(
    `update outbox set tries = tries + 1, last_error = left($2, 500),
       next_at = clock_timestamp() + least($3, 50 * 2 ^ least(tries, 10)) * (0.5 + random() / 2) * interval '1 millisecond'
     where id = any($1::bigint[])`,
    [ids, error, BACK_OFF_MS_MAX],
  );
}
