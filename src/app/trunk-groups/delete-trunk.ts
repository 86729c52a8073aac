import { decidePatch } from '../../domain/number.ts';
import { recordRef } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import type { TrunkGroup } from '../../domain/trunk-group.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type Changed, change, type Wait } from '../change.ts';
import { saveNumber } from '../numbers/save-number.ts';
import type { LeaseBook } from '../ports/limits.ts';
import type { Transaction } from '../ports/store.ts';
import type { LoginDeps } from '../sip-credentials/change-login.ts';
import { destroyLogin, publicLogin } from '../sip-credentials/save-login.ts';
import { findTrunk } from './change-trunk.ts';
import { lockOwnTrunk, type TrunkName } from './own-trunk.ts';
import { type ShownTrunk, showTrunk } from './show-trunk.ts';

export interface DeleteTrunkDeps extends LoginDeps {
  readonly leases: Pick<LeaseBook, 'page'>;
}

export interface DeleteTrunkInput {
  readonly trunk: TrunkName;
  /** True: its numbers lose their route, and it is kept while a call is live. False: it is kept while a number points to it. */
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
      const shown = { ...(await showTrunk(tx, group)), logins: await lockLogins(tx, group.id) };
      const detached = await detachNumbers(tx, group.id, detach, deps.clock.now());
      if (!detached.ok) return detached;
      for (const login of shown.logins) await destroyLogin(tx, login);
      await tx.trunkGroups.remove(group.id);
      const version = group.version + 1;
      await tx.publish({ ref: recordRef.trunkGroup(group.id), version, record: null }, group.id);
      await tx.publish({ ref: recordRef.source(group.id), version: group.sourceVersion + 1, record: null }, group.id);
      await tx.audit({
        action: 'trunk_group.delete',
        resource: `trunk_group:${group.id}`,
        accountId: group.accountId,
        before: { ...group, logins: shown.logins.map(publicLogin), parts: shown.parts },
        after: { detachedNumberIds: detached.value },
      });
      return ok({ ...shown, group: { ...group, version } });
    },
    wait,
  );
}

/** The logins of a trunk that is locked: those that are still its own, as they are now. None comes to it any more. */
async function lockLogins(tx: Transaction, groupId: string): Promise<SipCredential[]> {
  const logins: SipCredential[] = [];
  for (const { id } of await tx.credentials.ofTrunkGroup(groupId)) {
    const login = await tx.credentials.lock(id);
    if (login?.trunkGroupId === groupId) logins.push(login);
  }
  return logins;
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
