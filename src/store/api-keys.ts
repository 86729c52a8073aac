import type { ApiKeyStore } from '../app/ports/store.ts';
import type { ApiKey } from '../domain/account.ts';
import { isUuid } from '../kit/ids.ts';
import { PLANNED_ONCE } from './planned-once.ts';
import type { Queryable } from './pool.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';
import { Where } from './where.ts';

interface ApiKeyRow {
  id: string;
  account_id: string;
  kind: ApiKey['kind'];
  prefix: string;
  mode: ApiKey['mode'];
  role: ApiKey['role'];
  scopes: string[] | null;
  allowed_ips: string[];
  expires_at: number | null;
  revoked_at: number | null;
  created_at: number;
}

const COLUMNS = 'id, account_id, kind, prefix, mode, role, scopes, allowed_ips, expires_at, revoked_at, created_at';
const BY_SECRET = `${PLANNED_ONCE} select ${COLUMNS} from api_keys where secret_sha256 = $1`;
/** `last_used_at` is for people; a key used a thousand times a second is not a thousand writes. */
const USED_STEP_MS = 60_000;

const toApiKey = (row: ApiKeyRow): ApiKey => ({
  id: row.id,
  accountId: row.account_id,
  kind: row.kind,
  prefix: row.prefix,
  mode: row.mode,
  role: row.role,
  scopes: row.scopes,
  allowedIps: row.allowed_ips,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  createdAt: row.created_at,
});

/** The API keys and auth tokens of one transaction; revoked and expired ones are returned too, with the time. */
export function apiKeyStore(db: Queryable): ApiKeyStore {
  const one = async (condition: string, value: unknown): Promise<ApiKey | null> => {
    const { rows } = await db.query<ApiKeyRow>(`select ${COLUMNS} from api_keys where ${condition}`, [value]);
    return rows[0] === undefined ? null : toApiKey(rows[0]);
  };
  return {
    async bySecretHash(sha256) {
      const { rows } = await db.query<ApiKeyRow>(BY_SECRET, [sha256]);
      return rows[0] === undefined ? null : toApiKey(rows[0]);
    },
    get: async (id) => (isUuid(id) ? one('id = $1', id) : null),
    insert: (key, sha256) => insertKey(db, key, sha256),
    async revoke(id, at) {
      await db.query('update api_keys set revoked_at = coalesce(revoked_at, $2) where id = $1', [id, timestamp(at)]);
    },
    async list(accountId, page) {
      const where = new Where().and('account_id = ?', accountId).after('created_at', 'id', page.after);
      const text = `select ${COLUMNS} from api_keys ${where.text} order by created_at, id limit ${where.bind(page.limit)}`;
      return (await db.query<ApiKeyRow>(text, where.values)).rows.map(toApiKey);
    },
    async touchUsed(id, at) {
      await db.query('update api_keys set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $3)', [
        id,
        timestamp(at),
        timestamp(at - USED_STEP_MS),
      ]);
    },
  };
}

async function insertKey(db: Queryable, key: ApiKey, sha256: Buffer): Promise<void> {
  await db.query(`insert into api_keys (${COLUMNS}, secret_sha256) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, [
    key.id,
    key.accountId,
    key.kind,
    key.prefix,
    key.mode,
    key.role,
    key.scopes,
    key.allowedIps,
    timestampOrNull(key.expiresAt),
    timestampOrNull(key.revokedAt),
    timestamp(key.createdAt),
    sha256,
  ]);
}
