import type { DownloadCursor, NumberDownloadStore } from '../app/ports/number-downloads.ts';
import type { NumberType } from '../domain/number.ts';
import type { DownloadRow, NumberDownload } from '../domain/number-download.ts';
import { numberConditions } from './number-lists.ts';
import type { Queryable } from './pool.ts';
import { snapshotStore } from './snapshots.ts';

/** The lists of numbers in one transaction. */
export const numberDownloadStore = (db: Queryable): NumberDownloadStore =>
  snapshotStore(db, { table: 'number_downloads', parts: 'number_download_parts', key: 'download_id' }, (download, after, countMax) =>
    nextRows(db, download, after, countMax),
  );

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
