import { decideOverdue } from '../../domain/order-deadline.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import type { JobHandler } from '../ports/jobs.ts';
import { endItems } from './end-items.ts';

/**
 * Cancels the numbers of an order whose values were not given in time. Judged under the lock of the order: values that come at the
 * same moment are in time or not, never both (decision B27). Run again, it finds that done.
 */
export function endOverdue(deps: { readonly clock: Clock }): JobHandler<'requirement-deadlines'> {
  return async ({ orderId, deadline }) => ({
    kind: 'transact',
    async work(tx) {
      const order = await tx.orders.lock(orderId);
      const now = deps.clock.now();
      // Started by hand before its time: it comes again when it is due.
      if (now < deadline) return { kind: 'again', dueAt: deadline, progress: null };
      const overdue = order === null ? null : decideOverdue(order, newId, now);
      if (order === null || overdue === null) return { kind: 'done', result: { cancelled: 0 } };
      await endItems(tx, order, overdue, 'order.deadline', now);
      return { kind: 'done', result: { cancelled: overdue.cancelled.length } };
    },
  });
}
