import { giveBack } from '../../domain/order-create.ts';
import { decideCancel } from '../../domain/order-progress.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { newId } from '../../kit/ids.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { saveOrdered } from '../numbers/save-number.ts';
import { auditOrder } from './audit-order.ts';
import { type FoundOrder, itemsIn, lockOrder, type OrderRef } from './find-order.ts';
import { releaseOf } from './order-money.ts';
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
      const { order, cancelled } = decided.value;
      const gone = new Set(cancelled.map(({ id }) => id));
      const released = order.items.filter(({ id }) => gone.has(id)).map((item) => releaseOf(order, item, at));
      // Numbers before balance, as a purchase does, so that nobody waits in a circle.
      const numbers = await tx.numbers.lockMany(cancelled.map(({ numberId }) => numberId));
      await tx.ledger.postAll(released);
      await tx.orders.save(locked.value, order);
      const moves = numbers.map((before) => ({ before, after: giveBack(before, at) }));
      await saveOrdered(tx, moves, 'order.cancel');
      await auditOrder(tx, 'order.cancel', locked.value, order);
      return ok({ order, items: itemsIn(order, ref) });
    },
    wait,
  );
}
