import { SNAPSHOT_PENDING_MS_MAX, type Snapshot, snapshotStatusOf } from '../../domain/snapshot.ts';
import type { Clock } from '../../kit/clock.ts';
import type { JobSettlement } from '../ports/jobs.ts';
import type { Transaction } from '../ports/store.ts';
import { orderSnapshotJob } from './order-snapshot-job.ts';
import type { SnapshotKind } from './snapshot-kind.ts';

export interface WriteSnapshotDeps {
  readonly clock: Clock;
  /** Rows of one run of the job, and of one part. */
  readonly partRows: number;
  /** A snapshot of more rows than this fails. */
  readonly rowsMax: number;
  /** How long a written snapshot can be read, ms. */
  readonly keepMs: number;
}

interface Progress<Cursor> {
  readonly position: number;
  readonly after: Cursor | null;
}

/** What is asked of a snapshot, and how far its job has come. */
export interface SnapshotWork {
  readonly id: string;
  readonly step: 'write' | 'expire';
  readonly progress: unknown;
}

/**
 * Writes a snapshot part by part, each in the transaction that moves the job on: a run that is repeated writes nothing twice. When its
 * time is over, or nobody wrote it in time, a second job of the same queue forgets its rows; whether it is over is told by the time, not
 * by that (`snapshotStatusOf`).
 */
export async function writeSnapshot<S extends Snapshot, Row, Cursor>(
  tx: Transaction,
  kind: SnapshotKind<S, Row, Cursor>,
  deps: WriteSnapshotDeps,
  { id, step, progress }: SnapshotWork,
): Promise<JobSettlement> {
  const snapshot = await kind.store(tx).lock(id);
  if (snapshot === null) return { kind: 'refused', code: `${kind.code}_unknown` };
  if (step === 'expire') return end(tx, kind, snapshot, deps.clock.now());
  return writePart(tx, kind, deps, snapshot, (progress ?? { position: 0, after: null }) as Progress<Cursor>);
}

async function writePart<S extends Snapshot, Row, Cursor>(
  tx: Transaction,
  kind: SnapshotKind<S, Row, Cursor>,
  deps: WriteSnapshotDeps,
  snapshot: S,
  { position, after }: Progress<Cursor>,
): Promise<JobSettlement> {
  const at = deps.clock.now();
  const store = kind.store(tx);
  if (snapshot.status !== 'pending') return { kind: 'done', result: { rows: snapshot.rowsCount } };
  // Too late is failed for whoever waits for it, and stays so.
  if (snapshotStatusOf(snapshot, at) === 'failed') return fail(tx, kind, snapshot, 'too_late', at);
  const { rows, next } = await store.nextRows(snapshot, after, deps.partRows);
  const rowsCount = snapshot.rowsCount + rows.length;
  if (rowsCount > deps.rowsMax) return fail(tx, kind, snapshot, 'too_long', at);
  if (rows.length > 0) await store.addPart(snapshot.id, position, rows);
  if (next !== null) {
    await store.save({ ...snapshot, rowsCount, updatedAt: at });
    return { kind: 'again', dueAt: at, progress: { position: position + 1, after: next } satisfies Progress<Cursor> };
  }
  const expiresAt = at + deps.keepMs;
  await store.save({ ...snapshot, status: 'success', rowsCount, expiresAt, updatedAt: at });
  // It was ordered with the snapshot; those that an older version took have none yet.
  await orderSnapshotJob(tx, kind, snapshot, 'expire', at, expiresAt);
  return { kind: 'done', result: { rows: rowsCount } };
}

async function fail<S extends Snapshot, Row, Cursor>(
  tx: Transaction,
  kind: SnapshotKind<S, Row, Cursor>,
  snapshot: S,
  why: 'too_late' | 'too_long',
  at: number,
): Promise<JobSettlement> {
  await kind.store(tx).dropParts(snapshot.id);
  await kind.store(tx).save({ ...snapshot, status: 'failed', rowsCount: 0, updatedAt: at });
  return { kind: 'refused', code: `${kind.code}_${why}` };
}

/** The job that wrote it may have been given up: nothing but this ever comes back to a snapshot that stayed pending. */
async function end<S extends Snapshot, Row, Cursor>(
  tx: Transaction,
  kind: SnapshotKind<S, Row, Cursor>,
  snapshot: S,
  now: number,
): Promise<JobSettlement> {
  const dueAt = snapshot.status === 'pending' ? snapshot.createdAt + SNAPSHOT_PENDING_MS_MAX : (snapshot.expiresAt ?? now);
  if (now < dueAt) return { kind: 'again', dueAt, progress: null };
  if (snapshot.status === 'pending') await fail(tx, kind, snapshot, 'too_late', now);
  else await kind.store(tx).dropParts(snapshot.id);
  return { kind: 'done', result: null };
}
