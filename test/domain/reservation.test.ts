import { describe, expect, it } from 'vitest';
import { isForSaleTo, isReserved, type PhoneNumber } from '../../src/domain/number.ts';
import { decideExtension, decideReservation, type Reservation, type ReservationRules } from '../../src/domain/reservation.ts';

const T0 = Date.UTC(2026, 0, 1);
const RULES: ReservationRules = { keepMs: 1_800_000, extensionsMax: 2, activeMax: 3 };
const MINE = { ownerAccountId: 'mine', subAccountId: null };
const CHILD = { ownerAccountId: 'mine', subAccountId: 'child' };
const OTHER = { ownerAccountId: 'other', subAccountId: null };

const stock = (e164: string, changes: Partial<PhoneNumber> = {}): PhoneNumber =>
  ({ id: `id of ${e164}`, e164, mode: 'live', lifecycle: 'available', availableAt: null, lastHolder: null, ...changes }) as PhoneNumber;
let ids = 0;
const newId = (): string => {
  ids += 1;
  return `new ${ids}`;
};
const reserve = (numbers: readonly PhoneNumber[], active = 0, e164s = numbers.map(({ e164 }) => e164)) =>
  decideReservation(
    { mode: 'live', holder: MINE, customerReference: null, e164s },
    { numbers: new Map(numbers.map((number) => [number.e164, number])), active, nowMs: T0 },
    RULES,
    newId,
  );
/** The number as the store has it once the reservation is written. */
const kept = ({ holder, numbers }: Reservation, index = 0): PhoneNumber => {
  const item = numbers[index];
  return stock(item?.e164 ?? '', { reserved: { holder, until: item?.expiredAt ?? 0, as: item?.id ?? '' } });
};
const made = (...numbers: PhoneNumber[]): Reservation => {
  const done = reserve(numbers);
  if (!done.ok) throw new Error('refused');
  return done.value;
};

describe('a reserved number', () => {
  it('is for sale to its holder alone, to the millisecond: neither a parent nor a child of it is the same', () => {
    const number = kept(made(stock('+1')));
    const end = T0 + RULES.keepMs;
    expect([T0, end - 1, end, end + 1].map((at) => isReserved(number, at))).toEqual([true, true, false, false]);
    for (const buyer of [CHILD, OTHER]) {
      expect([end - 1, end].map((at) => isForSaleTo(number, buyer, at))).toEqual([false, true]);
    }
    expect(isForSaleTo(number, MINE, end - 1)).toBe(true);
  });
});

describe('reserving', () => {
  it.each([
    ['reserved, by whomever', { reserved: { holder: MINE, until: T0 + 1, as: 'x' } }, { code: 'number_reserved' }],
    ['reserved until now', { reserved: { holder: OTHER, until: T0, as: 'x' } }, null],
    ['sold', { lifecycle: 'active' }, { kind: 'not_in_stock' }],
    ['of the other mode', { mode: 'test' }, { kind: 'not_in_stock' }],
    ['cooling off after another', { availableAt: T0 + 1, lastHolder: OTHER }, { kind: 'not_in_stock' }],
    ['cooling off after the same holder', { availableAt: T0 + 1, lastHolder: MINE }, null],
    [
      'reserved and cooling off after another',
      { availableAt: T0 + 1, lastHolder: OTHER, reserved: { holder: OTHER, until: T0 + 1, as: 'x' } },
      { kind: 'not_in_stock' },
    ],
  ] as const)('a number that is %s', (_, changes, refusal) => {
    const done = reserve([stock('+1', changes as Partial<PhoneNumber>)]);
    if (refusal === null) expect(done).toMatchObject({ ok: true, value: { status: 'success' } });
    else expect(done).toMatchObject({ ok: false, error: refusal });
  });

  it('counts what it can have, not what it asks for', () => {
    const taken = stock('+9', { lifecycle: 'active' });
    expect(reserve([stock('+1'), stock('+2'), taken], 1)).toMatchObject({ ok: true, value: { status: 'partial' } });
    expect(reserve([stock('+1'), stock('+2'), taken], 2)).toMatchObject({ ok: false, error: { code: 'reservation_limit' } });
    expect(reserve([], 0, ['+5'])).toMatchObject({ ok: false, error: { kind: 'not_in_stock' } });
  });
});

describe('extending', () => {
  it('adds its time to what is still kept by this very reservation, and to nothing else', () => {
    const reservation = made(stock('+1'), stock('+2'), stock('+3'));
    const again = made(stock('+2'));
    const numbers = [kept(reservation, 0), kept(again, 0), stock('+3', { lifecycle: 'active' })];
    const done = decideExtension(reservation, numbers, RULES, T0 + 60_000);
    if (!done.ok) throw new Error('refused');
    const ends = done.value.numbers.map(({ expiredAt }) => (expiredAt ?? 0) - T0);
    expect(ends).toEqual([2 * RULES.keepMs, RULES.keepMs, RULES.keepMs]);
    expect(done.value.extensions).toBe(1);
  });

  it('ends with its time and its number of times', () => {
    const reservation = made(stock('+1'));
    const number = kept(reservation);
    expect(decideExtension(reservation, [number], RULES, T0 + RULES.keepMs)).toMatchObject({ ok: false, error: { kind: 'wrong_state' } });
    const often = { ...reservation, extensions: 2 };
    expect(decideExtension(often, [number], RULES, T0 + 1)).toMatchObject({ ok: false, error: { code: 'reservation_extension_limit' } });
  });
});
