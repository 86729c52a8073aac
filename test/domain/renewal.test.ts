import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renewalAt } from '../../src/domain/renewal.ts';

const day = (text: string): number => Date.parse(`${text}T10:20:30.400Z`);
const dates = (anchor: string, periods: readonly number[]): string[] =>
  periods.map((period) => new Date(renewalAt(day(anchor), period)).toISOString().slice(0, 10));

describe('renewalAt', () => {
  it('keeps the anchor day: a 31st falls on the last day of a shorter month and comes back', () => {
    expect(dates('2026-01-31', [1, 2, 3, 4, 12, 13])).toEqual([
      '2026-02-28',
      '2026-03-31',
      '2026-04-30',
      '2026-05-31',
      '2027-01-31',
      '2027-02-28',
    ]);
    expect(dates('2027-12-30', [1, 2, 3])).toEqual(['2028-01-30', '2028-02-29', '2028-03-30']);
  });

  it('keeps the time of day and never goes back', () => {
    const anchors = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2100, 0, 1) });
    fc.assert(
      fc.property(anchors, fc.integer({ min: 1, max: 600 }), (anchor, period) => {
        const at = renewalAt(anchor, period);
        expect(at % 86_400_000).toBe(anchor % 86_400_000);
        const days = (at - renewalAt(anchor, period - 1)) / 86_400_000;
        expect(days >= 28 && days <= 31).toBe(true);
      }),
    );
  });
});
