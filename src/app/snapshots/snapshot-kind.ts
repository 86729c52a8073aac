import type { Snapshot } from '../../domain/snapshot.ts';
import type { JobPayloads } from '../ports/jobs.ts';
import type { SnapshotStore } from '../ports/snapshots.ts';
import type { Transaction } from '../ports/store.ts';

/** What one kind of snapshots is called and where it is kept. */
export interface SnapshotKind<S extends Snapshot, Row, Cursor> {
  /** In audit rows and refusals: the resource is `{code}:{id}`. */
  readonly code: 'report' | 'number_download';
  /** As clients are told of it: one, several, and when it can be read. */
  readonly words: { readonly one: string; readonly many: string; readonly written: string };
  readonly expired: 'report_expired' | 'download_expired';
  store(tx: Transaction): SnapshotStore<S, Row, Cursor>;
  payload(id: string, step: 'write' | 'expire'): JobPayloads['reports'];
}
