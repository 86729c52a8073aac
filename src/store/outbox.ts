import type pg from 'pg';
import type { RecordWrite } from '../app/ports/routing.ts';
import type { Outbox } from '../app/ports/store.ts';
import { type Logger, silentLogger } from '../kit/log.ts';
import { mergeCalls } from '../kit/merge-calls.ts';
import { notifier } from './notify.ts';
import { backOff, forget, type OutboxRow, takeDue } from './outbox-rows.ts';
import type { Queryable } from './pool.ts';
import { renderRows } from './render-outbox.ts';
import { scanRecords } from './render-rows.ts';
import { BEGIN_CHANGE, BEGIN_EPOCH, inTransaction } from './transaction.ts';

/** The outbox with what only a restore or a rebuild may do. */
export interface PostgresOutbox extends Outbox {
  /** Starts a new epoch: waits for every change under way, then returns the number that all later ones carry (decision C7). */
  raiseEpoch(): Promise<number>;
}

/** So long rows that are in force stay in the outbox: they go many at once, in one commit. */
const FORGET_PAUSE_MS = 20;

type Apply = Parameters<Outbox['relay']>[1];

/** What Redis must still learn of what was committed. */
export function postgresOutbox(pool: pg.Pool, log: Logger = silentLogger): PostgresOutbox {
  return {
    wakeRelay: notifier(pool, 'outbox', log),
    relay: (countMax, apply) => relay(pool, countMax, apply),
    applied: mergeCalls(FORGET_PAUSE_MS, (outboxIds: readonly string[]) => forget(pool, outboxIds)),
    async pending() {
      const { rows } = await pool.query<{ count: number; oldest_ms: number | null }>(
        `select count(*) as count, (extract(epoch from clock_timestamp() - min(created_at)) * 1000)::bigint as oldest_ms from outbox`,
      );
      return { count: rows[0]?.count ?? 0, oldestMs: rows[0]?.oldest_ms ?? null };
    },
    epoch: () => readEpoch(pool),
    async claimFirstMark() {
      const { rowCount } = await pool.query('update plane set first_marked_at = clock_timestamp() where first_marked_at is null');
      return rowCount === 1;
    },
    scanRecords: (kind, after, limit) => scanRecords(pool, kind, after, limit),
    raiseEpoch: () =>
      inTransaction(pool, BEGIN_EPOCH, async (client) => {
        await client.query('update plane set epoch = epoch + 1');
        return { commit: true, value: await readEpoch(client) };
      }),
  };
}

async function readEpoch(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ epoch: number }>('select epoch from plane');
  if (rows[0] === undefined) throw new Error('the plane row is missing');
  return rows[0].epoch;
}

/** The epoch to write records under; null while nobody has confirmed that this server knows all that Redis does (ADR 0009). */
async function confirmedEpoch(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ epoch: number | null }>('select plane_epoch() as epoch');
  return rows[0]?.epoch ?? null;
}

/**
 * One round: the rows stay locked until their records are in force or put off, so two relays never work on the same row and a
 * relay that dies gives them back. A fault of `apply` is thrown on after the rows were put off.
 */
async function relay(pool: pg.Pool, countMax: number, apply: Apply): Promise<number> {
  const { taken, fault } = await inTransaction(pool, BEGIN_CHANGE, async (client) => {
    const epoch = await confirmedEpoch(client);
    const rows = epoch === null ? [] : await takeDue(client, countMax);
    if (epoch === null || rows.length === 0) return { commit: false, value: { taken: 0, fault: undefined } };
    const { writes, faults } = await renderRows(client, rows);
    const ages = new Map(rows.map((row) => [row.ref, row.ageMs]));
    const agesMs = writes.map(({ ref }) => ages.get(ref) ?? 0);
    const outcome = await applyAll(epoch, writes, agesMs, apply);
    const applied = new Set(writes.filter((_, index) => outcome.applied[index] === true).map((write) => write.ref));
    const ids = (wanted: (row: OutboxRow) => boolean): string[] => rows.filter(wanted).map((row) => row.id);
    await forget(
      client,
      ids((row) => applied.has(row.ref)),
    );
    await backOff(
      client,
      ids((row) => !applied.has(row.ref)),
      String(outcome.fault ?? faults[0]?.fault ?? 'not applied'),
    );
    return { commit: true, value: { taken: rows.length, fault: outcome.fault } };
  });
  if (fault !== undefined) throw fault;
  return taken;
}

async function applyAll(
  epoch: number,
  writes: readonly RecordWrite[],
  agesMs: readonly number[],
  apply: Apply,
): Promise<{ readonly applied: readonly boolean[]; readonly fault: unknown }> {
  if (writes.length === 0) return { applied: [], fault: undefined };
  try {
    return { applied: await apply(epoch, writes, agesMs), fault: undefined };
  } catch (fault) {
    return { applied: [], fault: fault ?? new Error('apply failed') };
  }
}
