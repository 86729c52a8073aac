import { decideCancel } from '../../domain/order-progress.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { newId } from '../../kit/ids.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { endItems } from './end-items.ts';
import { type FoundOrder, itemsIn, lockOrder, type OrderRef } from './find-order.ts';
import type { OrderingDeps } from './place-order.ts';

/** Cancels what still waits in a sub-order: numbers back to stock, holds released; active numbers stay (decision B27). */
export function cancelSubOrder(
  deps: ChangeDeps & OrderingDeps,
  actor: Actor,
  subOrderId: string,
  wait?: Wait,
): Promise<Result<Changed<FoundOrder>, RequestRefusal>> {
  const ref: OrderRef = { resource: 'sub_order', id: subOrderId };
  return change(
    deps,
    actor,
    async (tx): Promise<Result<FoundOrder, RequestRefusal>> => {
      const locked = await lockOrder(tx, actor, ref);
      if (!locked.ok) return locked;
      const at = deps.clock.now();
      const decided = decideCancel(locked.value, subOrderId, newId, at);
      if (!decided.ok) return decided;
      await endItems(tx, locked.value, decided.value, 'order.cancel', at);
      const { order } = decided.value;
      return ok({ order, items: itemsIn(order, ref) });
    },
    wait,
  );
}
