import { DOWNLOADS } from '../numbers/download-kind.ts';
import { REPORTS } from '../orders/report-kind.ts';
import type { JobHandler } from '../ports/jobs.ts';
import { type WriteSnapshotDeps, writeSnapshot } from './write-snapshot.ts';

/** Writes snapshots of every kind: one queue, so that none has a worker of its own to starve the others. */
export function writeSnapshots(deps: WriteSnapshotDeps): JobHandler<'reports'> {
  return async (payload, { progress }) => ({
    kind: 'transact',
    work: (tx) =>
      'downloadId' in payload
        ? writeSnapshot(tx, DOWNLOADS, deps, { id: payload.downloadId, step: payload.step, progress })
        : writeSnapshot(tx, REPORTS, deps, { id: payload.reportId, step: payload.step, progress }),
  });
}
