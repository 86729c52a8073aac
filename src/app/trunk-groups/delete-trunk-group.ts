import { withoutSecrets } from '../../domain/gateway-terms.ts';
import { recordRef } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { TrunkGroup } from '../../domain/trunk-group.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { publicLogin } from '../sip-credentials/save-login.ts';
import { destroyTrunkLogins } from './destroy-trunk-logins.ts';

/** Deletes a trunk group that nothing points to, with its logins (decision B28); resolves with it, its version being the tombstone's. */
export function deleteTrunkGroup(
  deps: ChangeDeps,
  actor: Actor,
  id: string,
  { ifVersion = null, wait }: { readonly ifVersion?: number | null; readonly wait?: Wait } = {},
): Promise<Result<Changed<TrunkGroup>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const group = await tx.trunkGroups.lock(id);
      if (group === null) return err({ kind: 'not_found', resource: 'trunk_group' });
      if (ifVersion !== null && ifVersion !== group.version) return err({ kind: 'precondition_failed', currentVersion: group.version });
      const endpoints = (await tx.endpoints.lockUsing({ trunkGroupId: id })).length;
      const counts = {
        numbers: await tx.numbers.countUsing({ trunkGroupId: id }),
        outbound_routes: await tx.routeSets.countUsing(id),
        ...(endpoints === 0 ? {} : { endpoints }),
      };
      if (counts.numbers + counts.outbound_routes + endpoints > 0) {
        return err({ kind: 'in_use', detail: 'Numbers, endpoints or outbound routes still point to this trunk group.', counts });
      }
      const logins = await destroyTrunkLogins(tx, id);
      await tx.trunkGroups.remove(id);
      await tx.audit({
        action: 'trunk_group.delete',
        resource: `trunk_group:${id}`,
        accountId: group.accountId,
        before: { ...withoutSecrets(group), ...(logins.length === 0 ? {} : { logins: logins.map(publicLogin) }) },
        after: null,
      });
      const version = group.version + 1;
      await tx.publish({ ref: recordRef.trunkGroup(id), version, record: null }, id);
      await tx.publish({ ref: recordRef.source(id), version: group.sourceVersion + 1, record: null }, id);
      return ok({ ...group, version });
    },
    wait,
  );
}
