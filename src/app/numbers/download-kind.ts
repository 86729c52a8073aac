import type { DownloadRow, NumberDownload } from '../../domain/number-download.ts';
import type { DownloadCursor } from '../ports/number-downloads.ts';
import type { SnapshotKind } from '../snapshots/snapshot-kind.ts';

/** Lists of numbers as files. */
export const DOWNLOADS: SnapshotKind<NumberDownload, DownloadRow, DownloadCursor> = {
  code: 'number_download',
  words: { one: 'download', many: 'CSV downloads', written: 'complete' },
  expired: 'download_expired',
  store: (tx) => tx.numberDownloads,
  payload: (downloadId, step) => ({ downloadId, step }),
};
