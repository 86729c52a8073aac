import type { OrderReport, ReportRow } from '../../domain/order-report.ts';
import type { SnapshotStore } from './snapshots.ts';

/** Where a report goes on: behind this row. */
export interface ReportCursor {
  readonly createdAt: number;
  readonly orderId: string;
  readonly position: number;
}

/** The reports of one transaction; their rows are sub-orders, newest first. */
export type OrderReportStore = SnapshotStore<OrderReport, ReportRow, ReportCursor>;
