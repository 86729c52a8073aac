import type { RouteSetStore } from '../app/ports/route-sets.ts';
import { type Destinations, destinationsMember } from '../domain/destinations.ts';
import { PLATFORM_ROUTE_SET } from '../domain/records.ts';
import type { RouteHours } from '../domain/route-hours.ts';
import type { StoredOutboundRoute } from '../domain/trunk-group.ts';
import { isUuid } from '../kit/ids.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { Where } from './where.ts';

interface RouteRow {
  id: string;
  route_set_id: string;
  prefix: string;
  trunk_group_id: string;
  priority: number;
  weight: number;
  created_at: number;
  updated_at: number;
  cost: number | null;
  hours: RouteHours | null;
}

const ROUTES_OF_PREFIX_MAX = 100;
const COLUMNS = 'id, route_set_id, prefix, trunk_group_id, priority, weight, created_at, updated_at, cost, hours';

const toRoute = (row: RouteRow): StoredOutboundRoute => ({
  id: row.id,
  prefix: row.prefix,
  trunkGroupId: row.trunk_group_id,
  priority: row.priority,
  weight: row.weight,
  accountId: row.route_set_id === PLATFORM_ROUTE_SET ? null : row.route_set_id,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  ...(row.cost === null ? {} : { cost: row.cost }),
  ...(row.hours === null ? {} : { hours: row.hours }),
});

const setIdOf = (accountId: string | null): string => accountId ?? PLATFORM_ROUTE_SET;

/** A route set as it is rendered: its version and its routes. */
export interface StoredRouteSet {
  readonly id: string;
  readonly version: number;
  readonly routes: readonly StoredOutboundRoute[];
  /** Where calls of everybody may go; of the platform's set alone. */
  readonly destinations?: Destinations;
}

interface SetRow {
  readonly id: string;
  readonly version: number;
  readonly allowed_destinations: string[] | null;
  readonly blocked_destinations: string[] | null;
}

const SET_COLUMNS = 'id, version, allowed_destinations, blocked_destinations';

const destinationsOf = ({ allowed_destinations: allowed, blocked_destinations: blocked }: SetRow) =>
  destinationsMember({ ...(allowed === null ? {} : { allowed }), blocked: blocked ?? [] });

/** Route sets of these ids; unknown ids are left out. */
export async function routeSetsByIds(db: Queryable, ids: readonly string[]): Promise<readonly StoredRouteSet[]> {
  const { rows } = await db.query<SetRow>(`select ${SET_COLUMNS} from route_sets where id = any($1)`, [ids]);
  return withRoutes(db, rows);
}

/** Route sets in key order, for a walk over all of them. */
export async function routeSetsAfter(db: Queryable, after: string | null, limit: number): Promise<readonly StoredRouteSet[]> {
  const text = `select ${SET_COLUMNS} from route_sets where $1::text is null or id > $1 order by id limit $2`;
  return withRoutes(db, (await db.query<SetRow>(text, [after, limit])).rows);
}

/** The same with only those routes whose prefix is one of these. */
export async function routeSetsMatching(
  db: Queryable,
  ids: readonly string[],
  prefixes: readonly string[],
): Promise<readonly StoredRouteSet[]> {
  const { rows } = await db.query<SetRow>(`select ${SET_COLUMNS} from route_sets where id = any($1)`, [ids]);
  return withRoutes(db, rows, prefixes);
}

async function withRoutes(
  db: Queryable,
  sets: readonly SetRow[],
  prefixes: readonly string[] | null = null,
): Promise<readonly StoredRouteSet[]> {
  const bySet = new Map<string, StoredOutboundRoute[]>(sets.map(({ id }) => [id, []]));
  const where = new Where()
    .and(
      'route_set_id = any(?)',
      sets.map(({ id }) => id),
    )
    .when('prefix = any(?)', prefixes ?? undefined);
  const text = `select ${COLUMNS} from outbound_routes ${where.text} order by route_set_id, created_at, id`;
  const { rows } = await db.query<RouteRow>(text, where.values);
  for (const row of rows) bySet.get(row.route_set_id)?.push(toRoute(row));
  return sets.map((set) => ({ id: set.id, version: set.version, routes: bySet.get(set.id) ?? [], ...destinationsOf(set) }));
}

