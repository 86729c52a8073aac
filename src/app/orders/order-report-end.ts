import type { OrderReport } from '../../domain/order-report.ts';
import type { Transaction } from '../ports/store.ts';

/**
 * Orders the end of a report, whatever becomes of it: one that nobody has written by `dueAt` is given up, a written one is kept until
 * its time is over. There is one such job a report; ordered again it is the same one.
 */
export async function orderReportEnd(tx: Transaction, report: OrderReport, dueAt: number, at: number): Promise<void> {
  await tx.jobs.enqueue({
    queue: 'reports',
    key: `${report.id}:expire`,
    payload: { reportId: report.id, step: 'expire' },
    dueAt,
    accountId: report.holder.ownerAccountId,
    numberId: null,
    at,
  });
}
