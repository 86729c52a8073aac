import { holderOf, payerOf } from '../../domain/account.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { decideReservation, type Reservation, type ReservationRules } from '../../domain/reservation.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import { accountOf } from '../tenant.ts';

export interface ReservationDeps extends ChangeDeps {
  readonly clock: Clock;
  readonly reservations: ReservationRules;
}

export interface CreateReservationInput {
  readonly e164s: readonly string[];
  readonly customerReference: string | null;
}

/** Keeps stock numbers for the actor's account, so that nobody else sees or buys them for a while. */
export function createReservation(
  deps: ReservationDeps,
  actor: Actor,
  { e164s, customerReference }: CreateReservationInput,
): Promise<Result<Changed<Reservation>, RequestRefusal>> {
  const account = accountOf(actor);
  const { mode } = actor;
  return change(deps, actor, async (tx) => {
    // Under the lock of the account that all of them count for: two requests at once count each other.
    await tx.accounts.lock(payerOf(account));
    const numbers = new Map((await tx.numbers.lockManyByE164(mode, e164s)).map((number) => [number.e164, number]));
    const nowMs = deps.clock.now();
    const active = await tx.reservations.countActive(payerOf(account), mode, nowMs);
    const request = { mode, holder: holderOf(account), customerReference, e164s };
    const decided = decideReservation(request, { numbers, active, nowMs }, deps.reservations, newId);
    if (!decided.ok) return decided;
    await tx.reservations.insert(decided.value);
    const resource = `reservation:${decided.value.id}`;
    await tx.audit({ action: 'reservation.create', resource, accountId: account.id, before: null, after: decided.value });
    return ok(decided.value);
  });
}
