import { err, ok, type Result } from '../kit/result.ts';
import type { Holder } from './account.ts';
import { isForSaleTo, isReserved, type PhoneNumber } from './number.ts';
import type { Mode } from './records.ts';
import type { RequestRefusal } from './request-refusal.ts';

/** One number that was asked for. */
export interface ReservedNumber {
  readonly id: string;
  readonly e164: string;
  /** null: it could not be had. */
  readonly numberId: string | null;
  /** Why it could not; null: it was reserved. */
  readonly error: 'reserved' | 'not_available' | null;
  /** When the reservation of this number ends or ended; null where there is none. */
  readonly expiredAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Numbers kept for a holder for a while. Whether one is still kept is said by the number, which a sale or the time takes away. */
export interface Reservation {
  readonly id: string;
  readonly mode: Mode;
  readonly holder: Holder;
  /** `partial`: some could not be had. */
  readonly status: 'success' | 'partial';
  readonly customerReference: string | null;
  readonly extensions: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** In the order in which they were asked for. */
  readonly numbers: readonly ReservedNumber[];
}

/** Settings of reservations. */
export interface ReservationRules {
  /** How long a number is kept, and how long an extension adds, ms. */
  readonly keepMs: number;
  readonly extensionsMax: number;
  /** Numbers that an account and its sub-accounts may have reserved at once. */
  readonly activeMax: number;
}

/** What is asked for. */
export interface ReservationRequest extends Pick<Reservation, 'mode' | 'holder' | 'customerReference'> {
  readonly e164s: readonly string[];
}

/** Facts a reservation is judged on, read under lock. */
export interface ReservationFacts {
  /** By E.164; what is not in it does not exist. */
  readonly numbers: ReadonlyMap<string, PhoneNumber>;
  /** Numbers that the account has reserved already. */
  readonly active: number;
  readonly nowMs: number;
}

/** Decides a reservation, number by number: those that can be had are kept, and when none can it is refused as a whole. */
export function decideReservation(
  request: ReservationRequest,
  { numbers, active, nowMs }: ReservationFacts,
  rules: ReservationRules,
  newId: () => string,
): Result<Reservation, RequestRefusal> {
  const { e164s, ...kept } = request;
  const same = { createdAt: nowMs, updatedAt: nowMs };
  const items = e164s.map((e164): ReservedNumber => {
    const number = numbers.get(e164);
    const error = number === undefined ? 'not_available' : errorOf(number, request, nowMs);
    const had = number !== undefined && error === null;
    return { id: newId(), e164, numberId: had ? number.id : null, error, expiredAt: had ? nowMs + rules.keepMs : null, ...same };
  });
  const had = items.filter(({ error }) => error === null);
  if (had.length === 0) return err(items.some(({ error }) => error === 'reserved') ? ALREADY_RESERVED : { kind: 'not_in_stock' });
  if (active + had.length > rules.activeMax) return err(limitExceeded(rules.activeMax));
  const status = had.length === items.length ? 'success' : 'partial';
  return ok({ id: newId(), ...kept, status, extensions: 0, ...same, numbers: items });
}

/** A number that waits for somebody else after a call is as good as none (decision B8), reserved or not. */
function errorOf(number: PhoneNumber, { mode, holder }: ReservationRequest, nowMs: number): ReservedNumber['error'] {
  if (number.mode !== mode || !isForSaleTo({ ...number, reserved: undefined }, holder, nowMs)) return 'not_available';
  return isReserved(number, nowMs) ? 'reserved' : null;
}

/** Decides to keep the numbers of a reservation for longer: those that are neither sold nor free again. `numbers` are locked. */
export function decideExtension(
  reservation: Reservation,
  numbers: readonly PhoneNumber[],
  rules: ReservationRules,
  nowMs: number,
): Result<Reservation, RequestRefusal> {
  const until = new Map(
    numbers.flatMap(({ reserved }) => (reserved === undefined || reserved.until <= nowMs ? [] : [[reserved.as, reserved.until]])),
  );
  const kept = reservation.numbers.filter(({ id }) => until.has(id));
  if (kept.length === 0)
    return err({ kind: 'wrong_state', detail: 'The reservation has ended: none of its numbers is reserved any more.' });
  if (reservation.extensions >= rules.extensionsMax) return err(extensionsExceeded(rules.extensionsMax));
  const extended = reservation.numbers.map((item): ReservedNumber => {
    const before = until.get(item.id);
    return before === undefined ? item : { ...item, expiredAt: before + rules.keepMs, updatedAt: nowMs };
  });
  return ok({ ...reservation, numbers: extended, extensions: reservation.extensions + 1, updatedAt: nowMs });
}

const ALREADY_RESERVED: RequestRefusal = { kind: 'conflict', code: 'number_reserved', detail: 'The phone number is already reserved.' };

const limitExceeded = (countMax: number): RequestRefusal => ({
  kind: 'conflict',
  code: 'reservation_limit',
  detail: `An account can have at most ${countMax} numbers reserved at a time.`,
});

const extensionsExceeded = (countMax: number): RequestRefusal => ({
  kind: 'conflict',
  code: 'reservation_extension_limit',
  detail: `A reservation can be extended at most ${countMax} times.`,
});
