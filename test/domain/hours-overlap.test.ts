import fc from 'fast-check';
import { expect, it } from 'vitest';
import { covers, mayOverlap } from '../../src/domain/hours-overlap.ts';
import { isWithinWindow, type RouteHours } from '../../src/domain/route-hours.ts';

const hours = (days: readonly number[], from: number, to: number, timeZone = 'Europe/London'): RouteHours => ({
  timeZone,
  windows: [{ days, from, to }],
});
const [DAY, NIGHT] = [hours([1, 2, 3, 4, 5], 480, 1080), hours([1, 2, 3, 4, 5, 6, 7], 1080, 480)];

it('tells hours that meet from hours that do not, and those of another zone may', () => {
  expect([mayOverlap(undefined, DAY), mayOverlap(DAY, NIGHT), mayOverlap(NIGHT, hours([7], 1430, 1439))]).toEqual([true, false, true]);
  // Sunday's night goes on into Monday.
  expect([mayOverlap(hours([7], 1380, 60), hours([1], 0, 30)), mayOverlap(hours([6], 1380, 60), hours([1], 0, 30))]).toEqual([true, false]);
  expect(mayOverlap(DAY, { ...NIGHT, timeZone: 'Asia/Tokyo' })).toBe(true);
  expect([covers(undefined, DAY), covers(DAY, undefined), covers(DAY, hours([2], 500, 600)), covers(DAY, hours([6], 500, 600))]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(covers(DAY, { ...DAY, timeZone: 'Asia/Tokyo' })).toBe(false);
});

it('says the same as every quarter of an hour of the week would', () => {
  const quarter = fc.integer({ min: 0, max: 95 }).map((n) => n * 15);
  const window = fc.record({ days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), from: quarter, to: quarter });
  const some = fc.array(window, { minLength: 1, maxLength: 3 }).map((windows): RouteHours => ({ timeZone: 'Europe/London', windows }));
  const times = Array.from({ length: 7 * 96 }, (_, n) => ({ date: '', day: Math.floor(n / 96) + 1, minute: (n % 96) * 15 }));
  const openIn = ({ windows }: RouteHours) => times.map((time) => windows.some((one) => isWithinWindow(one, time)));
  fc.assert(
    fc.property(some, some, (one, other) => {
      const [first, second] = [openIn(one), openIn(other)];
      expect(mayOverlap(one, other)).toBe(first.some((open, n) => open && second[n]));
      if (covers(one, other)) expect(second.every((open, n) => !open || first[n])).toBe(true);
    }),
    { numRuns: 300 },
  );
});
