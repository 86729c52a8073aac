import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { decideExtension, type Reservation } from '../../domain/reservation.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type Changed, change } from '../change.ts';
import { isOwnOrder } from '../orders/own-order.ts';
import type { UnitOfWork } from '../ports/store.ts';
import type { DoneReservation, ReservationDeps } from './create-reservation.ts';

const NOT_FOUND: RequestRefusal = { kind: 'not_found', resource: 'reservation' };

/** Reads a reservation of the actor's; a foreign one does not exist (invariant 11). */
export async function findReservation(
  deps: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  id: string,
): Promise<Result<Reservation, RequestRefusal>> {
  const found = await deps.unitOfWork.read((tx) => tx.reservations.get(id));
  return found !== null && isOwnOrder(actor, found) ? ok(found) : err(NOT_FOUND);
}

/**
 * So long a retry is taken for that of the extension before it. The SDKs try again within seconds, and nothing tells such a retry from
 * one whose first try never came here: a longer time would swallow a second extension.
 */
const EXTENSION_RETRY_MS = 60_000;

/** Keeps the numbers of a reservation for another while; the retry of a client finds that it was done (decision B14). */
export function extendReservation(
  deps: ReservationDeps,
  actor: Actor,
  id: string,
  isRetry: boolean,
): Promise<Result<Changed<DoneReservation>, RequestRefusal>> {
  return change(deps, actor, async (tx): Promise<Result<DoneReservation, RequestRefusal>> => {
    const before = await tx.reservations.lock(id);
    if (before === null || !isOwnOrder(actor, before)) return err(NOT_FOUND);
    const numbers = await tx.numbers.lockMany(before.numbers.flatMap(({ numberId }) => numberId ?? []));
    // The time counts that there is once the numbers are locked (decision B27).
    const nowMs = deps.clock.now();
    if (isRetry && before.extensions > 0 && nowMs < before.updatedAt + EXTENSION_RETRY_MS)
      return ok({ reservation: before, replayed: true });
    const decided = decideExtension(before, numbers, deps.reservations, nowMs);
    if (!decided.ok) return decided;
    await tx.reservations.extend(before, decided.value);
    const accountId = before.holder.subAccountId ?? before.holder.ownerAccountId;
    await tx.audit({ action: 'reservation.extend', resource: `reservation:${id}`, accountId, before, after: decided.value });
    return ok({ reservation: decided.value, replayed: false });
  });
}
