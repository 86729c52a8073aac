import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { PlaneBeat, PlaneFacts, PlaneHistory, RebuildProgress } from '../app/ports/plane-history.ts';
import { countRecords } from './count-records.ts';
import type { OutboxRow } from './outbox-rows.ts';
import { renderRows } from './render-outbox.ts';
import { BEGIN_EPOCH, inTransaction } from './transaction.ts';

/** Far longer than a failover or a restart; what is older than this is found by a full rebuild. */
const APPLIED_KEPT_MS = 15 * 60_000;
const SWEEP_ROWS = 5000;

interface PlaneRow {
  epoch: number;
  beat: number;
  beat_token: string;
  now: number;
  is_confirmed: boolean;
  rebuild: RebuildProgress | null;
}

const BEAT = `epoch, beat, beat_token, (extract(epoch from clock_timestamp()) * 1000)::bigint as now`;
const CONFIRMED = '(identity is null or identity = postgres_identity()) as is_confirmed';

const toBeat = (row: Pick<PlaneRow, 'epoch' | 'beat' | 'beat_token' | 'now'>): PlaneBeat => ({
  epoch: row.epoch,
  beat: row.beat,
  token: row.beat_token,
  at: row.now,
});
const newToken = (): string => randomBytes(8).toString('hex');

/** The history of the plane in Postgres (ADR 0009). */
export function postgresPlaneHistory(pool: pg.Pool): PlaneHistory {
  return {
    appliedKeptMs: APPLIED_KEPT_MS,
    async read(): Promise<PlaneFacts> {
      const { rows } = await pool.query<PlaneRow>(`select ${BEAT}, ${CONFIRMED}, rebuild from plane`);
      const row = theRow(rows);
      return { ...toBeat(row), isConfirmed: row.is_confirmed, rebuild: row.rebuild };
    },
    async advance() {
      const { rows } = await pool.query<PlaneRow>(
        `update plane set identity = coalesce(identity, postgres_identity()), beat = beat + 1, beat_token = $1 returning ${BEAT}`,
        [newToken()],
      );
      return toBeat(theRow(rows));
    },
    raiseEpoch: ({ epoch, beat }) =>
      inTransaction(pool, BEGIN_EPOCH, async (client) => {
        const { rows } = await client.query<PlaneRow>(
          `update plane set epoch = greatest(epoch, $1) + 1, beat = greatest(beat, $2) + 1, beat_token = $3,
             identity = postgres_identity(), rebuild = null returning ${BEAT}`,
          [epoch, beat, newToken()],
        );
        return { commit: true, value: theRow(rows).epoch };
      }),
    async saveRebuild(progress) {
      await pool.query('update plane set rebuild = $1', [progress === null ? null : JSON.stringify(progress)]);
    },
    appliedSince: (at, after, limit) => appliedSince(pool, at, after, limit),
    async sweepApplied() {
      const { rowCount } = await pool.query(
        `delete from outbox_applied where id in (select id from outbox_applied
           where applied_at < clock_timestamp() - $1 * interval '1 millisecond' order by applied_at limit $2)`,
        [APPLIED_KEPT_MS, SWEEP_ROWS],
      );
      return rowCount === SWEEP_ROWS;
    },
    countRecords: async () =>
      countRecords(pool).then(
        (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0),
        () => null,
      ),
  };
}

function theRow(rows: readonly PlaneRow[]): PlaneRow {
  if (rows[0] === undefined) throw new Error('the plane row is missing');
  return rows[0];
}

async function appliedSince(pool: pg.Pool, at: number, after: string | null, limit: number): ReturnType<PlaneHistory['appliedSince']> {
  const { rows } = await pool.query<{ id: string; ref: string; row_id: string; version: number }>(
    `select id::text, ref, row_id, version from outbox_applied
     where applied_at >= to_timestamp($1::double precision / 1000) and id > coalesce($2::bigint, 0) order by id limit $3`,
    [at, after, limit],
  );
  const due = rows.map(
    (row): OutboxRow => ({ id: row.id, ref: row.ref as OutboxRow['ref'], rowId: row.row_id, version: row.version, ageMs: 0 }),
  );
  const { writes, faults } = await renderRows(pool, due);
  if (faults[0] !== undefined) throw faults[0].fault;
  return { writes, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) };
}
