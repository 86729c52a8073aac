import type { Endpoint } from '../../domain/endpoint.ts';
import { ENDPOINT_DEPTH_MAX, endpointIdsOf } from '../../domain/endpoint-route.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Transaction } from '../ports/store.ts';

type Described = Pick<Endpoint, 'id' | 'accountId' | 'mode' | 'route' | 'fallback'>;
type Path = readonly (string | number)[];

/**
 * Checks what an endpoint refers to: endpoints of its account or of the parent's, a trunk group of its account's, all in its mode, and
 * no circle among them. What is foreign answers as what does not exist (invariant 11). Holds them until the end of the transaction.
 */
export async function checkEndpointUse(
  tx: Pick<Transaction, 'accounts' | 'endpoints' | 'trunkGroups'>,
  endpoint: Described,
): Promise<Result<void, RequestRefusal>> {
  const { route, accountId } = endpoint;
  if (route?.kind === 'trunk_group') {
    const group = await tx.trunkGroups.get(route.trunkGroupId);
    if (group === null || group.accountId !== accountId || group.mode !== endpoint.mode) {
      return err(invalidBody(['route', 'trunk_group_id'], 'No such trunk group.'));
    }
  }
  const ids = endpointIdsOf(endpoint);
  if (ids.length === 0) return ok(undefined);
  const account = await tx.accounts.get(accountId);
  const found = await tx.endpoints.lockUsable(ids);
  const isUsable = (one: Endpoint): boolean =>
    one.mode === endpoint.mode && (one.accountId === accountId || one.accountId === account?.parentId);
  const usable = new Set(found.filter(isUsable).map(({ id }) => id));
  for (const [id, path] of placesOf(endpoint)) {
    if (id === endpoint.id) return err(invalidBody(path, 'An endpoint cannot hand calls on to itself.'));
    if (!usable.has(id)) return err(invalidBody(path, 'No such endpoint.'));
  }
  return await refuseCircles(tx, endpoint, found);
}

/** Where in the body each reference stands. */
function placesOf({ route, fallback }: Described): (readonly [string, Path])[] {
  const rules =
    route?.kind === 'schedule' ? route.rules.map((rule, at) => [rule.endpointId, ['route', 'rules', at, 'endpoint_id']] as const) : [];
  const otherwise = route?.kind === 'schedule' ? [[route.otherwise, ['route', 'otherwise']] as const] : [];
  const behind = fallback === undefined ? [] : [[fallback.endpointId, ['fallback', 'endpoint_id']] as const];
  return [...rules, ...otherwise, ...behind].flatMap(([id, path]) => (id === null ? [] : [[id, path] as const]));
}

// So many endpoints behind one say that somebody builds something else than a plan for calls.
const BEHIND_MAX = 200;

/** Looks along the references, generation by generation, as far as a call would go. */
async function refuseCircles(
  tx: Pick<Transaction, 'endpoints'>,
  endpoint: Described,
  first: readonly Endpoint[],
): Promise<Result<void, RequestRefusal>> {
  const where = [endpoint.route?.kind === 'schedule' ? 'route' : 'fallback'];
  const seen = new Set(first.map(({ id }) => id));
  let next = first;
  for (let depth = 2; next.length > 0; depth += 1) {
    if (depth > ENDPOINT_DEPTH_MAX) return err(invalidBody(where, `At most ${ENDPOINT_DEPTH_MAX} endpoints in a row.`, 'out_of_range'));
    const ids = new Set(next.flatMap(endpointIdsOf));
    if (ids.has(endpoint.id)) return err(invalidBody(where, 'Calls would come back to this endpoint.'));
    for (const id of ids) seen.add(id);
    if (seen.size > BEHIND_MAX) return err(invalidBody(where, `At most ${BEHIND_MAX} endpoints behind one.`, 'out_of_range'));
    next = ids.size === 0 ? [] : await tx.endpoints.lockUsable([...ids]);
  }
  return ok(undefined);
}
