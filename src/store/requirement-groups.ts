import type { GroupFilter, RequirementGroupStore } from '../app/ports/regulation.ts';
import type { NumberType } from '../domain/number.ts';
import type { Mode } from '../domain/records.ts';
import type { GroupValue, RequirementGroup } from '../domain/requirement-group.ts';
import { isUuid } from '../kit/ids.ts';
import { holderConditions } from './order-lists.ts';
import type { Queryable } from './pool.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';

interface GroupRow {
  id: string;
  mode: Mode;
  owner_account_id: string;
  sub_account_id: string | null;
  country: string;
  number_type: NumberType;
  customer_reference: string | null;
  state: RequirementGroup['state'];
  expires_at: number | null;
  version: number;
  created_at: number;
  updated_at: number;
  values: (Omit<GroupValue, 'updatedAt'> & { updatedAt: string })[];
}

const SELECT = `select g.id, g.mode, g.owner_account_id, g.sub_account_id, g.country, g.number_type, g.customer_reference, g.state,
    g.expires_at, g.version, g.created_at, g.updated_at,
    coalesce((select json_agg(json_build_object('requirementId', v.requirement_id, 'name', v.name, 'fieldType', v.field_type,
      'acceptance', v.acceptance, 'value', v.value, 'updatedAt', v.updated_at) order by v.position)
      from requirement_group_values v where v.group_id = g.id), '[]') as values
  from requirement_groups g`;

const toGroup = (row: GroupRow): RequirementGroup => ({
  id: row.id,
  mode: row.mode,
  holder: { ownerAccountId: row.owner_account_id, subAccountId: row.sub_account_id },
  country: row.country,
  numberType: row.number_type,
  customerReference: row.customer_reference,
  state: row.state,
  expiresAt: row.expires_at,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  values: row.values.map((value) => ({ ...value, updatedAt: Date.parse(value.updatedAt) })),
});

/** The requirement groups of one transaction. */
export function requirementGroupStore(db: Queryable): RequirementGroupStore {
  const many = async (rest: string, values: unknown[]): Promise<readonly RequirementGroup[]> =>
    (await db.query<GroupRow>(`${SELECT} ${rest}`, values)).rows.map(toGroup);
  const get = async (id: string) => (isUuid(id) ? ((await many('where g.id = $1', [id]))[0] ?? null) : null);
  return {
    get,
    async lock(id) {
      if (!isUuid(id)) return null;
      // Locked first, read after: the values are as whoever held the lock left them.
      await db.query('select 1 from requirement_groups where id = $1 for update', [id]);
      return get(id);
    },
    async share(ids) {
      await db.query('select 1 from requirement_groups where id = any($1::uuid[]) order by id for share', [ids]);
      return many('where g.id = any($1::uuid[]) order by g.id', [ids]);
    },
    async insert(group) {
      await db.query(
        `insert into requirement_groups (id, mode, owner_account_id, sub_account_id, country, number_type, customer_reference, state,
           expires_at, version, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
        [
          group.id,
          group.mode,
          group.holder.ownerAccountId,
          group.holder.subAccountId,
          group.country,
          group.numberType,
          group.customerReference,
          group.state,
          timestampOrNull(group.expiresAt),
          group.version,
          timestamp(group.createdAt),
          timestamp(group.updatedAt),
        ],
      );
      await insertValues(db, group);
    },
    async save(before, after) {
      const { rowCount } = await db.query(
        `update requirement_groups set customer_reference = $3, state = $4, expires_at = $5, version = $6, updated_at = $7
          where id = $1 and version = $2`,
        [
          before.id,
          before.version,
          after.customerReference,
          after.state,
          timestampOrNull(after.expiresAt),
          after.version,
          timestamp(after.updatedAt),
        ],
      );
      if (rowCount !== 1) throw new Error(`requirement group ${before.id} was saved without its lock`);
      await saveValues(
        db,
        after.id,
        after.values.filter((value, index) => value !== before.values[index]),
      );
    },
    async remove(id) {
      await db.query('delete from requirement_groups where id = $1', [id]);
    },
    async count(scope) {
      const where = holderConditions(scope, 'g');
      const { rows } = await db.query<{ n: number }>(`select count(*) as n from requirement_groups g ${where.text}`, where.values);
      return rows[0]?.n ?? 0;
    },
    list(filter) {
      const where = filteredBy(filter);
      return many(`${where.text} order by g.created_at desc, g.id desc`, where.values);
    },
  };
}

function filteredBy(filter: GroupFilter) {
  const where = holderConditions(filter, 'g')
    .when('g.country = ?', filter.country)
    .when('g.number_type = ?', filter.numberType)
    .when('g.customer_reference = ?', filter.customerReference);
  const now = timestamp(filter.now);
  if (filter.state === 'expired') return where.and("g.state = 'approved' and g.expires_at <= ?", now);
  if (filter.state === 'approved') return where.and("g.state = 'approved' and g.expires_at > ?", now);
  return where.when('g.state = ?', filter.state);
}

/** Rows travel as one JSON array: no limit on parameters, and null stays null. */
const insertValues = (db: Queryable, group: RequirementGroup) =>
  db.query(
    `insert into requirement_group_values (group_id, requirement_id, position, name, field_type, acceptance, value, updated_at)
     select $1, "requirementId", position, name, "fieldType", acceptance, value, updated_at
       from json_to_recordset($2::json) as r ("requirementId" uuid, position smallint, name text, "fieldType" text, acceptance json,
         value text, updated_at timestamptz)`,
    [group.id, JSON.stringify(group.values.map((value, position) => ({ ...value, position, updated_at: timestamp(value.updatedAt) })))],
  );

const saveValues = (db: Queryable, groupId: string, values: readonly GroupValue[]) =>
  db.query(
    `update requirement_group_values v set value = r.value, updated_at = r.updated_at
       from json_to_recordset($2::json) as r ("requirementId" uuid, value text, updated_at timestamptz)
      where v.group_id = $1 and v.requirement_id = r."requirementId"`,
    [groupId, JSON.stringify(values.map((value) => ({ ...value, updated_at: timestamp(value.updatedAt) })))],
  );
