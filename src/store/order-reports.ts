import type { OrderReportStore, ReportCursor } from '../app/ports/order-reports.ts';
import type { OrderReport, ReportRow } from '../domain/order-report.ts';
import { holderConditions } from './order-lists.ts';
import type { Queryable } from './pool.ts';
import { snapshotStore } from './snapshots.ts';
import { timestamp } from './timestamps.ts';

/** The reports of sub-orders in one transaction. */
export const orderReportStore = (db: Queryable): OrderReportStore =>
  snapshotStore(db, { table: 'sub_order_reports', parts: 'sub_order_report_parts', key: 'report_id' }, (report, after, countMax) =>
    nextRows(db, report, after, countMax),
  );

interface SubOrderRow {
  id: string;
  order_id: string;
  position: number;
  country: string;
  number_type: ReportRow['type'];
  phone_numbers_count: number;
  status: ReportRow['status'];
  requirements_met: boolean;
  customer_reference: string | null;
  ordered_at: number;
  created_at: number;
  updated_at: number;
}

const timeOrNone = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : timestamp(ms));

async function nextRows(
  db: Queryable,
  { holder, mode, filters, createdAt }: OrderReport,
  after: ReportCursor | null,
  countMax: number,
): Promise<{ rows: readonly ReportRow[]; next: ReportCursor | null }> {
  // Orders that came after the report was asked for are not in it, however long it takes.
  const where = holderConditions({ holder, mode }, 'o')
    .and('o.created_at <= ?', timestamp(createdAt))
    .when('s.status = any(?::text[])', filters.statuses ?? (filters.status && [filters.status]))
    .when('s.order_id = ?', filters.orderId)
    .when('s.country = ?', filters.country)
    .when('s.customer_reference = ?', filters.customerReference)
    .when('o.created_at > ?', timeOrNone(filters.createdAfter))
    .when('o.created_at < ?', timeOrNone(filters.createdBefore));
  if (after !== null) {
    const behind = '(o.created_at, o.id, -s.position) < (?::timestamptz, ?::uuid, ?::int)';
    where.and(behind, timestamp(after.createdAt), after.orderId, -after.position);
  }
  const { rows } = await db.query<SubOrderRow>(
    `select s.id, s.order_id, s.position, s.country, s.number_type, s.phone_numbers_count, s.status, s.requirements_met,
       s.customer_reference, o.created_at as ordered_at, s.created_at, s.updated_at
     from sub_number_orders s join number_orders o on o.id = s.order_id ${where.text}
     order by o.created_at desc, o.id desc, s.position limit ${where.bind(countMax)}`,
    where.values,
  );
  const last = rows.length < countMax ? undefined : rows.at(-1);
  return {
    rows: rows.map(toRow),
    next: last === undefined ? null : { createdAt: last.ordered_at, orderId: last.order_id, position: last.position },
  };
}

const toRow = (row: SubOrderRow): ReportRow => ({
  orderId: row.order_id,
  subOrderId: row.id,
  country: row.country,
  type: row.number_type,
  phoneNumbersCount: row.phone_numbers_count,
  status: row.status,
  requirementsMet: row.requirements_met,
  customerReference: row.customer_reference,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
