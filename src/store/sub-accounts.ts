import type { SubAccount, SubAccountLabels, SubAccountStore } from '../app/ports/sub-accounts.ts';
import { ACCOUNT_COLUMNS, type AccountRow, toAccount } from './accounts.ts';
import type { Queryable } from './pool.ts';
import { Where } from './where.ts';

interface SubAccountRow extends AccountRow {
  ext_id: string;
  parent_ext_id: string;
  email: string | null;
  phone: string | null;
  description: string | null;
  rate_limit: number | null;
  business_type: string | null;
}

const RATE_LIMIT_DEFAULT = 1000;

const SELECT = `select ${ACCOUNT_COLUMNS.split(', ')
  .map((name) => `a.${name}`)
  .join(', ')}, a.ext_id::text, p.ext_id::text as parent_ext_id, s.email, s.phone, s.description, s.rate_limit, s.business_type
  from accounts a join accounts p on p.id = a.parent_id left join sub_account_profiles s on s.account_id = a.id`;

const toSubAccount = (row: SubAccountRow): SubAccount => ({
  account: toAccount(row),
  extId: row.ext_id,
  parentExtId: row.parent_ext_id,
  labels: {
    email: row.email,
    phone: row.phone,
    description: row.description,
    rateLimit: row.rate_limit ?? RATE_LIMIT_DEFAULT,
    businessType: row.business_type,
  },
});

/** The sub-accounts of one transaction. */
export function subAccountStore(db: Queryable): SubAccountStore {
  return {
    async get(accountId) {
      const { rows } = await db.query<SubAccountRow>(`${SELECT} where a.id = $1`, [accountId]);
      return rows[0] === undefined ? null : toSubAccount(rows[0]);
    },
    putLabels: (accountId, labels) => putLabels(db, accountId, labels),
    async list(parentId, { activeOnly }, page) {
      const where = new Where().and('a.parent_id = ?', parentId).and(activeOnly ? "a.status = 'active'" : "a.status <> 'closed'");
      const counted = await db.query<{ total: number }>(`select count(*) as total from accounts a ${where.text}`, [...where.values]);
      const text = `${SELECT} ${where.text}
        order by a.created_at desc, a.id desc limit ${where.bind(page.limit)} offset ${where.bind(page.offset)}`;
      const { rows } = await db.query<SubAccountRow>(text, where.values);
      return { rows: rows.map(toSubAccount), total: counted.rows[0]?.total ?? 0 };
    },
    async authIds(accountIds) {
      const text = 'select id, auth_id from accounts where id = any($1::uuid[])';
      const { rows } = await db.query<{ id: string; auth_id: string }>(text, [accountIds]);
      return new Map(rows.map((row) => [row.id, row.auth_id]));
    },
  };
}

async function putLabels(db: Queryable, accountId: string, labels: SubAccountLabels): Promise<void> {
  await db.query(
    `insert into sub_account_profiles (account_id, email, phone, description, rate_limit, business_type) values ($1, $2, $3, $4, $5, $6)
     on conflict (account_id) do update set email = excluded.email, phone = excluded.phone, description = excluded.description,
       rate_limit = excluded.rate_limit, business_type = excluded.business_type`,
    [accountId, labels.email, labels.phone, labels.description, labels.rateLimit, labels.businessType],
  );
}
