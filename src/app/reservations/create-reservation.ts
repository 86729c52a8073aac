import { holderOf, payerOf } from '../../domain/account.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { decideReservation, type Reservation, type ReservationRules } from '../../domain/reservation.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import { scopeOf } from '../orders/own-order.ts';
import type { Transaction } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';

export interface ReservationDeps extends ChangeDeps {
  readonly clock: Clock;
  readonly reservations: ReservationRules;
}

export interface CreateReservationInput {
  readonly e164s: readonly string[];
  readonly customerReference: string | null;
  /** The client says that it sends this again after no answer came (decision B14). */
  readonly isRetry: boolean;
}

/** The reservation, and whether the same request had been carried out before. */
export interface DoneReservation {
  readonly reservation: Reservation;
  readonly replayed: boolean;
}

/** How long the retry of a client is recognised (decision B14). */
export const RETRY_MS = 600_000;

/** Keeps stock numbers for the actor's account, so that nobody else sees or buys them for a while. */
export function createReservation(
  deps: ReservationDeps,
  actor: Actor,
  { e164s, customerReference, isRetry }: CreateReservationInput,
): Promise<Result<Changed<DoneReservation>, RequestRefusal>> {
  const account = accountOf(actor);
  const { mode } = actor;
  return change(deps, actor, async (tx): Promise<Result<DoneReservation, RequestRefusal>> => {
    // Under the lock of the account that all of them count for: two requests at once count each other.
    await tx.accounts.lock(payerOf(account));
    const numbers = new Map((await tx.numbers.lockManyByE164(mode, e164s)).map((number) => [number.e164, number]));
    const nowMs = deps.clock.now();
    // Looked for under the locks: the first try, if it is still running, has them and will have committed by now.
    const before = isRetry ? await firstTry(tx, actor, e164s, customerReference, nowMs - RETRY_MS) : undefined;
    if (before !== undefined) return ok({ reservation: before, replayed: true });
    const active = await tx.reservations.countActive(payerOf(account), mode, nowMs);
    const request = { mode, holder: holderOf(account), customerReference, e164s };
    const decided = decideReservation(request, { numbers, active, nowMs }, deps.reservations, newId);
    if (!decided.ok) return decided;
    await tx.reservations.insert(decided.value);
    const resource = `reservation:${decided.value.id}`;
    await tx.audit({ action: 'reservation.create', resource, accountId: account.id, before: null, after: decided.value });
    return ok({ reservation: decided.value, replayed: false });
  });
}

const TRIES_MAX = 20;

/** The newest reservation of just these numbers in just these words. */
async function firstTry(
  tx: Transaction,
  actor: Actor,
  e164s: readonly string[],
  customerReference: string | null,
  since: number,
): Promise<Reservation | undefined> {
  const [e164 = ''] = e164s;
  const { rows } = await tx.reservations.list({ ...scopeOf(actor), e164, createdAfter: since }, { limit: TRIES_MAX, offset: 0 });
  return rows.find(
    ({ customerReference: reference, numbers }) =>
      reference === customerReference && numbers.length === e164s.length && numbers.every((number, index) => number.e164 === e164s[index]),
  );
}
