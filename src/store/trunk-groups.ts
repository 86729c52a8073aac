import type { OffsetPage, OffsetRequest } from '../app/ports/store.ts';
import type { TrunkFilter, TrunkGroupStore } from '../app/ports/trunk-groups.ts';
import { marksMember, orderedMarks, type SourceMarks } from '../domain/source-marks.ts';
import type { TrunkGroup } from '../domain/trunk-group.ts';
import { isUuid } from '../kit/ids.ts';
import { defaultCallerValues } from './default-caller-columns.ts';
import { isExtId } from './ext-id.ts';
import { limitValues, minutesValue } from './limit-columns.ts';
import type { Queryable } from './pool.ts';
import { syncTrunkParts } from './sync-trunk-parts.ts';
import { timestamp } from './timestamps.ts';
import { SELECT_TRUNK_GROUP as SELECT, TOLD_BY, type TrunkGroupRow, toTrunkGroup } from './trunk-group-rows.ts';
import { Where } from './where.ts';

/** Held by whoever checks an ACL against all others until that ACL is committed. */
const SOURCES_LOCK = 4_711_550_863;

/** Trunk groups of these ids; unknown ids are left out. */
export async function trunkGroupsByIds(db: Queryable, ids: readonly string[]): Promise<readonly TrunkGroup[]> {
  return (await db.query<TrunkGroupRow>(`${SELECT} where g.id = any($1::uuid[])`, [ids])).rows.map(toTrunkGroup);
}

/** Trunk groups in key order, for a walk over all of them. */
export async function trunkGroupsAfter(db: Queryable, after: string | null, limit: number): Promise<readonly TrunkGroup[]> {
  const text = `${SELECT} where $1::uuid is null or g.id > $1::uuid order by g.id limit $2`;
  return (await db.query<TrunkGroupRow>(text, [after, limit])).rows.map(toTrunkGroup);
}

/** The trunk groups of one transaction, each with its gateways and ACL. */
export function trunkGroupStore(db: Queryable): TrunkGroupStore {
  const get = async (id: string): Promise<TrunkGroup | null> => (isUuid(id) ? ((await trunkGroupsByIds(db, [id]))[0] ?? null) : null);
  return {
    get,
    async lock(id) {
      if (!isUuid(id)) return null;
      // Locked first, read after: the reading statement sees what the one who held the lock has written to all three tables.
      await db.query('select 1 from trunk_groups where id = $1 for no key update', [id]);
      return get(id);
    },
    async byExtId(extId) {
      if (!isExtId(extId)) return null;
      return (await db.query<TrunkGroupRow>(`${SELECT} where g.ext_id = $1::bigint`, [extId])).rows.map(toTrunkGroup)[0] ?? null;
    },
    insert: (group) => insertGroup(db, group),
    save: (group) => saveGroup(db, group),
    async remove(id) {
      await db.query('delete from trunk_groups where id = $1', [id]);
    },
    async list(filter, page) {
      const where = new Where()
        .when('g.account_id = ?', filter.accountId)
        .when('g.kind = ?', filter.kind)
        .after('g.created_at', 'g.id', page.after);
      const text = `${SELECT} ${where.text} order by g.created_at, g.id limit ${where.bind(page.limit)}`;
      return (await db.query<TrunkGroupRow>(text, where.values)).rows.map(toTrunkGroup);
    },
    listOwn: (filter, page) => listOwn(db, filter, page),
    async otherSources(exceptId) {
      await db.query(`select pg_advisory_xact_lock(${SOURCES_LOCK})`);
      const { rows } = await db.query<{ id: string; kind: string; account_id: string | null; acl: string[]; marks: SourceMarks | null }>(
        `select g.id, g.kind, g.account_id, s.acl, s.marks from trunk_groups g join sources s on s.trunk_group_id = g.id
         where cardinality(s.acl) > 0 and g.id is distinct from $1::uuid order by g.id`,
        [exceptId],
      );
      return rows.map((row) => ({
        trunkGroupId: row.id,
        kind: row.kind,
        accountId: row.account_id,
        acl: row.acl,
        ...marksMember(row.marks ?? undefined),
      }));
    },
  };
}

async function insertGroup(db: Queryable, group: Omit<TrunkGroup, 'extId'>): Promise<TrunkGroup> {
  const { rows } = await db.query<{ ext_id: string }>(
    `insert into trunk_groups (id, name, kind, account_id, mode, enabled, number_format, country, version, created_at, updated_at,
       max_channels, max_cps, max_call_seconds, direction, identified_by, outbound_profile_id, description, tags, terms, minutes_per_day,
       default_caller, default_caller_use)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23) returning ext_id::text`,
    [
      group.id,
      group.name,
      group.kind,
      group.accountId,
      group.mode,
      group.enabled,
      group.numberFormat,
      group.country,
      group.version,
      timestamp(group.createdAt),
      timestamp(group.updatedAt),
      ...limitValues(group),
      group.direction ?? null,
      group.identifiedBy ?? null,
      group.profile?.id ?? null,
      group.description ?? null,
      group.tags ?? [],
      termsValue(group),
      minutesValue(group),
      ...defaultCallerValues(group),
    ],
  );
  await db.query('insert into sources (trunk_group_id, acl, version, marks) values ($1, $2, $3, $4)', [
    group.id,
    group.acl,
    group.sourceVersion,
    marksValue(group),
  ]);
  await insertGateways(db, group);
  await syncTrunkParts(db, group);
  if (rows[0] === undefined) throw new Error('an insert returned no row');
  return { ...group, extId: rows[0].ext_id };
}

