import { withoutSecrets } from '../../domain/gateway-terms.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Gateway, TrunkGroup } from '../../domain/trunk-group.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { checkDefaultCaller } from '../numbers/check-default-caller.ts';
import { checkTrunkGroup, keepGatewayIds, publishTrunkGroup } from './check-trunk-group.ts';

export interface CreateTrunkGroupInput
  extends Pick<
    TrunkGroup,
    'name' | 'kind' | 'accountId' | 'mode' | 'enabled' | 'numberFormat' | 'country' | 'acl' | 'marks' | 'limits' | 'terms' | 'defaultCaller'
  > {
  readonly gateways: readonly Omit<Gateway, 'id'>[];
}

/** Makes a trunk group with its gateways and ACL. */
export function createTrunkGroup(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  input: CreateTrunkGroupInput,
  wait?: Wait,
): Promise<Result<Changed<TrunkGroup>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const checked = await checkTrunkGroup(tx, { ...input, gateways: keepGatewayIds([], input.gateways, newId) }, null);
      if (!checked.ok) return checked;
      const presented = await checkDefaultCaller(tx, input);
      if (!presented.ok) return presented;
      const now = deps.clock.now();
      const group = await tx.trunkGroups.insert({
        ...input,
        id: newId(),
        gateways: keepGatewayIds([], input.gateways, newId),
        version: 1,
        sourceVersion: 1,
        createdAt: now,
        updatedAt: now,
      });
      await tx.audit({
        action: 'trunk_group.create',
        resource: `trunk_group:${group.id}`,
        accountId: group.accountId,
        before: null,
        after: withoutSecrets(group),
      });
      await publishTrunkGroup(tx, group, { group: true, source: true });
      return ok(group);
    },
    wait,
  );
}
