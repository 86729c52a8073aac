import type { DocumentLink, DocumentStore } from '../app/ports/regulation.ts';
import type { ContentType, DocumentFile } from '../domain/document.ts';
import type { Mode } from '../domain/records.ts';
import { isUuid } from '../kit/ids.ts';
import { escapeLike, orderBy, pageWithTotal } from './counted-page.ts';
import { listDocumentLinks } from './document-links.ts';
import { holderConditions } from './order-lists.ts';
import type { Queryable } from './pool.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';
import { Where } from './where.ts';

interface DocumentRow {
  id: string;
  mode: Mode;
  owner_account_id: string;
  sub_account_id: string | null;
  filename: string;
  content_type: ContentType;
  customer_reference: string | null;
  status: DocumentFile['status'];
  size_bytes: number;
  sha256: Buffer;
  linked_at: number | null;
  created_at: number;
  updated_at: number;
}

// Without the content.
const COLUMNS = `d.id, d.mode, d.owner_account_id, d.sub_account_id, d.filename, d.content_type, d.customer_reference, d.status,
  d.size_bytes, d.sha256, d.linked_at, d.created_at, d.updated_at`;

const KEPT = '(d.linked_at is not null or d.created_at > ?)';

const toDocument = (row: DocumentRow): DocumentFile => ({
  id: row.id,
  mode: row.mode,
  holder: { ownerAccountId: row.owner_account_id, subAccountId: row.sub_account_id },
  filename: row.filename,
  contentType: row.content_type,
  customerReference: row.customer_reference,
  status: row.status,
  sizeBytes: row.size_bytes,
  sha256: row.sha256,
  linkedAt: row.linked_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** The documents of one transaction. */
export function documentStore(db: Queryable): DocumentStore {
  const one = async (rest: string, id: string): Promise<DocumentFile | null> => {
    if (!isUuid(id)) return null;
    const { rows } = await db.query<DocumentRow>(`select ${COLUMNS} from documents d where d.id = $1 ${rest}`, [id]);
    return rows[0] === undefined ? null : toDocument(rows[0]);
  };
  return {
    get: (id) => one('', id),
    lock: (id) => one('for update', id),
    async content(id) {
      const { rows } = await db.query<{ content: Buffer }>('select content from documents where id = $1', [id]);
      return rows[0]?.content ?? null;
    },
    insert: (document, content) => insertDocument(db, document, content),
    async save({ id, filename, customerReference, status, updatedAt }) {
      await db.query('update documents set filename = $2, customer_reference = $3, status = $4, updated_at = $5 where id = $1', [
        id,
        filename,
        customerReference,
        status,
        timestamp(updatedAt),
      ]);
    },
    async remove(id) {
      await db.query('delete from documents where id = $1', [id]);
    },
    async forgetUnlinked(before, countMax) {
      // A row that is being linked is locked; once it is linked the condition, judged again, fails.
      const { rowCount } = await db.query(
        `delete from documents where id in (select id from documents where linked_at is null and created_at <= $1
           order by created_at limit $2 for update skip locked)`,
        [timestamp(before), countMax],
      );
      return rowCount ?? 0;
    },
    async count(scope, unlinkedSince) {
      const where = holderConditions(scope, 'd').and(KEPT, timestamp(unlinkedSince));
      const { rows } = await db.query<{ n: number }>(`select count(*) as n from documents d ${where.text}`, where.values);
      return rows[0]?.n ?? 0;
    },
    async bytesOf(ownerAccountId, unlinkedSince) {
      const where = new Where().and('d.owner_account_id = ?', ownerAccountId).and(KEPT, timestamp(unlinkedSince));
      const text = `select coalesce(sum(d.size_bytes), 0)::bigint as bytes from documents d ${where.text}`;
      return (await db.query<{ bytes: number }>(text, where.values)).rows[0]?.bytes ?? 0;
    },
    async list(filter, sort, page) {
      const since = (ms: number | undefined) => (ms === undefined ? undefined : timestamp(ms));
      const { filenameContains: contains } = filter;
      const where = holderConditions(filter, 'd')
        .and(KEPT, timestamp(filter.unlinkedSince))
        .when('d.filename ilike ?', contains === undefined ? undefined : `%${escapeLike(contains)}%`)
        .when('d.customer_reference = ?', filter.customerReference)
        .when('d.created_at > ?', since(filter.createdAfter))
        .when('d.created_at < ?', since(filter.createdBefore));
      const order = orderBy(sort, { filename: 'lower(filename)', created_at: 'created_at', updated_at: 'updated_at' });
      const found = await pageWithTotal<DocumentRow>(db, 'documents d', COLUMNS, where, order, page);
      return { rows: found.rows.map(toDocument), total: found.total };
    },
    links: (scope, filter: { kind?: DocumentLink['kind']; resourceId?: string }, page) => listDocumentLinks(db, scope, filter, page),
  };
}

async function insertDocument(db: Queryable, document: DocumentFile, content: Buffer): Promise<void> {
  await db.query(
    `insert into documents (id, mode, owner_account_id, sub_account_id, filename, content_type, customer_reference, status, size_bytes,
       sha256, content, linked_at, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      document.id,
      document.mode,
      document.holder.ownerAccountId,
      document.holder.subAccountId,
      document.filename,
      document.contentType,
      document.customerReference,
      document.status,
      document.sizeBytes,
      document.sha256,
      content,
      timestampOrNull(document.linkedAt),
      timestamp(document.createdAt),
      timestamp(document.updatedAt),
    ],
  );
}
