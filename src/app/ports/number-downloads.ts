import type { DownloadRow, NumberDownload } from '../../domain/number-download.ts';
import type { OrderScope } from './orders.ts';
import type { OffsetPage, OffsetRequest } from './store.ts';

/** Where a download goes on: behind this number. */
export interface DownloadCursor {
  readonly createdAt: number;
  readonly numberId: string;
}

/** The downloads of one transaction. */
export interface NumberDownloadStore {
  get(id: string): Promise<NumberDownload | null>;
  lock(id: string): Promise<NumberDownload | null>;
  insert(download: NumberDownload): Promise<void>;
  /** Saves status, count and expiry. */
  save(download: NumberDownload): Promise<void>;
  /** Newest first. */
  list(scope: OrderScope, page: OffsetRequest): Promise<OffsetPage<NumberDownload>>;
  /** Downloads of this owner and its sub-accounts that were asked for after `since` and are still to be written. */
  countPending(ownerAccountId: string, since: number): Promise<number>;
  /** The next numbers of a download and where the rest begins; null: there is no rest. */
  nextRows(
    download: NumberDownload,
    after: DownloadCursor | null,
    countMax: number,
  ): Promise<{ readonly rows: readonly DownloadRow[]; readonly next: DownloadCursor | null }>;
  /** Keeps a part; parts count from 0. */
  addPart(downloadId: string, position: number, rows: readonly DownloadRow[]): Promise<void>;
  /** null: there is no such part. */
  part(downloadId: string, position: number): Promise<readonly DownloadRow[] | null>;
  dropParts(downloadId: string): Promise<void>;
}
