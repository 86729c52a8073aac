import type { CommentStore } from '../app/ports/comments.ts';
import type { Comment, CommentedType } from '../domain/comment.ts';
import type { Mode } from '../domain/records.ts';
import { isUuid } from '../kit/ids.ts';
import { holderConditions } from './order-lists.ts';
import type { Queryable } from './pool.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';
import { Where } from './where.ts';

interface CommentRow {
  id: string;
  mode: Mode;
  owner_account_id: string;
  sub_account_id: string | null;
  record_type: CommentedType;
  record_id: string;
  body: string;
  commenter: string;
  commenter_type: Comment['commenterType'];
  created_at: number;
  read_at: number | null;
  updated_at: number;
}

const COLUMNS =
  'id, mode, owner_account_id, sub_account_id, record_type, record_id, body, commenter, commenter_type, created_at, read_at, updated_at';

const toComment = (row: CommentRow): Comment => ({
  id: row.id,
  mode: row.mode,
  holder: { ownerAccountId: row.owner_account_id, subAccountId: row.sub_account_id },
  recordType: row.record_type,
  recordId: row.record_id,
  body: row.body,
  commenter: row.commenter,
  commenterType: row.commenter_type,
  createdAt: row.created_at,
  readAt: row.read_at,
  updatedAt: row.updated_at,
});

/** The comments of one transaction. */
export function commentStore(db: Queryable): CommentStore {
  const many = async (rest: string, values: unknown[]): Promise<readonly Comment[]> =>
    (await db.query<CommentRow>(`select ${COLUMNS} from comments c ${rest}`, values)).rows.map(toComment);
  const one = async (rest: string, id: string): Promise<Comment | null> => (isUuid(id) ? ((await many(rest, [id]))[0] ?? null) : null);
  return {
    get: (id) => one('where id = $1', id),
    lock: (id) => one('where id = $1 for no key update', id),
    async insert(comment) {
      await db.query(`insert into comments (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, [
        comment.id,
        comment.mode,
        comment.holder.ownerAccountId,
        comment.holder.subAccountId,
        comment.recordType,
        comment.recordId,
        comment.body,
        comment.commenter,
        comment.commenterType,
        timestamp(comment.createdAt),
        timestampOrNull(comment.readAt),
        timestamp(comment.updatedAt),
      ]);
    },
    async save({ id, readAt, updatedAt }) {
      await db.query('update comments set read_at = $2, updated_at = $3 where id = $1', [
        id,
        timestampOrNull(readAt),
        timestamp(updatedAt),
      ]);
    },
    async list({ recordType, recordId, ...scope }, page) {
      const where = holderConditions(scope, 'c').when('c.record_type = ?', recordType).when('c.record_id = ?', recordId);
      const counted = await db.query<{ total: number }>(`select count(*) as total from comments c ${where.text}`, [...where.values]);
      const order = `order by created_at desc, id desc limit ${where.bind(page.limit)} offset ${where.bind(page.offset)}`;
      return { rows: await many(`${where.text} ${order}`, where.values), total: counted.rows[0]?.total ?? 0 };
    },
    listAll({ recordType, recordId, accountId, isRead }, page) {
      const where = new Where()
        .when('record_type = ?', recordType)
        .when('record_id = ?', recordId)
        .when('coalesce(sub_account_id, owner_account_id) = ?', accountId)
        .after('created_at', 'id', page.after);
      if (isRead !== undefined) where.and(isRead ? 'read_at is not null' : 'read_at is null');
      return many(`${where.text} order by created_at, id limit ${where.bind(page.limit)}`, where.values);
    },
  };
}
