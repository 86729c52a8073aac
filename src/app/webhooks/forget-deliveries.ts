import type { Clock } from '../../kit/clock.ts';
import { ok } from '../../kit/result.ts';
import type { ActorStamp, UnitOfWork } from '../ports/store.ts';

const ROWS_AT_ONCE = 500;
const FORGETTER: ActorStamp = { kind: 'system', id: 'event-forgetter', accountId: null, requestId: 'event-forgetter', ip: null };

/** Removes deliveries that are over, and events that wait for none, once they are `keepMs` old. True when there may be more. */
export async function forgetDeliveries(deps: {
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly keepMs: number;
}): Promise<boolean> {
  const before = deps.clock.now() - deps.keepMs;
  const done = await deps.unitOfWork.change(FORGETTER, async (tx) => ok(await tx.deliveries.forget(before, ROWS_AT_ONCE)));
  return done.ok && done.value.value >= ROWS_AT_ONCE;
}
