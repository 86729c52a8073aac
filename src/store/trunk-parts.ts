import type { TrunkPartStore } from '../app/ports/trunk-parts.ts';
import type { TrunkPart } from '../domain/trunk-part.ts';
import { isUuid } from '../kit/ids.ts';
import { isExtId } from './ext-id.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { Where } from './where.ts';

interface PartRow {
  id: string;
  ext_id: string;
  account_id: string;
  mode: TrunkPart['mode'];
  trunk_group_id: string | null;
  kind: TrunkPart['kind'];
  value: string;
  port: number | null;
  priority: number;
  weight: number;
  enabled: boolean;
  name: string | null;
  description: string | null;
  created_at: number;
  updated_at: number;
}

const COLUMNS = `id, ext_id::text, account_id, mode, trunk_group_id, kind, value, port, priority, weight, enabled, name, description,
  created_at, updated_at`;
const HOST = `case kind when 'address' then value else substring(value from '([^@:;]+)(:[0-9]+){0,1}(;.*){0,1}$') end`;
const PORT = `substring(value from '^sips*:.*:([0-9]+)')::int`;
/** The host of a URI has a letter where an address has none. */
const HAS_NAME = `value ~ '[@:][A-Za-z0-9.-]*[A-Za-z-][A-Za-z0-9.-]*(:[0-9]+|;.*)*$'`;

const toPart = (row: PartRow): TrunkPart => ({
  id: row.id,
  extId: row.ext_id,
  accountId: row.account_id,
  mode: row.mode,
  trunkGroupId: row.trunk_group_id,
  kind: row.kind,
  value: row.value,
  port: row.port,
  priority: row.priority,
  weight: row.weight,
  enabled: row.enabled,
  name: row.name,
  description: row.description,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** The parts of trunks of one transaction. */
export function trunkPartStore(db: Queryable): TrunkPartStore {
  const many = async (condition: string, values: unknown[]): Promise<readonly TrunkPart[]> =>
    (await db.query<PartRow>(`select ${COLUMNS} from trunk_parts where ${condition}`, values)).rows.map(toPart);
  return {
    get: async (id) => (isUuid(id) ? ((await many('id = $1', [id]))[0] ?? null) : null),
    byExtId: async (extId) => (isExtId(extId) ? ((await many('ext_id = $1::bigint', [extId]))[0] ?? null) : null),
    lock: async (id) => (isUuid(id) ? ((await many('id = $1 for no key update', [id]))[0] ?? null) : null),
    ofGroup: (trunkGroupId) => many('trunk_group_id = $1 order by priority, created_at, ext_id', [trunkGroupId]),
    insert: (part) => insertPart(db, part),
    save: (part) => savePart(db, part),
    async remove(id) {
      await db.query('delete from trunk_parts where id = $1', [id]);
    },
    async count(accountId) {
      const { rows } = await db.query<{ n: number }>('select count(*) as n from trunk_parts where account_id = $1', [accountId]);
      return rows[0]?.n ?? 0;
    },
    async list(filter, page) {
      const where = new Where()
        .and('account_id = ? and mode = ? and kind = ?', filter.accountId, filter.mode, filter.kind)
        .when('trunk_group_id = ?', filter.trunkGroupId);
      // An address is all of its value, a host what is behind the scheme and the user of a URI.
      if (filter.host !== undefined) where.and(`lower(${HOST}) = lower(?)`, filter.host);
      if (filter.port !== undefined) where.and(`coalesce(port, ${PORT}) = ?`, filter.port);
      if (filter.isTarget) where.and('port is not null');
      if (filter.isName) where.and(HAS_NAME);
      const counted = await db.query<{ total: number }>(`select count(*) as total from trunk_parts ${where.text}`, [...where.values]);
      const text = `select ${COLUMNS} from trunk_parts ${where.text}
        order by created_at, ext_id limit ${where.bind(page.limit)} offset ${where.bind(page.offset)}`;
      const { rows } = await db.query<PartRow>(text, where.values);
      return { rows: rows.map(toPart), total: counted.rows[0]?.total ?? 0 };
    },
  };
}

async function insertPart(db: Queryable, part: Omit<TrunkPart, 'extId'>): Promise<TrunkPart> {
  const { rows } = await db.query<{ ext_id: string }>(
    `insert into trunk_parts (id, account_id, mode, trunk_group_id, kind, value, port, priority, weight, enabled, name, description,
       created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning ext_id::text`,
    [
      part.id,
      part.accountId,
      part.mode,
      part.trunkGroupId,
      part.kind,
      part.value,
      part.port,
      part.priority,
      part.weight,
      part.enabled,
      part.name,
      part.description,
      timestamp(part.createdAt),
      timestamp(part.updatedAt),
    ],
  );
  if (rows[0] === undefined) throw new Error('an insert returned no row');
  return { ...part, extId: rows[0].ext_id };
}

async function savePart(db: Queryable, part: TrunkPart): Promise<void> {
  const { rowCount } = await db.query(
    `update trunk_parts set trunk_group_id = $2, value = $3, port = $4, priority = $5, weight = $6, enabled = $7, name = $8,
       description = $9, updated_at = $10
     where id = $1`,
    [
      part.id,
      part.trunkGroupId,
      part.value,
      part.port,
      part.priority,
      part.weight,
      part.enabled,
      part.name,
      part.description,
      timestamp(part.updatedAt),
    ],
  );
  if (rowCount !== 1) throw new Error(`part ${part.id} is gone`);
}
