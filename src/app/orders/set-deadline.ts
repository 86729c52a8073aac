import type { NumberOrder, OrderItem } from '../../domain/order.ts';
import { decideDeadline } from '../../domain/order-deadline.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import { auditOrder } from './audit-order.ts';
import { lockOrder } from './find-order.ts';

/** Gives an ordered number another deadline for its values, as its owner may ask for in a comment; the same one again leaves no trace. */
export function setDeadline(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  itemId: string,
  deadline: number,
): Promise<Result<Changed<{ readonly order: NumberOrder; readonly item: OrderItem }>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    const locked = await lockOrder(tx, actor, { resource: 'order_item', id: itemId });
    if (!locked.ok) return locked;
    const decided = decideDeadline(locked.value, itemId, deadline, deps.clock.now());
    if (!decided.ok) return decided;
    const order = decided.value;
    if (order !== locked.value) {
      await tx.orders.save(locked.value, order);
      await auditOrder(tx, 'order.deadline_set', locked.value, order);
    }
    const item = order.items.find(({ id }) => id === itemId);
    if (item === undefined) throw new Error(`item ${itemId} is not in its order`);
    return ok({ order, item });
  });
}
