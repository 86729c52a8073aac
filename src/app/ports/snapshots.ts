import type { Snapshot } from '../../domain/snapshot.ts';
import type { OrderScope } from './orders.ts';
import type { OffsetPage, OffsetRequest } from './store.ts';

/** The snapshots of one kind in one transaction. */
export interface SnapshotStore<S extends Snapshot, Row, Cursor> {
  get(id: string): Promise<S | null>;
  lock(id: string): Promise<S | null>;
  insert(snapshot: S): Promise<void>;
  /** Saves status, count and expiry. */
  save(snapshot: S): Promise<void>;
  /** Newest first. */
  list(scope: OrderScope, page: OffsetRequest): Promise<OffsetPage<S>>;
  /** Snapshots of this owner and its sub-accounts that were asked for after `since` and are still to be written. */
  countPending(ownerAccountId: string, since: number): Promise<number>;
  /** The next rows of a snapshot and where the rest begins; null: there is no rest. */
  nextRows(snapshot: S, after: Cursor | null, countMax: number): Promise<{ readonly rows: readonly Row[]; readonly next: Cursor | null }>;
  /** Keeps a part; parts count from 0. */
  addPart(id: string, position: number, rows: readonly Row[]): Promise<void>;
  /** null: there is no such part. */
  part(id: string, position: number): Promise<readonly Row[] | null>;
  dropParts(id: string): Promise<void>;
}
