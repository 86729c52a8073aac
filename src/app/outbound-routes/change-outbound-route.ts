import { PLATFORM_ROUTE_SET, recordRef } from '../../domain/records.ts';
import { routeSetRecord } from '../../domain/render-record.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { RouteHours } from '../../domain/route-hours.ts';
import type { StoredOutboundRoute } from '../../domain/trunk-group.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import type { AuditEntry, Transaction } from '../ports/store.ts';

export interface OutboundRouteInput {
  readonly prefix: string;
  readonly trunkGroupId: string;
  readonly priority: number;
  readonly weight: number;
  readonly cost?: number | undefined;
  readonly hours?: RouteHours | undefined;
  /** null: the platform's set, used by every account without a match of its own. */
  readonly accountId: string | null;
}

/** A route and the version of its set, which is the one record that it is part of (decision C2). */
export interface RouteInSet {
  readonly route: StoredOutboundRoute;
  readonly setVersion: number;
}

type Deps = ChangeDeps & { readonly clock: Clock };

interface ChangeOptions {
  /** Refused unless the set is at this version; null: any. */
  readonly ifVersion?: number | null;
  readonly wait?: Wait;
}

/** The set that a route is part of. */
export const routeSetIdOf = (route: Pick<StoredOutboundRoute, 'accountId'>): string => route.accountId ?? PLATFORM_ROUTE_SET;

/** Adds a route: calls whose number starts with `prefix` go to the carrier group. */
export function createOutboundRoute(
  deps: Deps,
  actor: Actor,
  input: OutboundRouteInput,
  wait?: Wait,
): Promise<Result<Changed<RouteInSet>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const checked = await checkRoute(tx, input);
      if (!checked.ok) return checked;
      const now = deps.clock.now();
      const route = storedRoute({ id: newId(), ...input, createdAt: now, updatedAt: now });
      await tx.routeSets.insert(route);
      return ok(await publishSet(tx, route, { action: 'outbound_route.create', before: null, after: route }));
    },
    wait,
  );
}

/** Changes prefix, group, priority or weight of a route. */
export function updateOutboundRoute(
  deps: Deps,
  actor: Actor,
  id: string,
  patch: Partial<Omit<OutboundRouteInput, 'accountId'>>,
  { ifVersion = null, wait }: ChangeOptions = {},
): Promise<Result<Changed<RouteInSet>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const locked = await lockRoute(tx, id, ifVersion);
      if (!locked.ok) return locked;
      const before = locked.value.route;
      const next = storedRoute({ ...before, ...patch });
      const checked = await checkRoute(tx, next);
      if (!checked.ok) return checked;
      if (JSON.stringify(next) === JSON.stringify(before)) {
        // The answer says `applied`, and the change before it may still be on its way (decision B17).
        await publishAt(tx, routeSetIdOf(before), locked.value.setVersion);
        return locked;
      }
      const after = { ...next, updatedAt: deps.clock.now() };
      await tx.routeSets.save(after);
      return ok(await publishSet(tx, after, { action: 'outbound_route.update', before, after }));
    },
    wait,
  );
}

/** Takes a route away. */
export function deleteOutboundRoute(
  deps: Deps,
  actor: Actor,
  id: string,
  { ifVersion = null, wait }: ChangeOptions = {},
): Promise<Result<Changed<RouteInSet>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const locked = await lockRoute(tx, id, ifVersion);
      if (!locked.ok) return locked;
      const before = locked.value.route;
      await tx.routeSets.remove(id);
      return ok(await publishSet(tx, before, { action: 'outbound_route.delete', before, after: null }));
    },
    wait,
  );
}

/** A route in one order of keys, without what it does not say. */
function storedRoute({
  cost,
  hours,
  createdAt,
  updatedAt,
  ...route
}: OutboundRouteInput & Omit<StoredOutboundRoute, 'cost' | 'hours'>): StoredOutboundRoute {
  const said = { ...(cost === undefined ? {} : { cost }), ...(hours === undefined ? {} : { hours }) };
  const { id, prefix, trunkGroupId, priority, weight, accountId } = route;
  return { id, prefix, trunkGroupId, priority, weight, accountId, createdAt, updatedAt, ...said };
}

/** The route as it is once its set is locked: two changes of one route queue, and the later one sees the first. */
async function lockRoute(tx: Transaction, id: string, ifVersion: number | null): Promise<Result<RouteInSet, RequestRefusal>> {
  const found = await tx.routeSets.get(id);
  if (found === null) return err({ kind: 'not_found', resource: 'outbound_route' });
  const setVersion = await tx.routeSets.lock(routeSetIdOf(found));
  const route = await tx.routeSets.get(id);
  if (route === null) return err({ kind: 'not_found', resource: 'outbound_route' });
  if (ifVersion !== null && ifVersion !== setVersion) return err({ kind: 'precondition_failed', currentVersion: setVersion });
  return ok({ route, setVersion });
}

/** Checks a route and locks what it rests on, the set before the group, so that the group cannot be deleted meanwhile. */
async function checkRoute(tx: Transaction, input: OutboundRouteInput): Promise<Result<void, RequestRefusal>> {
  if (input.accountId !== null) {
    const account = await tx.accounts.get(input.accountId);
    if (account === null || account.kind !== 'account' || account.status === 'closed') {
      return err(invalidBody(['account_id'], 'No such account.'));
    }
  }
  await tx.routeSets.lock(routeSetIdOf(input));
  const group = await tx.trunkGroups.lock(input.trunkGroupId);
  if (group === null || group.kind !== 'carrier') return err(invalidBody(['trunk_group_id'], 'No such carrier trunk group.'));
  if (group.accountId !== null && group.accountId !== input.accountId) {
    return err(invalidBody(['trunk_group_id'], 'That group belongs to another account.'));
  }
  return ok(undefined);
}

/** Raises the version of the route's set and publishes it whole: one set is one record (decision C2). */
async function publishSet(
  tx: Transaction,
  route: StoredOutboundRoute,
  entry: Pick<AuditEntry, 'action' | 'before' | 'after'>,
): Promise<RouteInSet> {
  const setId = routeSetIdOf(route);
  const setVersion = await tx.routeSets.bump(setId);
  await tx.audit({ ...entry, resource: `outbound_route:${route.id}`, accountId: route.accountId });
  await publishAt(tx, setId, setVersion);
  return { route, setVersion };
}

/** Publishes a set as it is. */
export async function publishAt(tx: Transaction, setId: string, version: number): Promise<void> {
  const record = routeSetRecord(setId, await tx.routeSets.routes(setId), await tx.routeSets.destinations(setId));
  await tx.publish({ ref: recordRef.routeSet(setId), version, record }, setId);
}
