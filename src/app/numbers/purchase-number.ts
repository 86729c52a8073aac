import type { PhoneNumber } from '../../domain/number.ts';
import { statusOfOrder } from '../../domain/order.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { type OrderingDeps, PLAIN, placeOrder } from '../orders/place-order.ts';
import { accountOf } from '../tenant.ts';
import { auditNumber } from './save-number.ts';

export type PurchaseDeps = ChangeDeps & OrderingDeps;

const NEEDS_MORE: RequestRefusal = {
  kind: 'conflict',
  code: 'requirements_open',
  detail: 'This number needs regulatory information first; place a number order for it.',
};

/** Buys a number from stock at once: an order of one that completes in its own transaction, or is refused (design §3). */
export function purchaseNumber(
  deps: PurchaseDeps,
  actor: Actor,
  inventoryId: string,
  wait?: Wait,
): Promise<Result<Changed<PhoneNumber>, RequestRefusal>> {
  const account = accountOf(actor);
  return change(
    deps,
    actor,
    async (tx) => {
      // Two buyers queue at the number; number before balance, always, so that nobody waits in a circle.
      const before = await tx.numbers.lock(inventoryId);
      const placed = await placeOrder(tx, deps, { ...PLAIN, account, mode: actor.mode, numbers: [before] }, (made) =>
        statusOfOrder(made.order) === 'success' ? ok(made) : err(NEEDS_MORE),
      );
      if (!placed.ok) return placed;
      const [move] = placed.value.moves;
      if (move === undefined) throw new Error('an order of one without its number');
      await auditNumber(tx, move.before, move.after, 'number.purchase');
      return ok(move.after);
    },
    wait,
  );
}
