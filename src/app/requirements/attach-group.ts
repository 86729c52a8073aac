import { sameHolder } from '../../domain/account.ts';
import { decideGroupAttach } from '../../domain/order-group.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { auditOrder } from '../orders/audit-order.ts';
import { type FoundOrder, itemsIn, lockOrder, type OrderRef } from '../orders/find-order.ts';
import type { OrderingDeps } from '../orders/place-order.ts';
import { activateReady } from '../orders/update-order.ts';

/** Takes the values of a requirement group for a sub-order or one ordered number; what is approved already stays (seed-apis A.1.2). */
export function attachGroup(
  deps: ChangeDeps & OrderingDeps,
  actor: Actor,
  { ref, groupId }: { readonly ref: OrderRef; readonly groupId: string },
  wait?: Wait,
): Promise<Result<Changed<FoundOrder>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx): Promise<Result<FoundOrder, RequestRefusal>> => {
      const locked = await lockOrder(tx, actor, ref);
      if (!locked.ok) return locked;
      const before = locked.value;
      const [group] = await tx.requirementGroups.share([groupId]);
      if (group === undefined || !sameHolder(group.holder, before.holder) || group.mode !== before.mode) {
        return err(invalidBody(['requirement_group_id'], 'You have no requirement group with this id.', 'not_found'));
      }
      const itemIds = itemsIn(before, ref).map(({ id }) => id);
      const taken = decideGroupAttach(before, itemIds, group, deps.clock.now());
      if (!taken.ok) return taken;
      if (taken.value === before) return ok({ order: before, items: itemsIn(before, ref) });
      const after = await activateReady(tx, deps, taken.value);
      await tx.orders.save(before, after);
      await auditOrder(tx, 'order.update', before, after);
      return ok({ order: after, items: itemsIn(after, ref) });
    },
    wait,
  );
}
