import { z } from 'zod';
import { DOWNLOADS } from '../../app/numbers/download-kind.ts';
import { scopeOf } from '../../app/orders/own-order.ts';
import { type CreateSnapshotDeps, createSnapshot } from '../../app/snapshots/create-snapshot.ts';
import { findSnapshot, findWrittenSnapshot, snapshotRows } from '../../app/snapshots/read-snapshot.ts';
import type { DownloadFilters, DownloadRow, NumberDownload } from '../../domain/number-download.ts';
import { snapshotStatusOf } from '../../domain/snapshot.ts';
import { ok } from '../../kit/result.ts';
import { csvLine } from '../csv.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, BrokenOff, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { idParams, timeText } from '../wire-fields.ts';
import { enumText, listQuery } from './filters.ts';
import { listSchema, metaOf, offsetOf, pageFields } from './page.ts';
import { filterOf, type PhoneNumberDeps } from './phone-number-operations.ts';
import { numberFilters } from './phone-number-schemas.ts';

export interface CsvDownloadDeps extends CreateSnapshotDeps, PhoneNumberDeps {
  /** Where clients reach this server; null: links begin with the path. */
  readonly publicUrl?: string | null;
}

const TAG = 'CSV Downloads';
const resource = 'number_download' as const;
/** Longest time of one download. */
const DOWNLOAD_MS_MAX = 600_000;

/** Not published by the vendor. */
const COLUMNS = [
  'id',
  'phone_number',
  'country_iso_alpha2',
  'phone_number_type',
  'status',
  'connection_id',
  'connection_name',
  'tags',
  'customer_reference',
  'billing_group_id',
  'deletion_lock_enabled',
  'purchased_at',
  'updated_at',
] as const;

const downloadSchema = z.object({
  id: z.string(),
  record_type: z.literal('csv_download'),
  status: z.enum(['pending', 'complete', 'failed', 'expired']),
  url: z.string().optional(),
});
/** The vendor answers one as a list of one (seed-apis A.0). */
const oneSchema = z.object({ data: z.array(downloadSchema) });

const STATUS = { pending: 'pending', success: 'complete', failed: 'failed', expired: 'expired' } as const;

const presentDownload = (download: NumberDownload, nowMs: number, { publicUrl }: CsvDownloadDeps) => {
  const status = STATUS[snapshotStatusOf(download, nowMs)];
  const url = `${publicUrl ?? ''}/v2/phone_numbers/csv_downloads/${download.id}/download`;
  return { id: download.id, record_type: 'csv_download', status, ...(status === 'complete' ? { url } : {}) };
};

/** Lists of numbers as CSV: list, create, retrieve, download. */
export const csvDownloadOperations = (deps: CsvDownloadDeps): AnyOperation[] => [list(deps), create(deps), get(deps), download(deps)];

const list = (deps: CsvDownloadDeps) =>
  operation({
    method: 'GET',
    path: '/phone_numbers/csv_downloads',
    operationId: 'listCsvDownloads',
    summary: 'List CSV downloads',
    tag: TAG,
    query: listQuery(pageFields()),
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of downloads, newest first.', schema: listSchema(downloadSchema) } },
    async handle({ actor, query }) {
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.numberDownloads.list(scopeOf(actor), offsetOf(query)));
      const now = deps.clock.now();
      return ok({ status: 200, body: { data: rows.map((row) => presentDownload(row, now, deps)), meta: metaOf(query, total) } });
    },
  });

const createQuery = listQuery({
  ...numberFilters(),
  csv_format: enumText(['V1', 'V2']).optional().describe('Both are the same here.'),
});

