import type { EndpointStore } from '../app/ports/store.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { type EndpointFallback, type EndpointRoute, endpointIdsOf } from '../domain/endpoint-route.ts';
import type { Target } from '../domain/records.ts';
import { isUuid } from '../kit/ids.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { Where } from './where.ts';

interface EndpointRow {
  id: string;
  account_id: string;
  mode: Endpoint['mode'];
  name: string;
  type: string;
  url: string | null;
  provider_config: Record<string, unknown>;
  status: Endpoint['status'];
  targets: Target[];
  route: EndpointRoute | null;
  fallback: EndpointFallback | null;
  version: number;
  created_at: number;
  updated_at: number;
}

const COLUMNS = 'id, account_id, mode, name, type, url, provider_config, status, targets, route, fallback, version, created_at, updated_at';

const toEndpoint = (row: EndpointRow): Endpoint => ({
  id: row.id,
  accountId: row.account_id,
  mode: row.mode,
  name: row.name,
  type: row.type,
  url: row.url,
  providerConfig: row.provider_config,
  status: row.status,
  targets: row.targets,
  ...(row.route === null ? {} : { route: row.route }),
  ...(row.fallback === null ? {} : { fallback: row.fallback }),
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** Endpoints of these ids; unknown ids are left out. */
export async function endpointsByIds(db: Queryable, ids: readonly string[]): Promise<readonly Endpoint[]> {
  const { rows } = await db.query<EndpointRow>(`select ${COLUMNS} from endpoints where id = any($1::uuid[])`, [ids]);
  return rows.map(toEndpoint);
}

/** Endpoints in key order, for a walk over all of them. */
export async function endpointsAfter(db: Queryable, after: string | null, limit: number): Promise<readonly Endpoint[]> {
  const text = `select ${COLUMNS} from endpoints where $1::uuid is null or id > $1::uuid order by id limit $2`;
  return (await db.query<EndpointRow>(text, [after, limit])).rows.map(toEndpoint);
}

/** The endpoints of one transaction. */
export function endpointStore(db: Queryable): EndpointStore {
  const one = async (id: string, lock: string): Promise<Endpoint | null> => {
    if (!isUuid(id)) return null;
    const { rows } = await db.query<EndpointRow>(`select ${COLUMNS} from endpoints where id = $1 ${lock}`, [id]);
    return rows[0] === undefined ? null : toEndpoint(rows[0]);
  };
  return {
    get: (id) => one(id, ''),
    lock: (id) => one(id, 'for no key update'),
    lockUsable: (ids) => lockUsable(db, ids),
    async lockUsing(use) {
      const where = new Where()
        .when('uses_endpoint_ids @> array[?::uuid]', use.endpointId)
        .when('uses_trunk_group_id = ?', use.trunkGroupId);
      const { rows } = await db.query<EndpointRow>(
        `select ${COLUMNS} from endpoints ${where.text} order by id for no key update`,
        where.values,
      );
      return rows.map(toEndpoint);
    },
    insert: (endpoint) => insertEndpoint(db, endpoint),
    save: (endpoint) => saveEndpoint(db, endpoint),
    async remove(id) {
      await db.query('delete from endpoints where id = $1', [id]);
    },
    async list(filter, page) {
      const where = new Where()
        .when('account_id = ?', filter.accountId)
        .when('mode = ?', filter.mode)
        .when('type = ?', filter.type)
        .when('status = ?', filter.status);
      const counted = await db.query<{ total: number }>(`select count(*) as total from endpoints ${where.text}`, [...where.values]);
      const text = `select ${COLUMNS} from endpoints ${where.text}
         order by created_at, id limit ${where.bind(page.limit)} offset ${where.bind(page.offset)}`;
      const { rows } = await db.query<EndpointRow>(text, where.values);
      return { rows: rows.map(toEndpoint), total: counted.rows[0]?.total ?? 0 };
    },
    async listAfter(filter, page) {
      const where = new Where().when('account_id = ?', filter.accountId).after('created_at', 'id', page.after);
      const text = `select ${COLUMNS} from endpoints ${where.text} order by created_at, id limit ${where.bind(page.limit)}`;
      return (await db.query<EndpointRow>(text, where.values)).rows.map(toEndpoint);
    },
  };
}

/** Held until the end of the transaction, so that none of them is removed while somebody begins to point to it. */
async function lockUsable(db: Queryable, ids: readonly string[]): Promise<readonly Endpoint[]> {
  const text = `select ${COLUMNS} from endpoints where id = any($1::uuid[]) order by id for share`;
  return (await db.query<EndpointRow>(text, [ids.filter(isUuid)])).rows.map(toEndpoint);
}

/** What may be changed, in the order of the statements; references stand beside the JSON they come from, so that they are found by key. */
const changeable = (endpoint: Endpoint): unknown[] => [
  endpoint.id,
  endpoint.name,
  endpoint.type,
  endpoint.url,
  JSON.stringify(endpoint.providerConfig),
  endpoint.status,
  JSON.stringify(endpoint.targets),
  endpoint.route === undefined ? null : JSON.stringify(endpoint.route),
  endpoint.fallback === undefined ? null : JSON.stringify(endpoint.fallback),
  endpointIdsOf(endpoint),
  endpoint.route?.kind === 'trunk_group' ? endpoint.route.trunkGroupId : null,
  endpoint.version,
  timestamp(endpoint.updatedAt),
];

async function insertEndpoint(db: Queryable, endpoint: Endpoint): Promise<void> {
  await db.query(
    `insert into endpoints (id, name, type, url, provider_config, status, targets, route, fallback, uses_endpoint_ids, uses_trunk_group_id,
       version, updated_at, account_id, mode, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::uuid[], $11, $12, $13, $14, $15, $16)`,
    [...changeable(endpoint), endpoint.accountId, endpoint.mode, timestamp(endpoint.createdAt)],
  );
}

async function saveEndpoint(db: Queryable, endpoint: Endpoint): Promise<void> {
  const { rowCount } = await db.query(
    `update endpoints set name = $2, type = $3, url = $4, provider_config = $5, status = $6, targets = $7, route = $8, fallback = $9,
       uses_endpoint_ids = $10::uuid[], uses_trunk_group_id = $11, version = $12, updated_at = $13
     where id = $1 and version < $12`,
    changeable(endpoint),
  );
  if (rowCount !== 1) throw new Error(`endpoint ${endpoint.id} was saved without a newer version`);
}
