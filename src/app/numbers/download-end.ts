import type { NumberDownload } from '../../domain/number-download.ts';
import type { Transaction } from '../ports/store.ts';

/**
 * Orders the end of a download, whatever becomes of it: one that nobody has written by `dueAt` is given up, a written one is kept until
 * its time is over. There is one such job a download; ordered again it is the same one.
 */
export async function orderDownloadEnd(tx: Transaction, download: NumberDownload, dueAt: number, at: number): Promise<void> {
  await tx.jobs.enqueue({
    queue: 'reports',
    key: `${download.id}:expire`,
    payload: { downloadId: download.id, step: 'expire' },
    dueAt,
    accountId: download.holder.ownerAccountId,
    numberId: null,
    at,
  });
}
