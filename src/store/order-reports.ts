import type { OrderReportStore, ReportCursor } from '../app/ports/order-reports.ts';
import type { OrderReport, ReportFilters, ReportRow } from '../domain/order-report.ts';
import type { Mode } from '../domain/records.ts';
import { isUuid } from '../kit/ids.ts';
import { holderConditions } from './order-lists.ts';
import type { Queryable } from './pool.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';

interface ReportTableRow {
  id: string;
  mode: Mode;
  owner_account_id: string;
  sub_account_id: string | null;
  status: OrderReport['status'];
  filters: ReportFilters;
  rows_count: number;
  expires_at: number | null;
  created_at: number;
  updated_at: number;
}

const COLUMNS = 'id, mode, owner_account_id, sub_account_id, status, filters, rows_count, expires_at, created_at, updated_at';

const toReport = (row: ReportTableRow): OrderReport => ({
  id: row.id,
  mode: row.mode,
  holder: { ownerAccountId: row.owner_account_id, subAccountId: row.sub_account_id },
  status: row.status,
  filters: row.filters,
  rowsCount: row.rows_count,
  expiresAt: row.expires_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** The reports of sub-orders in one transaction. */
export function orderReportStore(db: Queryable): OrderReportStore {
  const one = async (rest: string, id: string): Promise<OrderReport | null> => {
    if (!isUuid(id)) return null;
    const { rows } = await db.query<ReportTableRow>(`select ${COLUMNS} from sub_order_reports where id = $1 ${rest}`, [id]);
    return rows[0] === undefined ? null : toReport(rows[0]);
  };
  return {
    get: (id) => one('', id),
    lock: (id) => one('for no key update', id),
    async insert(report) {
      await db.query(`insert into sub_order_reports (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, [
        report.id,
        report.mode,
        report.holder.ownerAccountId,
        report.holder.subAccountId,
        report.status,
        JSON.stringify(report.filters),
        report.rowsCount,
        timestampOrNull(report.expiresAt),
        timestamp(report.createdAt),
        timestamp(report.updatedAt),
      ]);
    },
    async save({ id, status, rowsCount, expiresAt, updatedAt }) {
      await db.query('update sub_order_reports set status = $2, rows_count = $3, expires_at = $4, updated_at = $5 where id = $1', [
        id,
        status,
        rowsCount,
        timestampOrNull(expiresAt),
        timestamp(updatedAt),
      ]);
    },
    async countPending(ownerAccountId, since) {
      const text = "select count(*) as n from sub_order_reports where owner_account_id = $1 and status = 'pending' and created_at > $2";
      return (await db.query<{ n: number }>(text, [ownerAccountId, timestamp(since)])).rows[0]?.n ?? 0;
    },
    nextRows: (report, after, countMax) => nextRows(db, report, after, countMax),
    async addPart(reportId, position, rows) {
      const text = 'insert into sub_order_report_parts (report_id, position, rows) values ($1, $2, $3)';
      await db.query(text, [reportId, position, JSON.stringify(rows)]);
    },
    async part(reportId, position) {
      const text = 'select rows from sub_order_report_parts where report_id = $1 and position = $2';
      return (await db.query<{ rows: ReportRow[] }>(text, [reportId, position])).rows[0]?.rows ?? null;
    },
    async dropParts(reportId) {
      await db.query('delete from sub_order_report_parts where report_id = $1', [reportId]);
    },
  };
}

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
