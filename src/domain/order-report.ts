import type { Holder } from './account.ts';
import type { NumberType } from './number.ts';
import type { OrderStatus } from './order.ts';
import type { Mode } from './records.ts';

/** Which sub-orders a report is of; absent keys: whatever they are. */
export interface ReportFilters {
  /** As it was asked for. */
  readonly status?: OrderStatus;
  /** What that stands for where several are shown as one; absent: itself. */
  readonly statuses?: readonly OrderStatus[];
  readonly orderId?: string;
  readonly country?: string;
  readonly customerReference?: string;
  readonly createdAfter?: number;
  readonly createdBefore?: number;
}

/** A report of a holder's sub-orders as they were when it was written. */
export interface OrderReport {
  readonly id: string;
  readonly mode: Mode;
  readonly holder: Holder;
  readonly status: 'pending' | 'success' | 'failed';
  readonly filters: ReportFilters;
  readonly rowsCount: number;
  /** When its rows go; null exactly unless `success`. */
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** One line of a report. */
export interface ReportRow {
  readonly orderId: string;
  readonly subOrderId: string;
  readonly country: string;
  readonly type: NumberType;
  readonly phoneNumbersCount: number;
  readonly status: OrderStatus;
  readonly requirementsMet: boolean;
  readonly customerReference: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A report that nobody has written for so long, in ms, is one that failed: whoever worked on it is gone for good. */
export const REPORT_PENDING_MS_MAX = 3_600_000;

/** How far a report is now: by the time, so that no job needs to run for it to fail or to expire. */
export function reportStatusOf(report: OrderReport, nowMs: number): OrderReport['status'] | 'expired' {
  if (report.expiresAt !== null && report.expiresAt <= nowMs) return 'expired';
  return report.status === 'pending' && nowMs >= report.createdAt + REPORT_PENDING_MS_MAX ? 'failed' : report.status;
}
