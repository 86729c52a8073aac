import type { OffsetPage, OffsetRequest } from '../app/ports/store.ts';
import type { CredentialFilter, CredentialStore } from '../app/ports/trunk-groups.ts';
import type { SipCredential } from '../domain/sip-credential.ts';
import { isUuid } from '../kit/ids.ts';
import { type DefaultCallerColumns, defaultCallerOf, defaultCallerValues } from './default-caller-columns.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { Where } from './where.ts';
import { writeLater } from './write-behind.ts';

interface CredentialRow extends DefaultCallerColumns {
  id: string;
  realm: string;
  username: string;
  account_id: string;
  sub_account_id: string | null;
  number_id: string | null;
  e164: string | null;
  mode: SipCredential['mode'];
  sealed_password: string;
  sealed_ha1: string;
  digest: SipCredential['digest'];
  enabled: boolean;
  version: number;
  created_at: number;
  updated_at: number;
  purpose: 'user' | 'trunk' | 'issued';
  trunk_group_id: string | null;
  expires_at: number | null;
  name: string | null;
  description: string | null;
  tag: string | null;
}

const SELECT = `select c.id, c.realm, c.username, c.account_id, c.sub_account_id, c.number_id, n.e164, c.mode, c.sealed_password,
    c.sealed_ha1, c.digest, c.enabled, c.version, c.created_at, c.updated_at, c.purpose, c.trunk_group_id, c.expires_at, c.name,
    c.description, c.tag, c.default_caller, c.default_caller_use
  from sip_credentials c left join numbers n on n.id = c.number_id`;

const toCredential = (row: CredentialRow): SipCredential => ({
  id: row.id,
  realm: row.realm,
  username: row.username,
  accountId: row.account_id,
  subAccountId: row.sub_account_id,
  numberId: row.number_id,
  e164: row.e164,
  mode: row.mode,
  sealedPassword: row.sealed_password,
  sealedHa1: row.sealed_ha1,
  digest: row.digest,
  enabled: row.enabled,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  ...(row.purpose === 'user' ? {} : { purpose: row.purpose }),
  ...(row.trunk_group_id === null ? {} : { trunkGroupId: row.trunk_group_id }),
  ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
  ...(row.name === null ? {} : { name: row.name }),
  ...(row.description === null ? {} : { description: row.description }),
  ...(row.tag === null ? {} : { tag: row.tag }),
  ...defaultCallerOf(row),
});

/** The columns that few logins have, in the order in which they are written. */
const extraValues = ({ purpose, trunkGroupId, expiresAt, name, description, tag, defaultCaller }: SipCredential): unknown[] => [
  purpose ?? 'user',
  trunkGroupId ?? null,
  expiresAt === undefined ? null : timestamp(expiresAt),
  name ?? null,
  description ?? null,
  tag ?? null,
  ...defaultCallerValues({ defaultCaller }),
];

/** Credentials of these ids; unknown ids are left out. */
export async function credentialsByIds(db: Queryable, ids: readonly string[]): Promise<readonly SipCredential[]> {
  return (await db.query<CredentialRow>(`${SELECT} where c.id = any($1::uuid[])`, [ids])).rows.map(toCredential);
}

/** Credentials in key order, for a walk over all of them. */
export async function credentialsAfter(db: Queryable, after: string | null, limit: number): Promise<readonly SipCredential[]> {
  const text = `${SELECT} where $1::uuid is null or c.id > $1::uuid order by c.id limit $2`;
  return (await db.query<CredentialRow>(text, [after, limit])).rows.map(toCredential);
}

/** The SIP credentials of one transaction. */
export function credentialStore(db: Queryable): CredentialStore {
  const one = async (condition: string, values: unknown[]): Promise<SipCredential | null> => {
    const { rows } = await db.query<CredentialRow>(`${SELECT} where ${condition}`, values);
    return rows[0] === undefined ? null : toCredential(rows[0]);
  };
  return {
    get: async (id) => (isUuid(id) ? one('c.id = $1', [id]) : null),
    lock: async (id) => (isUuid(id) ? one('c.id = $1 for no key update of c', [id]) : null),
    ofNumber: async (numberId) => (isUuid(numberId) ? one('c.number_id = $1', [numberId]) : null),
    byLogin: (realm, username) => one('lower(c.realm) = lower($1) and lower(c.username) = lower($2)', [realm, username]),
    insert: (credential, username = 'chosen') => insertCredential(db, credential, username),
    insertGenerated: (credentials) => insertGenerated(db, credentials),
    save: (credential) => saveCredential(db, credential),
    remove: (id) => removeCredential(db, id),
    listOwn: (filter, page) => listOwn(db, filter, page),
    ofTrunkGroup: async (trunkGroupId) =>
      (await db.query<CredentialRow>(`${SELECT} where c.trunk_group_id = $1 order by c.created_at, c.id`, [trunkGroupId])).rows.map(
        toCredential,
      ),
    async list(filter, page) {
      const where = new Where()
        .when('c.account_id = ?', filter.accountId)
        .when('c.sub_account_id = ?', filter.subAccountId)
        .after('c.created_at', 'c.id', page.after);
      const text = `${SELECT} ${where.text} order by c.created_at, c.id limit ${where.bind(page.limit)}`;
      return (await db.query<CredentialRow>(text, where.values)).rows.map(toCredential);
    },
  };
}

