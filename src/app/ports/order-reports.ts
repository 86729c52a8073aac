import type { OrderReport, ReportRow } from '../../domain/order-report.ts';

/** Where a report goes on: behind this row. */
export interface ReportCursor {
  readonly createdAt: number;
  readonly orderId: string;
  readonly position: number;
}

/** The reports of one transaction. */
export interface OrderReportStore {
  get(id: string): Promise<OrderReport | null>;
  lock(id: string): Promise<OrderReport | null>;
  insert(report: OrderReport): Promise<void>;
  /** Saves status, count and expiry. */
  save(report: OrderReport): Promise<void>;
  /** Reports of this owner and its sub-accounts that were asked for after `since` and are still to be written. */
  countPending(ownerAccountId: string, since: number): Promise<number>;
  /** The next sub-orders of a report, newest first, and where the rest begins; null: there is no rest. */
  nextRows(
    report: OrderReport,
    after: ReportCursor | null,
    countMax: number,
  ): Promise<{ readonly rows: readonly ReportRow[]; readonly next: ReportCursor | null }>;
  /** Keeps a part of a report; parts count from 0. */
  addPart(reportId: string, position: number, rows: readonly ReportRow[]): Promise<void>;
  /** null: there is no such part. */
  part(reportId: string, position: number): Promise<readonly ReportRow[] | null>;
  dropParts(reportId: string): Promise<void>;
}
