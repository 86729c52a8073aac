import type { Membership, User, UserStore } from '../app/ports/store.ts';
import { isUuid } from '../kit/ids.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { Where } from './where.ts';

interface MembershipRow {
  user_id: string;
  account_id: string;
  role: Membership['role'];
  created_at: number;
}

interface UserRow {
  id: string;
  email: string;
  created_at: number;
}

const toUser = (row: UserRow): User => ({ id: row.id, email: row.email, createdAt: row.created_at });

const COLUMNS = 'user_id, account_id, role, created_at';

const toMembership = (row: MembershipRow): Membership => ({
  userId: row.user_id,
  accountId: row.account_id,
  role: row.role,
  createdAt: row.created_at,
});

/** Users of JWT sessions and their memberships, of one transaction. */
export function userStore(db: Queryable): UserStore {
  return {
    async get(id) {
      if (!isUuid(id)) return null;
      const { rows } = await db.query<UserRow>('select id, email, created_at from users where id = $1', [id]);
      return rows[0] === undefined ? null : toUser(rows[0]);
    },
    async list(page) {
      const where = new Where().after('created_at', 'id', page.after);
      const text = `select id, email, created_at from users ${where.text} order by created_at, id limit ${where.bind(page.limit)}`;
      return (await db.query<UserRow>(text, where.values)).rows.map(toUser);
    },
    insert: (user) => insertUser(db, user),
    async membershipsOf(userId) {
      if (!isUuid(userId)) return [];
      const text = `select ${COLUMNS} from memberships where user_id = $1 order by created_at, account_id`;
      return (await db.query<MembershipRow>(text, [userId])).rows.map(toMembership);
    },
    async putMembership({ userId, accountId, role, createdAt }) {
      await db.query(
        `insert into memberships (${COLUMNS}) values ($1, $2, $3, $4) on conflict (user_id, account_id) do update set role = excluded.role`,
        [userId, accountId, role, timestamp(createdAt)],
      );
    },
    async removeMembership(userId, accountId) {
      const { rowCount } = await db.query('delete from memberships where user_id = $1 and account_id = $2', [userId, accountId]);
      return rowCount === 1;
    },
    async listMemberships(accountId, page) {
      const where = new Where().and('account_id = ?', accountId).after('created_at', 'user_id', page.after);
      const text = `select ${COLUMNS} from memberships ${where.text} order by created_at, user_id limit ${where.bind(page.limit)}`;
      return (await db.query<MembershipRow>(text, where.values)).rows.map(toMembership);
    },
  };
}

async function insertUser(db: Queryable, user: User): Promise<boolean> {
  const { rowCount } = await db.query('insert into users (id, email, created_at) values ($1, $2, $3) on conflict (id) do nothing', [
    user.id,
    user.email,
    timestamp(user.createdAt),
  ]);
  return rowCount === 1;
}
