import type { AccountStore } from '../app/ports/store.ts';
import type { Account } from '../domain/account.ts';
import { destinationsMember } from '../domain/destinations.ts';
import { isUuid } from '../kit/ids.ts';
import { type LimitColumns, limitsOf, limitValues, minutesValue } from './limit-columns.ts';
import { PLANNED_ONCE } from './planned-once.ts';
import type { Queryable } from './pool.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';
import { Where } from './where.ts';

/** A row of `accounts` as the driver returns it. */
export interface AccountRow extends LimitColumns {
  id: string;
  auth_id: string;
  name: string;
  kind: Account['kind'];
  parent_id: string | null;
  status: Account['status'];
  currency: string;
  country: string | null;
  version: number;
  created_at: number;
  updated_at: number;
  allowed_destinations: string[] | null;
  blocked_destinations: string[] | null;
  outbound_stopped_at: number | null;
}

/** What a select of accounts lists. */
export const ACCOUNT_COLUMNS = [
  'id, auth_id, name, kind, parent_id, status, currency, country, version, created_at, updated_at, max_channels, max_cps, max_call_seconds',
  'allowed_destinations, blocked_destinations, minutes_per_day, outbound_stopped_at',
].join(', ');

/** Turns a row into the account of the domain. */
export const toAccount = (row: AccountRow): Account => ({
  id: row.id,
  authId: row.auth_id,
  name: row.name,
  kind: row.kind,
  parentId: row.parent_id,
  status: row.status,
  currency: row.currency,
  country: row.country,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  ...limitsOf(row),
  ...destinationsMember({
    ...(row.allowed_destinations === null ? {} : { allowed: row.allowed_destinations }),
    blocked: row.blocked_destinations ?? [],
  }),
  ...(row.outbound_stopped_at === null ? {} : { outboundStoppedAt: row.outbound_stopped_at }),
});

/** Accounts of these ids; unknown ids are left out. */
export async function accountsByIds(db: Queryable, ids: readonly string[]): Promise<readonly Account[]> {
  const { rows } = await db.query<AccountRow>(`select ${ACCOUNT_COLUMNS} from accounts where id = any($1::uuid[])`, [ids]);
  return rows.map(toAccount);
}

/** Accounts in key order, for a walk over all of them. */
export async function accountsAfter(db: Queryable, after: string | null, limit: number): Promise<readonly Account[]> {
  const { rows } = await db.query<AccountRow>(
    `select ${ACCOUNT_COLUMNS} from accounts where $1::uuid is null or id > $1::uuid order by id limit $2`,
    [after, limit],
  );
  return rows.map(toAccount);
}

/** The accounts of one transaction. */
export function accountStore(db: Queryable): AccountStore {
  const one = async (condition: string, value: string): Promise<Account | null> => {
    const { rows } = await db.query<AccountRow>(`select ${ACCOUNT_COLUMNS} from accounts where ${condition}`, [value]);
    return rows[0] === undefined ? null : toAccount(rows[0]);
  };
  return {
    get: async (id) => (isUuid(id) ? one('id = $1', id) : null),
    // Asked for with what stands in a path: only what may be one reaches PostgreSQL, which takes no \0 in a text.
    byAuthId: async (authId) => (/^[A-Z]{2}_[A-Z0-9]{1,40}$/.test(authId) ? one('auth_id = $1', authId) : null),
    async ofKey(secretSha256) {
      return (await db.query<AccountRow>(OF_KEY, [secretSha256])).rows.map(toAccount);
    },
    lock: async (id) => (isUuid(id) ? one('id = $1 for no key update', id) : null),
    insert: (account) => insertAccount(db, account),
    save: (account) => saveAccount(db, account),
    async list(filter, page) {
      const where = new Where().when('parent_id = ?', filter.parentId).when('kind = ?', filter.kind).after('created_at', 'id', page.after);
      const text = `select ${ACCOUNT_COLUMNS} from accounts ${where.text} order by created_at, id limit ${where.bind(page.limit)}`;
      return (await db.query<AccountRow>(text, where.values)).rows.map(toAccount);
    },
    async childrenOf(parentId) {
      const text = `select ${ACCOUNT_COLUMNS} from accounts where parent_id = $1 order by created_at, id`;
      return (await db.query<AccountRow>(text, [parentId])).rows.map(toAccount);
    },
  };
}

const destinationValues = ({ destinations }: Account): (readonly string[] | null)[] => [
  destinations?.allowed ?? null,
  destinations?.blocked ?? null,
];

const laterValues = (account: Account): (number | string | null)[] => [
  minutesValue(account),
  timestampOrNull(account.outboundStoppedAt ?? null),
];

const OF_KEY = `${PLANNED_ONCE} select ${ACCOUNT_COLUMNS} from accounts
  where id = (select account_id from api_keys where secret_sha256 = $1)
     or id = (select a.parent_id from api_keys k join accounts a on a.id = k.account_id where k.secret_sha256 = $1)`;

async function insertAccount(db: Queryable, account: Account): Promise<void> {
  await db.query(
    `insert into accounts (${ACCOUNT_COLUMNS})
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
    [
      account.id,
      account.authId,
      account.name,
      account.kind,
      account.parentId,
      account.status,
      account.currency,
      account.country,
      account.version,
      timestamp(account.createdAt),
      timestamp(account.updatedAt),
      ...limitValues(account),
      ...destinationValues(account),
      ...laterValues(account),
    ],
  );
}

async function saveAccount(db: Queryable, account: Account): Promise<void> {
  const { rowCount } = await db.query(
    `update accounts set name = $2, status = $3, country = $4, version = $5, updated_at = $6, max_channels = $7, max_cps = $8,
       max_call_seconds = $9, allowed_destinations = $10, blocked_destinations = $11, minutes_per_day = $12, outbound_stopped_at = $13
     where id = $1 and version < $5`,
    [
      account.id,
      account.name,
      account.status,
      account.country,
      account.version,
      timestamp(account.updatedAt),
      ...limitValues(account),
      ...destinationValues(account),
      ...laterValues(account),
    ],
  );
  if (rowCount !== 1) throw new Error(`account ${account.id} was saved without a newer version`);
}
