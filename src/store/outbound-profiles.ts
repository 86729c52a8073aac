import type { OutboundProfileStore } from '../app/ports/trunk-parts.ts';
import type { OutboundProfile } from '../domain/trunk-group.ts';
import { isUuid } from '../kit/ids.ts';
import { isExtId } from './ext-id.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { Where } from './where.ts';

interface ProfileRow {
  id: string;
  ext_id: string;
  account_id: string;
  mode: OutboundProfile['mode'];
  name: string;
  enabled: boolean;
  max_channels: number | null;
  max_cps: number | null;
  allowed_countries: string[] | null;
  tags: string[];
  created_at: number;
  updated_at: number;
}

const COLUMNS = 'id, ext_id::text, account_id, mode, name, enabled, max_channels, max_cps, allowed_countries, tags, created_at, updated_at';

const toProfile = (row: ProfileRow): OutboundProfile => ({
  id: row.id,
  extId: row.ext_id,
  accountId: row.account_id,
  mode: row.mode,
  name: row.name,
  enabled: row.enabled,
  channelsMax: row.max_channels,
  perSecondMax: row.max_cps,
  allowedCountries: row.allowed_countries,
  tags: row.tags,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** The outbound profiles of one transaction. */
export function outboundProfileStore(db: Queryable): OutboundProfileStore {
  const one = async (condition: string, value: string): Promise<OutboundProfile | null> =>
    (await db.query<ProfileRow>(`select ${COLUMNS} from outbound_profiles where ${condition}`, [value])).rows.map(toProfile)[0] ?? null;
  return {
    get: async (id) => (isUuid(id) ? one('id = $1', id) : null),
    byExtId: async (extId) => (isExtId(extId) ? one('ext_id = $1::bigint', extId) : null),
    lock: async (id) => (isUuid(id) ? one('id = $1 for no key update', id) : null),
    insert: (profile) => insertProfile(db, profile),
    async save({ id, name, enabled, channelsMax, perSecondMax, allowedCountries, tags, updatedAt }) {
      await db.query(
        `update outbound_profiles set name = $2, enabled = $3, max_channels = $4, tags = $5, updated_at = $6, max_cps = $7,
           allowed_countries = $8 where id = $1`,
        [id, name, enabled, channelsMax, tags, timestamp(updatedAt), perSecondMax, allowedCountries],
      );
    },
    async remove(id) {
      await db.query('delete from outbound_profiles where id = $1', [id]);
    },
    async list(filter, page) {
      const where = new Where()
        .and('account_id = ? and mode = ?', filter.accountId, filter.mode)
        .when('position(lower(?) in lower(name)) > 0', filter.name);
      const counted = await db.query<{ total: number }>(`select count(*) as total from outbound_profiles ${where.text}`, [...where.values]);
      const order = filter.newestFirst ? 'created_at desc, id desc' : 'created_at, id';
      const text = `select ${COLUMNS} from outbound_profiles ${where.text}
        order by ${order} limit ${where.bind(page.limit)} offset ${where.bind(page.offset)}`;
      const { rows } = await db.query<ProfileRow>(text, where.values);
      return { rows: rows.map(toProfile), total: counted.rows[0]?.total ?? 0 };
    },
    async listAfter(filter, page) {
      const where = new Where().when('account_id = ?', filter.accountId).after('created_at', 'id', page.after);
      const text = `select ${COLUMNS} from outbound_profiles ${where.text} order by created_at, id limit ${where.bind(page.limit)}`;
      return (await db.query<ProfileRow>(text, where.values)).rows.map(toProfile);
    },
    async groupsUsing(id) {
      const { rows } = await db.query<{ id: string }>('select id from trunk_groups where outbound_profile_id = $1 order by id', [id]);
      return rows.map((row) => row.id);
    },
  };
}

async function insertProfile(db: Queryable, profile: Omit<OutboundProfile, 'extId'>): Promise<OutboundProfile> {
  const { rows } = await db.query<{ ext_id: string }>(
    `insert into outbound_profiles (id, account_id, mode, name, enabled, max_channels, tags, created_at, updated_at, max_cps,
       allowed_countries)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning ext_id::text`,
    [
      profile.id,
      profile.accountId,
      profile.mode,
      profile.name,
      profile.enabled,
      profile.channelsMax,
      profile.tags,
      timestamp(profile.createdAt),
      timestamp(profile.updatedAt),
      profile.perSecondMax,
      profile.allowedCountries,
    ],
  );
  if (rows[0] === undefined) throw new Error('an insert returned no row');
  return { ...profile, extId: rows[0].ext_id };
}
