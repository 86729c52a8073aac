import type { Snapshot } from '../../domain/snapshot.ts';
import type { Transaction } from '../ports/store.ts';
import type { SnapshotKind } from './snapshot-kind.ts';

/**
 * Orders a step of a snapshot: to write it, or its end, whatever becomes of it: one that nobody has written by `dueAt` is given up, a
 * written one is kept until its time is over. There is one job of each a snapshot; ordered again it is the same one.
 */
export async function orderSnapshotJob<S extends Snapshot, Row, Cursor>(
  tx: Transaction,
  kind: SnapshotKind<S, Row, Cursor>,
  { id, holder }: S,
  step: 'write' | 'expire',
  at: number,
  dueAt = at,
): Promise<void> {
  const accountId = step === 'write' ? (holder.subAccountId ?? holder.ownerAccountId) : holder.ownerAccountId;
  await tx.jobs.enqueue({
    queue: 'reports',
    key: `${id}:${step}`,
    payload: kind.payload(id, step),
    dueAt,
    accountId,
    numberId: null,
    at,
  });
}
