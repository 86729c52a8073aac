import type { DownloadCursor, NumberDownloadStore } from '../app/ports/number-downloads.ts';
import type { OrderScope } from '../app/ports/orders.ts';
import type { OffsetPage, OffsetRequest } from '../app/ports/store.ts';
import type { NumberType } from '../domain/number.ts';
import type { DownloadFilters, DownloadRow, NumberDownload } from '../domain/number-download.ts';
import type { Mode } from '../domain/records.ts';
import { isUuid } from '../kit/ids.ts';
import { pageWithTotal } from './counted-page.ts';
import { numberConditions } from './number-lists.ts';
import { holderConditions } from './order-lists.ts';
import type { Queryable } from './pool.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';

interface DownloadTableRow {
  id: string;
  mode: Mode;
  owner_account_id: string;
  sub_account_id: string | null;
  status: NumberDownload['status'];
  filters: DownloadFilters;
  rows_count: number;
  expires_at: number | null;
  created_at: number;
  updated_at: number;
}

const COLUMNS = 'id, mode, owner_account_id, sub_account_id, status, filters, rows_count, expires_at, created_at, updated_at';

const toDownload = (row: DownloadTableRow): NumberDownload => ({
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

/** The lists of numbers in one transaction. */
export function numberDownloadStore(db: Queryable): NumberDownloadStore {
  const one = async (rest: string, id: string): Promise<NumberDownload | null> => {
    if (!isUuid(id)) return null;
    const { rows } = await db.query<DownloadTableRow>(`select ${COLUMNS} from number_downloads where id = $1 ${rest}`, [id]);
    return rows[0] === undefined ? null : toDownload(rows[0]);
  };
  return {
    get: (id) => one('', id),
    lock: (id) => one('for no key update', id),
    async insert(download) {
      await db.query(`insert into number_downloads (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, [
        download.id,
        download.mode,
        download.holder.ownerAccountId,
        download.holder.subAccountId,
        download.status,
        JSON.stringify(download.filters),
        download.rowsCount,
        timestampOrNull(download.expiresAt),
        timestamp(download.createdAt),
        timestamp(download.updatedAt),
      ]);
    },
    async save({ id, status, rowsCount, expiresAt, updatedAt }) {
      await db.query('update number_downloads set status = $2, rows_count = $3, expires_at = $4, updated_at = $5 where id = $1', [
        id,
        status,
        rowsCount,
        timestampOrNull(expiresAt),
        timestamp(updatedAt),
      ]);
    },
    list: (scope, page) => listDownloads(db, scope, page),
    async countPending(ownerAccountId, since) {
      const text = "select count(*) as n from number_downloads where owner_account_id = $1 and status = 'pending' and created_at > $2";
      return (await db.query<{ n: number }>(text, [ownerAccountId, timestamp(since)])).rows[0]?.n ?? 0;
    },
    nextRows: (download, after, countMax) => nextRows(db, download, after, countMax),
    async addPart(downloadId, position, rows) {
      const text = 'insert into number_download_parts (download_id, position, rows) values ($1, $2, $3)';
      await db.query(text, [downloadId, position, JSON.stringify(rows)]);
    },
    async part(downloadId, position) {
      const text = 'select rows from number_download_parts where download_id = $1 and position = $2';
      return (await db.query<{ rows: DownloadRow[] }>(text, [downloadId, position])).rows[0]?.rows ?? null;
    },
    async dropParts(downloadId) {
      await db.query('delete from number_download_parts where download_id = $1', [downloadId]);
    },
  };
}

interface NumberLine {
  id: string;
  ext_id: string;
  e164: string;
  country: string;
  type: NumberType;
  lifecycle: string;
  waits_for: DownloadRow['waitsFor'];
  trunk_group_ext_id: string | null;
  trunk_group_name: string | null;
  tags: string[];
  customer_reference: string | null;
  billing_group_id: string | null;
  deletion_lock: boolean;
  purchased_at: number | null;
  created_at: number;
  updated_at: number;
}

async function listDownloads(db: Queryable, scope: OrderScope, page: OffsetRequest): Promise<OffsetPage<NumberDownload>> {
  const where = holderConditions(scope, 'd');
  const { rows, total } = await pageWithTotal<DownloadTableRow>(db, 'number_downloads d', COLUMNS, where, 'created_at desc, id desc', page);
  return { rows: rows.map(toDownload), total };
}

const LINE = `id, ext_id::text, e164, country, type, lifecycle,
  case when lifecycle = 'pending' then (
    select case when bool_or(v.status = 'rejected') then 'rejected' when bool_or(v.status = 'unset') then 'unset'
        when bool_or(v.status = 'provided') then 'provided' end
      from order_items i join requirement_values v on v.item_id = i.id where i.number_id = numbers.id and i.status = 'pending'
  ) end as waits_for,
  (select g.ext_id::text from trunk_groups g where g.id = numbers.trunk_group_id) as trunk_group_ext_id,
  (select g.name from trunk_groups g where g.id = numbers.trunk_group_id) as trunk_group_name,
  tags, customer_reference, billing_group_id, deletion_lock, purchased_at, created_at, updated_at`;

async function nextRows(
  db: Queryable,
  { holder, mode, filters }: NumberDownload,
  after: DownloadCursor | null,
  countMax: number,
): Promise<{ readonly rows: readonly DownloadRow[]; readonly next: DownloadCursor | null }> {
  const where = numberConditions({ ...filters, holder, mode }).after(
    'created_at',
    'id',
    after === null ? null : { createdAt: after.createdAt, id: after.numberId },
  );
  const text = `select ${LINE} from numbers ${where.text} order by created_at, id limit ${where.bind(countMax)}`;
  const { rows } = await db.query<NumberLine>(text, where.values);
  const last = rows.length < countMax ? undefined : rows.at(-1);
  return { rows: rows.map(toRow), next: last === undefined ? null : { createdAt: last.created_at, numberId: last.id } };
}

const toRow = (row: NumberLine): DownloadRow => ({
  extId: row.ext_id,
  e164: row.e164,
  country: row.country,
  type: row.type,
  lifecycle: row.lifecycle,
  waitsFor: row.waits_for,
  trunkGroupExtId: row.trunk_group_ext_id,
  trunkGroupName: row.trunk_group_name,
  tags: row.tags,
  customerReference: row.customer_reference,
  billingGroupId: row.billing_group_id,
  deletionLock: row.deletion_lock,
  purchasedAt: row.purchased_at,
  updatedAt: row.updated_at,
});
