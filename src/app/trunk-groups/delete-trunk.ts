import { withoutSecrets } from '../../domain/gateway-terms.ts';
import { decidePatch } from '../../domain/number.ts';
import { recordRef } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { TrunkGroup } from '../../domain/trunk-group.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type Changed, change, type Wait } from '../change.ts';
import { detachEndpoints } from '../endpoints/detach-endpoints.ts';
import { saveNumber } from '../numbers/save-number.ts';
import type { LeaseBook } from '../ports/limits.ts';
import type { Transaction } from '../ports/store.ts';
import type { LoginDeps } from '../sip-credentials/change-login.ts';
import { publicLogin } from '../sip-credentials/save-login.ts';
import { findTrunk } from './change-trunk.ts';
import { destroyTrunkLogins } from './destroy-trunk-logins.ts';
import { lockOwnTrunk, type TrunkName } from './own-trunk.ts';
import { type ShownTrunk, showTrunk } from './show-trunk.ts';

export interface DeleteTrunkDeps extends LoginDeps {
  readonly leases: Pick<LeaseBook, 'page'>;
}

export interface DeleteTrunkInput {
  readonly trunk: TrunkName;
  /** True: its numbers and endpoints lose their route, and it is kept while a call is live. False: it is kept while a number points to it. */
  readonly detach: boolean;
  readonly identifiedBy?: TrunkGroup['identifiedBy'];
}

/** Deletes a trunk with its logins and parts (decision B28); resolves with it as it was, its version being the tombstone's. */
export async function deleteTrunk(
  deps: DeleteTrunkDeps,
  actor: Actor,
  { trunk, detach, identifiedBy }: DeleteTrunkInput,
  wait?: Wait,
): Promise<Result<Changed<ShownTrunk>, RequestRefusal>> {
  const found = await findTrunk(deps, actor, trunk, identifiedBy);
  if (!found.ok) return found;
  // We never cut live calls. One that begins after this look goes on until it ends, and nothing begins after the change.
  const live = detach ? await liveCall(deps, found.value.group.id) : null;
  if (live !== null) return err(live);
  return change(
    deps,
    actor,
    async (tx) => {
      const group = await lockOwnTrunk(tx, actor, trunk);
      if (group === null) return err({ kind: 'not_found', resource: 'trunk_group' });
      const routes = await tx.routeSets.countUsing(group.id);
      if (routes > 0) return err({ kind: 'in_use', detail: 'Outbound routes still use this.', counts: { outbound_routes: routes } });
      const { parts } = await showTrunk(tx, group);
      const detached = await detachAll(tx, group.id, detach, deps.clock.now());
      return detached.ok ? ok(await remove(tx, group, parts, detached.value)) : detached;
    },
    wait,
  );
}

/** What lost its route with a trunk. */
interface Detached {
  readonly detachedNumberIds: readonly string[];
  /** Absent: none did. */
  readonly detachedEndpointIds?: readonly string[];
}

async function detachAll(tx: Transaction, id: string, detach: boolean, now: number): Promise<Result<Detached, RequestRefusal>> {
  const numbers = await detachNumbers(tx, id, detach, now);
  if (!numbers.ok) return numbers;
  const endpoints = await tx.endpoints.lockUsing({ trunkGroupId: id });
  if (endpoints.length > 0 && !detach) {
    return err({ kind: 'in_use', detail: 'Endpoints still point to this connection.', counts: { endpoints: endpoints.length } });
  }
  await detachEndpoints(tx, endpoints, id, now);
  return ok({
    detachedNumberIds: numbers.value,
    ...(endpoints.length === 0 ? {} : { detachedEndpointIds: endpoints.map((endpoint) => endpoint.id) }),
  });
}

async function remove(tx: Transaction, group: TrunkGroup, parts: ShownTrunk['parts'], detached: Detached): Promise<ShownTrunk> {
  const logins = await destroyTrunkLogins(tx, group.id);
  await tx.trunkGroups.remove(group.id);
  const version = group.version + 1;
  await tx.publish({ ref: recordRef.trunkGroup(group.id), version, record: null }, group.id);
  await tx.publish({ ref: recordRef.source(group.id), version: group.sourceVersion + 1, record: null }, group.id);
  await tx.audit({
    action: 'trunk_group.delete',
    resource: `trunk_group:${group.id}`,
    accountId: group.accountId,
    before: { ...withoutSecrets(group), logins: logins.map(publicLogin), parts },
    after: detached,
  });
  return { logins, parts, group: { ...group, version } };
}

/** Why a live call keeps a trunk; null: there is none. Every call through it holds a channel of it, limit or not (decision C9). */
async function liveCall({ leases, log }: DeleteTrunkDeps, id: string): Promise<RequestRefusal | null> {
  try {
    const page = await leases.page({ kind: 'trunk_group', id }, null, 1);
    const isLive = (page?.holders.length ?? 0) > 0;
    return isLive ? { kind: 'in_use', detail: 'Calls of this trunk are in progress.', counts: { calls: 1 } } : null;
  } catch (error) {
    log.warn('live calls of a trunk are not known', { error: String(error) });
    return { kind: 'unavailable', part: 'redis', code: 'calls_unknown', retryAfterSeconds: 1 };
  }
}

async function detachNumbers(tx: Transaction, id: string, detach: boolean, now: number): Promise<Result<string[], RequestRefusal>> {
  const numbers = await tx.numbers.lockUsingTrunkGroup(id);
  if (numbers.length > 0 && !detach) {
    return err({ kind: 'in_use', detail: 'Numbers still point to this connection.', counts: { numbers: numbers.length } });
  }
  for (const before of numbers) {
    const decided = decidePatch(before, { trunkGroupId: null }, 'tenant', now);
    if (!decided.ok) return decided;
    await saveNumber(tx, before, decided.value, 'trunk_group.delete');
  }
  return ok(numbers.map((number) => number.id));
}