const create = (deps: CsvDownloadDeps) =>
  operation({
    method: 'POST',
    path: '/phone_numbers/csv_downloads',
    operationId: 'createCsvDownload',
    summary: 'Create a CSV download of the numbers that match',
    tag: TAG,
    query: createQuery,
    need: { scope: 'numbers:read' },
    changes: true,
    responses: {
      200: { description: 'The download, which is being written.', schema: oneSchema },
      422: { description: 'A bad filter, or too many downloads under way' },
    },
    async handle({ actor, query }) {
      const filters = filtersOf(await filterOf(deps, query, scopeOf(actor)));
      return answerOnce(
        actor,
        () => createSnapshot(DOWNLOADS, deps, actor, filters),
        ({ value, propagation }) => ({
          status: 200,
          body: { data: [presentDownload(value, value.createdAt, deps)] },
          headers: propagationHeaders(propagation, null),
        }),
      );
    },
  });

/** What is asked for without whom: that is the download's own. A connection that does not exist has no numbers. */
function filtersOf(filter: Awaited<ReturnType<typeof filterOf>>): DownloadFilters {
  if (filter === null) return { search: 'none' };
  const { holder: _, mode: __, ...filters } = filter;
  return filters;
}

const get = (deps: CsvDownloadDeps) =>
  operation({
    method: 'GET',
    path: '/phone_numbers/csv_downloads/:id',
    operationId: 'retrieveCsvDownload',
    summary: 'Retrieve a CSV download',
    tag: TAG,
    resource,
    params: idParams,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'The download.', schema: oneSchema }, 404: { description: 'No such download of yours' } },
    async handle({ actor, params }) {
      const found = await findSnapshot(DOWNLOADS, deps, actor, params.id);
      return found.ok ? ok({ status: 200, body: { data: [presentDownload(found.value, deps.clock.now(), deps)] } }) : found;
    },
  });

const download = (deps: CsvDownloadDeps) =>
  operation({
    method: 'GET',
    path: '/phone_numbers/csv_downloads/:id/download',
    operationId: 'downloadCsvDownload',
    summary: 'Download the file of a CSV download',
    tag: TAG,
    resource,
    params: idParams,
    need: { scope: 'numbers:read' },
    responses: {
      200: { description: `\`text/csv\` with a header: ${COLUMNS.join(', ')}.` },
      404: { description: 'No such download of yours' },
      410: { description: 'The download has expired' },
      422: { description: 'The download is not written yet, or failed' },
    },
    async handle({ actor, params }) {
      const found = await findWrittenSnapshot(DOWNLOADS, deps, actor, params.id);
      if (!found.ok) return found;
      const headers = {
        'Content-Type': 'text/csv; charset=utf-8; header=present',
        'Content-Disposition': 'attachment; filename="phone_numbers.csv"',
      };
      return ok({ status: 200, headers, chunks: { from: csvOf(deps, found.value), msMax: DOWNLOAD_MS_MAX } });
    },
  });

/** Cut off where it cannot go on, so that nobody takes a part for the whole. */
async function* csvOf(deps: CsvDownloadDeps, found: NumberDownload): AsyncGenerator<string> {
  yield csvLine(COLUMNS);
  try {
    for await (const rows of snapshotRows(DOWNLOADS, deps, found)) yield rows.map(lineOf).join('');
  } catch (error) {
    deps.log.error('a list of numbers broke off', { download_id: found.id, error: String(error) });
    throw new BrokenOff('download');
  }
}

const WAITING = {
  rejected: 'requirement-info-exception',
  unset: 'requirement-info-pending',
  provided: 'requirement-info-under-review',
} as const;

/** As the number itself says (seed-apis D.4.1). */
function statusOf({ lifecycle, waitsFor }: DownloadRow): string {
  if (lifecycle === 'releasing') return 'deleted';
  if (lifecycle !== 'pending') return 'active';
  return waitsFor === null ? 'purchase-pending' : WAITING[waitsFor];
}

const lineOf = (row: DownloadRow): string =>
  csvLine([
    row.extId,
    row.e164,
    row.country,
    row.type,
    statusOf(row),
    row.trunkGroupExtId,
    row.trunkGroupName,
    row.tags.join(';'),
    row.customerReference,
    row.billingGroupId,
    String(row.deletionLock),
    row.purchasedAt === null ? null : timeText(row.purchasedAt),
    timeText(row.updatedAt),
  ]);
