import { DOWNLOAD_PENDING_MS_MAX, downloadStatusOf, type NumberDownload } from '../../domain/number-download.ts';
import type { Clock } from '../../kit/clock.ts';
import type { JobHandler, JobSettlement } from '../ports/jobs.ts';
import type { DownloadCursor } from '../ports/number-downloads.ts';
import type { Transaction } from '../ports/store.ts';
import { orderDownloadEnd } from './download-end.ts';

export interface WriteDownloadDeps {
  readonly clock: Clock;
  /** Rows of one run of the job, and of one part. */
  readonly partRows: number;
  /** A download of more rows than this fails. */
  readonly rowsMax: number;
  /** How long a written download can be read, ms. */
  readonly keepMs: number;
}

interface Progress {
  readonly position: number;
  readonly after: DownloadCursor | null;
}

/**
 * Writes a download part by part, each in the transaction that moves the job on: a run that is repeated writes nothing twice. When its
 * time is over, or nobody wrote it in time, a second job of the same queue forgets its rows; whether it is over is told by the time, not
 * by that (`downloadStatusOf`).
 */
export function writeDownload(deps: WriteDownloadDeps): JobHandler<'reports'> {
  return async (payload, job) => ({
    kind: 'transact',
    async work(tx) {
      const download = 'downloadId' in payload ? await tx.numberDownloads.lock(payload.downloadId) : null;
      if (download === null) return { kind: 'refused', code: 'number_download_unknown' };
      if (payload.step === 'expire') return end(tx, download, deps.clock.now());
      return writePart(tx, deps, download, (job.progress ?? { position: 0, after: null }) as Progress);
    },
  });
}

async function writePart(
  tx: Transaction,
  deps: WriteDownloadDeps,
  download: NumberDownload,
  { position, after }: Progress,
): Promise<JobSettlement> {
  const at = deps.clock.now();
  if (download.status !== 'pending') return { kind: 'done', result: { rows: download.rowsCount } };
  // Too late is failed for whoever waits for it, and stays so.
  if (downloadStatusOf(download, at) === 'failed') return fail(tx, download, 'number_download_too_late', at);
  const { rows, next } = await tx.numberDownloads.nextRows(download, after, deps.partRows);
  const rowsCount = download.rowsCount + rows.length;
  if (rowsCount > deps.rowsMax) return fail(tx, download, 'number_download_too_long', at);
  if (rows.length > 0) await tx.numberDownloads.addPart(download.id, position, rows);
  if (next !== null) {
    await tx.numberDownloads.save({ ...download, rowsCount, updatedAt: at });
    return { kind: 'again', dueAt: at, progress: { position: position + 1, after: next } satisfies Progress };
  }
  const expiresAt = at + deps.keepMs;
  await tx.numberDownloads.save({ ...download, status: 'success', rowsCount, expiresAt, updatedAt: at });
  // It was ordered with the download; those that an older version took have none yet.
  await orderDownloadEnd(tx, download, expiresAt, at);
  return { kind: 'done', result: { rows: rowsCount } };
}

async function fail(tx: Transaction, download: NumberDownload, code: string, at: number): Promise<JobSettlement> {
  await tx.numberDownloads.dropParts(download.id);
  await tx.numberDownloads.save({ ...download, status: 'failed', rowsCount: 0, updatedAt: at });
  return { kind: 'refused', code };
}

/** The job that wrote it may have been given up: nothing but this ever comes back to a download that stayed pending. */
async function end(tx: Transaction, download: NumberDownload, now: number): Promise<JobSettlement> {
  const dueAt = download.status === 'pending' ? download.createdAt + DOWNLOAD_PENDING_MS_MAX : (download.expiresAt ?? now);
  if (now < dueAt) return { kind: 'again', dueAt, progress: null };
  if (download.status === 'pending') await fail(tx, download, 'number_download_too_late', now);
  else await tx.numberDownloads.dropParts(download.id);
  return { kind: 'done', result: null };
}
