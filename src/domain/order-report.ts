import type { NumberType } from './number.ts';
import type { OrderStatus } from './order.ts';
import type { Snapshot } from './snapshot.ts';

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
export type OrderReport = Snapshot<ReportFilters>;

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
