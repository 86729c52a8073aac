import type { Holder } from './account.ts';
import type { Mode } from './records.ts';

/** What of a holder's was asked for by `filters`, as it was when it was written, row by row in parts. */
export interface Snapshot<Filters = unknown> {
  readonly id: string;
  readonly mode: Mode;
  readonly holder: Holder;
  readonly status: 'pending' | 'success' | 'failed';
  readonly filters: Filters;
  readonly rowsCount: number;
  /** When its rows go; null exactly unless `success`. */
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A snapshot that nobody has written for so long, in ms, is one that failed: whoever worked on it is gone for good. */
export const SNAPSHOT_PENDING_MS_MAX = 3_600_000;

/** How far a snapshot is now: by the time, so that no job needs to run for it to fail or to expire. */
export function snapshotStatusOf(snapshot: Snapshot, nowMs: number): Snapshot['status'] | 'expired' {
  if (snapshot.expiresAt !== null && snapshot.expiresAt <= nowMs) return 'expired';
  return snapshot.status === 'pending' && nowMs >= snapshot.createdAt + SNAPSHOT_PENDING_MS_MAX ? 'failed' : snapshot.status;
}