async function saveGroup(db: Queryable, group: TrunkGroup): Promise<void> {
  const saved = await db.query(
    `update trunk_groups set name = $2, enabled = $3, number_format = $4, country = $5, version = $6, updated_at = $7,
       max_channels = $8, max_cps = $9, max_call_seconds = $10, direction = $11, outbound_profile_id = $12, description = $13, tags = $14,
       terms = $15, minutes_per_day = $16, default_caller = $17, default_caller_use = $18
     where id = $1 and version <= $6`,
    [
      group.id,
      group.name,
      group.enabled,
      group.numberFormat,
      group.country,
      group.version,
      timestamp(group.updatedAt),
      ...limitValues(group),
      group.direction ?? null,
      group.profile?.id ?? null,
      group.description ?? null,
      group.tags ?? [],
      termsValue(group),
      minutesValue(group),
      ...defaultCallerValues(group),
    ],
  );
  const source = await db.query('update sources set acl = $2, version = $3, marks = $4 where trunk_group_id = $1 and version <= $3', [
    group.id,
    group.acl,
    group.sourceVersion,
    marksValue(group),
  ]);
  if (saved.rowCount !== 1 || source.rowCount !== 1) throw new Error(`trunk group ${group.id} was saved with an older version`);
  await db.query('delete from gateways where trunk_group_id = $1', [group.id]);
  await insertGateways(db, group);
  await syncTrunkParts(db, group);
}

const marksValue = ({ marks }: Pick<TrunkGroup, 'marks'>): string | null => {
  const kept = orderedMarks(marks);
  return kept === undefined ? null : JSON.stringify(kept);
};

const termsValue = ({ terms }: Pick<TrunkGroup, 'terms'>): string | null => (terms === undefined ? null : JSON.stringify(terms));

const ORDERS: Readonly<Record<NonNullable<TrunkFilter['sort']>, string>> = {
  created_at: 'g.created_at, g.id',
  '-created_at': 'g.created_at desc, g.id desc',
  name: 'g.name, g.id',
  '-name': 'g.name desc, g.id desc',
  enabled: 'g.enabled, g.created_at, g.id',
  '-enabled': 'g.enabled desc, g.created_at, g.id',
};

async function listOwn(db: Queryable, filter: TrunkFilter, page: OffsetRequest): Promise<OffsetPage<TrunkGroup>> {
  const where = new Where()
    .and("g.kind = 'customer' and g.account_id = ? and g.mode = ?", filter.accountId, filter.mode)
    .when('position(lower(?) in lower(g.name)) > 0', filter.nameHas)
    .when('g.outbound_profile_id = ?', filter.profileId)
    .when(`${TOLD_BY} = ?`, filter.identifiedBy)
    // What is behind the scheme and the user, up to port or parameters.
    .when(
      `exists (select from gateways w where w.trunk_group_id = g.id
        and lower(substring(w.uri from '([^@:;]+)(:[0-9]+){0,1}(;.*){0,1}$')) = lower(?))`,
      filter.host,
    );
  const counted = await db.query<{ total: number }>(`select count(*) as total from trunk_groups g ${where.text}`, [...where.values]);
  const order = ORDERS[filter.sort ?? 'created_at'];
  const text = `${SELECT} ${where.text} order by ${order} limit ${where.bind(page.limit)} offset ${where.bind(page.offset)}`;
  const { rows } = await db.query<TrunkGroupRow>(text, where.values);
  return { rows: rows.map(toTrunkGroup), total: counted.rows[0]?.total ?? 0 };
}

async function insertGateways(db: Queryable, { id, gateways }: Pick<TrunkGroup, 'id' | 'gateways'>): Promise<void> {
  if (gateways.length === 0) return;
  await db.query(
    `insert into gateways (id, trunk_group_id, position, uri, priority, weight, enabled, max_channels, max_cps, max_call_seconds, terms)
     select w.id, $1, w.position, w.uri, w.priority, w.weight, w.enabled, w.max_channels, w.max_cps, w.max_call_seconds, w.terms::json
       from unnest($2::uuid[], $3::text[], $4::int[], $5::int[], $6::boolean[], $7::int[], $8::float8[], $9::int[], $10::text[])
         with ordinality as w (id, uri, priority, weight, enabled, max_channels, max_cps, max_call_seconds, terms, position)`,
    [
      id,
      gateways.map((gateway) => gateway.id),
      gateways.map((gateway) => gateway.uri),
      gateways.map((gateway) => gateway.priority),
      gateways.map((gateway) => gateway.weight),
      gateways.map((gateway) => gateway.enabled),
      gateways.map((gateway) => limitValues(gateway)[0]),
      gateways.map((gateway) => limitValues(gateway)[1]),
      gateways.map((gateway) => limitValues(gateway)[2]),
      gateways.map(termsValue),
    ],
  );
}
