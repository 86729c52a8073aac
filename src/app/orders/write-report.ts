import { type OrderReport, REPORT_PENDING_MS_MAX, reportStatusOf } from '../../domain/order-report.ts';
import type { Clock } from '../../kit/clock.ts';
import type { JobHandler, JobSettlement } from '../ports/jobs.ts';
import type { ReportCursor } from '../ports/order-reports.ts';
import type { Transaction } from '../ports/store.ts';
import { orderReportEnd } from './order-report-end.ts';

export interface WriteReportDeps {
  readonly clock: Clock;
  /** Rows of one run of the job, and of one part. */
  readonly partRows: number;
  /** A report of more rows than this fails. */
  readonly rowsMax: number;
  /** How long a written report can be read, ms. */
  readonly keepMs: number;
}

interface Progress {
  readonly position: number;
  readonly after: ReportCursor | null;
}

/**
 * Writes a report part by part, each in the transaction that moves the job on: a run that is repeated writes nothing twice. When its
 * time is over, or nobody wrote it in time, a second job of the same queue forgets its rows; whether it is over is told by the time, not
 * by that (`reportStatusOf`).
 */
export function writeReport(deps: WriteReportDeps): JobHandler<'reports'> {
  return async (payload, job) => ({
    kind: 'transact',
    async work(tx) {
      const report = 'reportId' in payload ? await tx.reports.lock(payload.reportId) : null;
      if (report === null) return { kind: 'refused', code: 'report_unknown' };
      if (payload.step === 'expire') return end(tx, report, deps.clock.now());
      return writePart(tx, deps, report, (job.progress ?? { position: 0, after: null }) as Progress);
    },
  });
}

async function writePart(
  tx: Transaction,
  deps: WriteReportDeps,
  report: OrderReport,
  { position, after }: Progress,
): Promise<JobSettlement> {
  const at = deps.clock.now();
  if (report.status !== 'pending') return { kind: 'done', result: { rows: report.rowsCount } };
  // Too late is failed for whoever waits for it, and stays so.
  if (reportStatusOf(report, at) === 'failed') return fail(tx, report, 'report_too_late', at);
  const { rows, next } = await tx.reports.nextRows(report, after, deps.partRows);
  const rowsCount = report.rowsCount + rows.length;
  if (rowsCount > deps.rowsMax) return fail(tx, report, 'report_too_long', at);
  if (rows.length > 0) await tx.reports.addPart(report.id, position, rows);
  if (next !== null) {
    await tx.reports.save({ ...report, rowsCount, updatedAt: at });
    return { kind: 'again', dueAt: at, progress: { position: position + 1, after: next } satisfies Progress };
  }
  const expiresAt = at + deps.keepMs;
  await tx.reports.save({ ...report, status: 'success', rowsCount, expiresAt, updatedAt: at });
  // It was ordered with the report; reports that an older version took have none yet.
  await orderReportEnd(tx, report, expiresAt, at);
  return { kind: 'done', result: { rows: rowsCount } };
}

async function fail(tx: Transaction, report: OrderReport, code: string, at: number): Promise<JobSettlement> {
  await tx.reports.dropParts(report.id);
  await tx.reports.save({ ...report, status: 'failed', rowsCount: 0, updatedAt: at });
  return { kind: 'refused', code };
}

/** The job that wrote it may have been given up: nothing but this ever comes back to a report that stayed pending. */
async function end(tx: Transaction, report: OrderReport, now: number): Promise<JobSettlement> {
  const dueAt = report.status === 'pending' ? report.createdAt + REPORT_PENDING_MS_MAX : (report.expiresAt ?? now);
  if (now < dueAt) return { kind: 'again', dueAt, progress: null };
  if (report.status === 'pending') await fail(tx, report, 'report_too_late', now);
  else await tx.reports.dropParts(report.id);
  return { kind: 'done', result: null };
}
