import type { DownloadRow, NumberDownload } from '../../domain/number-download.ts';
import type { SnapshotStore } from './snapshots.ts';

/** Where a download goes on: behind this number. */
export interface DownloadCursor {
  readonly createdAt: number;
  readonly numberId: string;
}

/** The downloads of one transaction; their rows are numbers. */
export type NumberDownloadStore = SnapshotStore<NumberDownload, DownloadRow, DownloadCursor>;
