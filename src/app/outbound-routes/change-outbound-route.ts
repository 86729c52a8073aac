import { PLATFORM_ROUTE_SET, recordRef } from '../../domain/records.ts';
import { routeSetRecord } from '../../domain/render-record.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { StoredOutboundRoute } from '../../domain/trunk-group.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import type { Transaction } from '../ports/store.ts';

export interface OutboundRouteInput {
  readonly prefix: string;
  readonly trunkGroupId: string;
  readonly priority: number;
  readonly weight: number;
  /** null: the platform's set, used by every account without a match of its own. */
  readonly accountId: string | null;
}

type Deps = ChangeDeps & { readonly clock: Clock };

/** Adds a route: calls whose number starts with `prefix` go to the carrier group. */
export function createOutboundRoute(
  deps: Deps,
  actor: Actor,
  input: OutboundRouteInput,
  wait?: Wait,
): Promise<Result<Changed<StoredOutboundRoute>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const checked = await checkRoute(tx, input);
      if (!checked.ok) return checked;
      const now = deps.clock.now();
      const route: StoredOutboundRoute = { id: newId(), ...input, createdAt: now, updatedAt: now };
      return commitRoute(tx, { action: 'outbound_route.create', before: null, after: route });
    },
    wait,
  ).then(withRoute);
}

/** Changes prefix, group, priority or weight of a route. */
export function updateOutboundRoute(
  deps: Deps,
  actor: Actor,
  id: string,
  patch: Partial<Omit<OutboundRouteInput, 'accountId'>>,
  wait?: Wait,
): Promise<Result<Changed<StoredOutboundRoute>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const before = await tx.routeSets.get(id);
      if (before === null) return err({ kind: 'not_found', resource: 'outbound_route' });
      const next: StoredOutboundRoute = { ...before, ...patch };
      const checked = await checkRoute(tx, next);
      if (!checked.ok) return checked;
      if (JSON.stringify(next) === JSON.stringify(before)) return ok(before);
      return commitRoute(tx, { action: 'outbound_route.update', before, after: { ...next, updatedAt: deps.clock.now() } });
    },
    wait,
  ).then(withRoute);
}

/** Takes a route away. */
export function deleteOutboundRoute(
  deps: Deps,
  actor: Actor,
  id: string,
  wait?: Wait,
): Promise<Result<Changed<StoredOutboundRoute | null>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const before = await tx.routeSets.get(id);
      if (before === null) return err({ kind: 'not_found', resource: 'outbound_route' });
      return commitRoute(tx, { action: 'outbound_route.delete', before, after: null });
    },
    wait,
  );
}

async function checkRoute(tx: Transaction, input: OutboundRouteInput): Promise<Result<void, RequestRefusal>> {
  if (!/^(=?[0-9]{1,15}|)$/.test(input.prefix)) {
    return err(invalidBody(['prefix'], 'Digits without +, at most 15; =112 for exactly that dial string; empty for every number.'));
  }
  if (input.accountId !== null) {
    const account = await tx.accounts.get(input.accountId);
    if (account === null || account.kind !== 'account') return err(invalidBody(['account_id'], 'No such account.'));
  }
  const group = await tx.trunkGroups.get(input.trunkGroupId);
  if (group === null || group.kind !== 'carrier') return err(invalidBody(['trunk_group_id'], 'No such carrier trunk group.'));
  if (group.accountId !== null && group.accountId !== input.accountId)
    return err(invalidBody(['trunk_group_id'], 'That group belongs to another account.'));
  return ok(undefined);
}

/** Writes the row, raises its set's version and publishes the whole set: one set is one record (decision C2). */
async function commitRoute(
  tx: Transaction,
  move: { readonly action: string; readonly before: StoredOutboundRoute | null; readonly after: StoredOutboundRoute | null },
): Promise<Result<StoredOutboundRoute | null, RequestRefusal>> {
  const { before, after } = move;
  const route = after ?? before;
  if (route === null) throw new Error('a route change needs a route');
  const setId = route.accountId ?? PLATFORM_ROUTE_SET;
  const version = await tx.routeSets.bump(setId);
  if (after === null) await tx.routeSets.remove(route.id);
  else if (before === null) await tx.routeSets.insert(after);
  else await tx.routeSets.save(after);
  const routes = await tx.routeSets.routes(setId);
  await tx.audit({ action: move.action, resource: `outbound_route:${route.id}`, accountId: route.accountId, before, after });
  await tx.publish({ ref: recordRef.routeSet(setId), version, record: routeSetRecord(setId, routes.map(bare)) }, setId);
  return ok(after);
}

const bare = ({ id, prefix, trunkGroupId, priority, weight }: StoredOutboundRoute) => ({ id, prefix, trunkGroupId, priority, weight });

function withRoute(
  done: Result<Changed<StoredOutboundRoute | null>, RequestRefusal>,
): Result<Changed<StoredOutboundRoute>, RequestRefusal> {
  if (!done.ok) return done;
  const { value } = done.value;
  if (value === null) throw new Error('the route vanished in its own change');
  return ok({ ...done.value, value });
}