/** The outbound routes of one transaction. */
export function routeSetStore(db: Queryable): RouteSetStore {
  return {
    lock: (routeSetId) => raise(db, routeSetId, 0),
    bump: (routeSetId) => raise(db, routeSetId, 1),
    async version(routeSetId) {
      const { rows } = await db.query<{ version: number }>('select version from route_sets where id = $1', [routeSetId]);
      return rows[0]?.version ?? 0;
    },
    async destinations(routeSetId) {
      const { rows } = await db.query<SetRow>(`select ${SET_COLUMNS} from route_sets where id = $1`, [routeSetId]);
      return rows[0] === undefined ? undefined : destinationsOf(rows[0]).destinations;
    },
    async saveDestinations(routeSetId, destinations) {
      await db.query('update route_sets set allowed_destinations = $2, blocked_destinations = $3 where id = $1', [
        routeSetId,
        destinations?.allowed ?? null,
        destinations?.blocked ?? null,
      ]);
    },
    async routes(routeSetId) {
      const text = `select ${COLUMNS} from outbound_routes where route_set_id = $1 order by created_at, id`;
      return (await db.query<RouteRow>(text, [routeSetId])).rows.map(toRoute);
    },
    async get(routeId) {
      if (!isUuid(routeId)) return null;
      const { rows } = await db.query<RouteRow>(`select ${COLUMNS} from outbound_routes where id = $1`, [routeId]);
      return rows[0] === undefined ? null : toRoute(rows[0]);
    },
    insert: (route) => insertRoute(db, route),
    async save(route) {
      const { rowCount } = await db.query(
        'update outbound_routes set prefix = $2, trunk_group_id = $3, priority = $4, weight = $5, updated_at = $6, cost = $7, hours = $8 where id = $1',
        [route.id, route.prefix, route.trunkGroupId, route.priority, route.weight, timestamp(route.updatedAt), ...laterValues(route)],
      );
      if (rowCount !== 1) throw new Error(`outbound route ${route.id} is gone`);
    },
    async remove(routeId) {
      await db.query('delete from outbound_routes where id = $1', [routeId]);
    },
    async list(filter, page) {
      const where = new Where()
        .when('route_set_id = ?', filter.accountId === undefined ? undefined : setIdOf(filter.accountId))
        .when('prefix = ?', filter.prefix)
        .when('trunk_group_id = ?', filter.trunkGroupId)
        .after('created_at', 'id', page.after);
      const text = `select ${COLUMNS} from outbound_routes ${where.text} order by created_at, id limit ${where.bind(page.limit)}`;
      return (await db.query<RouteRow>(text, where.values)).rows.map(toRoute);
    },
    async taken(accountId, prefixes) {
      // Those that are always open first: where there is one the others say nothing.
      const { rows } = await db.query<{ prefix: string; hours: RouteHours | null }>(
        `select wanted.prefix, r.hours from unnest($2::text[]) as wanted (prefix)
         cross join lateral (select hours from outbound_routes
           where route_set_id = $1 and prefix = wanted.prefix order by (hours is null) desc limit ${ROUTES_OF_PREFIX_MAX}) r`,
        [setIdOf(accountId), prefixes],
      );
      const taken = new Map<string, (RouteHours | undefined)[]>();
      for (const { prefix, hours } of rows) taken.set(prefix, [...(taken.get(prefix) ?? []), hours ?? undefined]);
      return taken;
    },
    async countUsing(trunkGroupId) {
      const text = 'select count(*) as n from outbound_routes where trunk_group_id = $1';
      return (await db.query<{ n: number }>(text, [trunkGroupId])).rows[0]?.n ?? 0;
    },
  };
}

/** Locks the set, made on first use, and raises its version by `step`. */
async function raise(db: Queryable, routeSetId: string, step: 0 | 1): Promise<number> {
  const accountId = routeSetId === PLATFORM_ROUTE_SET ? null : routeSetId;
  const { rows } = await db.query<{ version: number }>(
    `insert into route_sets (id, account_id, version) values ($1, $2::uuid, $3)
     on conflict (id) do update set version = route_sets.version + $3 returning version`,
    [routeSetId, accountId, step],
  );
  if (rows[0] === undefined) throw new Error('an upsert returned no row');
  return rows[0].version;
}

const laterValues = ({ cost, hours }: StoredOutboundRoute): (number | string | null)[] => [
  cost ?? null,
  hours === undefined ? null : JSON.stringify(hours),
];

async function insertRoute(db: Queryable, route: StoredOutboundRoute): Promise<void> {
  await db.query(`insert into outbound_routes (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, [
    route.id,
    setIdOf(route.accountId),
    route.prefix,
    route.trunkGroupId,
    route.priority,
    route.weight,
    timestamp(route.createdAt),
    timestamp(route.updatedAt),
    ...laterValues(route),
  ]);
}
