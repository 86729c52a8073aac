import type { OrderReport, ReportRow } from '../../domain/order-report.ts';
import type { ReportCursor } from '../ports/order-reports.ts';
import type { SnapshotKind } from '../snapshots/snapshot-kind.ts';

/** Reports of sub-orders. */
export const REPORTS: SnapshotKind<OrderReport, ReportRow, ReportCursor> = {
  code: 'report',
  words: { one: 'report', many: 'reports', written: 'success' },
  expired: 'report_expired',
  store: (tx) => tx.reports,
  payload: (reportId, step) => ({ reportId, step }),
};
