import { z } from 'zod';
import { REPORTS } from '../../app/orders/report-kind.ts';
import { type CreateSnapshotDeps, createSnapshot } from '../../app/snapshots/create-snapshot.ts';
import { findSnapshot, findWrittenSnapshot, snapshotRows } from '../../app/snapshots/read-snapshot.ts';
import { ORDER_STATUSES } from '../../domain/order.ts';
import type { OrderReport, ReportRow } from '../../domain/order-report.ts';
import { snapshotStatusOf } from '../../domain/snapshot.ts';
import { ok } from '../../kit/result.ts';
import { csvLine } from '../csv.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, BrokenOff, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { countryField, textField, timeText, uuidField } from '../wire-fields.ts';
import { enumText, timeFilter } from './filters.ts';
import { given } from './given.ts';
import { oneSchema } from './page.ts';
import { type OrderView, statusesShownAs, statusText } from './present-order.ts';

export interface ReportDeps extends CreateSnapshotDeps, OrderView {}

const TAG = 'Phone Number Orders';
const resource = 'report' as const;
/** Longest time of one download. */
const DOWNLOAD_MS_MAX = 600_000;

/** Not published by the vendor (decision B1). */
const COLUMNS = [
  'number_order_id',
  'sub_number_order_id',
  'country_code',
  'phone_number_type',
  'phone_numbers_count',
  'status',
  'requirements_met',
  'customer_reference',
  'created_at',
  'updated_at',
] as const;

const filtersSchema = z.object({
  status: z.enum(ORDER_STATUSES).optional(),
  order_request_id: z.string().optional(),
  country_code: z.string().optional(),
  customer_reference: z.string().optional(),
  created_at_gt: z.string().optional(),
  created_at_lt: z.string().optional(),
});
const reportSchema = z.object({
  id: z.string(),
  order_type: z.literal('sub_number_order'),
  status: z.enum(['pending', 'success', 'failed', 'expired']),
  filters: filtersSchema,
  user_id: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});
const params = z.object({ report_id: uuidField() });

const createBody = z
  .object({
    status: enumText(ORDER_STATUSES).optional(),
    order_request_id: uuidField().optional(),
    country_code: countryField().optional(),
    customer_reference: textField(255).optional(),
    created_at_gt: timeFilter().optional(),
    created_at_lt: timeFilter().optional(),
  })
  .transform((body) => ({
    ...given('status', body.status),
    ...given('orderId', body.order_request_id),
    ...given('country', body.country_code),
    ...given('customerReference', body.customer_reference),
    ...given('createdAfter', body.created_at_gt),
    ...given('createdBefore', body.created_at_lt),
  }));

const presentReport = (report: OrderReport, nowMs: number) => {
  const { filters, holder } = report;
  return {
    id: report.id,
    order_type: 'sub_number_order',
    status: snapshotStatusOf(report, nowMs),
    filters: {
      ...given('status', filters.status),
      ...given('order_request_id', filters.orderId),
      ...given('country_code', filters.country),
      ...given('customer_reference', filters.customerReference),
      ...given('created_at_gt', filters.createdAfter === undefined ? undefined : timeText(filters.createdAfter)),
      ...given('created_at_lt', filters.createdBefore === undefined ? undefined : timeText(filters.createdBefore)),
    },
    user_id: holder.subAccountId ?? holder.ownerAccountId,
    created_at: timeText(report.createdAt),
    updated_at: timeText(report.updatedAt),
  };
};

/** Reports of sub number orders: create, retrieve, download. */
export const reportOperations = (deps: ReportDeps): AnyOperation[] => [create(deps), get(deps), download(deps)];

const create = (deps: ReportDeps) =>
  operation({
    method: 'POST',
    path: '/sub_number_orders_report',
    operationId: 'createSubNumberOrdersReport',
    summary: 'Create a sub number orders report',
    tag: TAG,
    body: createBody,
    need: { scope: 'numbers:read' },
    changes: true,
    responses: {
      202: { description: 'The report, which is being written.', schema: oneSchema(reportSchema) },
      422: { description: 'A bad field, or too many reports under way' },
    },
    async handle({ actor, body }) {
      return answerOnce(
        actor,
        () => createSnapshot(REPORTS, deps, actor, { ...body, ...given('statuses', statusesShownAs(body.status, deps)) }),
        ({ value, propagation }) => ({
          status: 202,
          body: { data: presentReport(value, value.createdAt) },
          headers: propagationHeaders(propagation, null),
        }),
      );
    },
  });

const get = (deps: ReportDeps) =>
  operation({
    method: 'GET',
    path: '/sub_number_orders_report/:report_id',
    operationId: 'retrieveSubNumberOrdersReport',
    summary: 'Retrieve a sub number orders report',
    tag: TAG,
    resource,
    params,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'The report.', schema: oneSchema(reportSchema) }, 404: { description: 'No such report of yours' } },
    async handle({ actor, params: { report_id: id } }) {
      const found = await findSnapshot(REPORTS, deps, actor, id);
      return found.ok ? ok({ status: 200, body: { data: presentReport(found.value, deps.clock.now()) } }) : found;
    },
  });

const download = (deps: ReportDeps) =>
  operation({
    method: 'GET',
    path: '/sub_number_orders_report/:report_id/download',
    operationId: 'downloadSubNumberOrdersReport',
    summary: 'Download a sub number orders report',
    tag: TAG,
    resource,
    params,
    need: { scope: 'numbers:read' },
    responses: {
      200: { description: `\`text/csv\` with a header: ${COLUMNS.join(', ')}.` },
      404: { description: 'No such report of yours' },
      410: { description: 'The report has expired' },
      422: { description: 'The report is not written yet, or failed' },
    },
    async handle({ actor, params: { report_id: id } }) {
      const found = await findWrittenSnapshot(REPORTS, deps, actor, id);
      if (!found.ok) return found;
      const headers = {
        'Content-Type': 'text/csv; charset=utf-8; header=present',
        'Content-Disposition': 'attachment; filename="sub_number_orders_report.csv"',
      };
      return ok({ status: 200, headers, chunks: { from: csvOf(deps, found.value), msMax: DOWNLOAD_MS_MAX } });
    },
  });

/** Cut off where it cannot go on, so that nobody takes a part for the whole. */
async function* csvOf(deps: ReportDeps, report: OrderReport): AsyncGenerator<string> {
  yield csvLine(COLUMNS);
  try {
    for await (const rows of snapshotRows(REPORTS, deps, report)) yield rows.map((row) => lineOf(row, deps)).join('');
  } catch (error) {
    deps.log.error('a report broke off', { report_id: report.id, error: String(error) });
    throw new BrokenOff('report');
  }
}

const lineOf = (row: ReportRow, view: OrderView): string =>
  csvLine([
    row.orderId,
    row.subOrderId,
    row.country,
    row.type,
    row.phoneNumbersCount,
    statusText(row.status, view),
    String(row.requirementsMet),
    row.customerReference,
    timeText(row.createdAt),
    timeText(row.updatedAt),
  ]);
