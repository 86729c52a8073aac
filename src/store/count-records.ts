import type { Queryable } from './pool.ts';

/** How many records Postgres has of each kind (decision C7); stock has none. */
export async function countRecords(db: Queryable): Promise<Readonly<Record<string, number>>> {
  const { rows } = await db.query<{ kind: string; count: number }>(
    `select 'number' as kind, count(*)::int as count from numbers where owner_account_id is not null
     union all select 'endpoint', count(*)::int from endpoints
     union all select 'trunk_group', count(*)::int from trunk_groups
     union all select 'source', count(*)::int from sources
     union all select 'route_set', count(*)::int from route_sets
     union all select 'credential', count(*)::int from sip_credentials
     union all select 'account', count(*)::int from accounts`,
    [],
  );
  return Object.fromEntries(rows.map(({ kind, count }) => [kind, count]));
}