async function listOwn(db: Queryable, filter: CredentialFilter, page: OffsetRequest): Promise<OffsetPage<SipCredential>> {
  const where = new Where()
    .and('c.account_id = ? and c.mode = ? and c.purpose = ? and c.number_id is null', filter.accountId, filter.mode, filter.purpose)
    .when('c.trunk_group_id = ?', filter.trunkGroupId)
    .when('c.name = ?', filter.name)
    .when('c.tag = ?', filter.tag)
    .when('c.username = ?', filter.username);
  if (filter.subAccountId === null) where.and('c.sub_account_id is null');
  else where.and('c.sub_account_id = ?', filter.subAccountId);
  const { expired } = filter;
  if (expired !== undefined) where.and(`coalesce(c.expires_at <= ?, false) = ?`, timestamp(expired.at), expired.is);
  const counted = await db.query<{ total: number }>(`select count(*) as total from sip_credentials c ${where.text}`, [...where.values]);
  const text = `${SELECT} ${where.text} order by c.created_at, c.id limit ${where.bind(page.limit)} offset ${where.bind(page.offset)}`;
  const { rows } = await db.query<CredentialRow>(text, where.values);
  return { rows: rows.map(toCredential), total: counted.rows[0]?.total ?? 0 };
}

async function insertGenerated(db: Queryable, credentials: readonly SipCredential[]): Promise<void> {
  if (credentials.length === 0) return;
  await writeLater(db, { name: 'generated_logins', text: INSERT_GENERATED, values: [JSON.stringify(credentials)] });
}

const INSERT_GENERATED = `generated_logins as (
  insert into sip_credentials (id, realm, username, account_id, sub_account_id, number_id, mode, sealed_password, sealed_ha1, digest,
    enabled, version, created_at, updated_at)
  select id, realm, username, "accountId", "subAccountId", "numberId", mode, "sealedPassword", "sealedHa1", digest, enabled, version,
      to_timestamp("createdAt" / 1000.0), to_timestamp("updatedAt" / 1000.0)
    from json_to_recordset($1::json) as r (id uuid, realm text, username text, "accountId" uuid, "subAccountId" uuid, "numberId" uuid,
      mode text, "sealedPassword" text, "sealedHa1" text, digest text, enabled boolean, version bigint, "createdAt" bigint,
      "updatedAt" bigint))`;

const loginOf = ({ realm, username }: Pick<SipCredential, 'realm' | 'username'>): string =>
  `${realm.toLowerCase()}:${username.toLowerCase()}`;

/** The record is named by the login: one made anew goes on above the tombstone of the one before it (decision C7). */
async function insertCredential(db: Queryable, credential: SipCredential, username: 'chosen' | 'generated'): Promise<SipCredential> {
  const version = username === 'chosen' ? (await lockLogin(db, credential)) + credential.version : credential.version;
  await db.query(
    `insert into sip_credentials (id, realm, username, account_id, sub_account_id, number_id, mode, sealed_password, sealed_ha1, digest,
       enabled, version, created_at, updated_at, purpose, trunk_group_id, expires_at, name, description, tag,
       default_caller, default_caller_use)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
    [
      credential.id,
      credential.realm,
      credential.username,
      credential.accountId,
      credential.subAccountId,
      credential.numberId,
      credential.mode,
      credential.sealedPassword,
      credential.sealedHa1,
      credential.digest,
      credential.enabled,
      version,
      timestamp(credential.createdAt),
      timestamp(credential.updatedAt),
      ...extraValues(credential),
    ],
  );
  return { ...credential, version };
}

/** Locks the login's counter and returns its highest tombstone; 0 for a login that never was. */
async function lockLogin(db: Queryable, credential: SipCredential): Promise<number> {
  const { rows } = await db.query<{ version: number }>(
    `insert into sip_login_versions as v (login, version) values ($1, 0)
     on conflict (login) do update set version = v.version returning version`,
    [loginOf(credential)],
  );
  return rows[0]?.version ?? 0;
}

async function saveCredential(db: Queryable, credential: SipCredential): Promise<void> {
  const { rowCount } = await db.query(
    `update sip_credentials set sub_account_id = $2, sealed_password = $3, sealed_ha1 = $4, digest = $5, enabled = $6, version = $7,
       updated_at = $8, trunk_group_id = $9, expires_at = $10, name = $11, description = $12, tag = $13, default_caller = $14,
       default_caller_use = $15
     where id = $1 and version < $7`,
    [
      credential.id,
      credential.subAccountId,
      credential.sealedPassword,
      credential.sealedHa1,
      credential.digest,
      credential.enabled,
      credential.version,
      timestamp(credential.updatedAt),
      ...extraValues(credential).slice(1),
    ],
  );
  if (rowCount !== 1) throw new Error(`SIP credential ${credential.id} was saved without a newer version`);
}

/** The counter is moved before the row goes, so that whoever makes the login anew has waited for this transaction. */
async function removeCredential(db: Queryable, id: string): Promise<void> {
  const { rows } = await db.query<{ realm: string; username: string; version: number }>(
    'select realm, username, version from sip_credentials where id = $1 for update',
    [id],
  );
  const [gone] = rows;
  if (gone === undefined) return;
  await db.query('update sip_login_versions set version = greatest(version, $2) where login = $1', [loginOf(gone), gone.version + 1]);
  await db.query('delete from sip_credentials where id = $1', [id]);
}
