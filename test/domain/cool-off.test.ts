import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coolOffMsOf, judgeCoolOff } from '../../src/domain/cool-off.ts';

const DAY = 86_400_000;
const LAST = Date.UTC(2026, 0, 1, 12, 0, 0, 0);
const WINDOW = 15 * DAY;
const judge = (nowMs: number, lastCallAtMs: number | null = LAST, liveCalls = 0, coolOffMs = WINDOW) =>
  judgeCoolOff({ lastCallAtMs, liveCalls, nowMs, coolOffMs });

describe('a number may move', () => {
  it('at once when it was never used', () => expect(judge(LAST, null)).toEqual({ result: 'allowed' }));

  it('15 days after the last call, to the millisecond', () => {
    expect(judge(LAST + WINDOW)).toEqual({ result: 'allowed' });
    expect(judge(LAST + WINDOW + 1)).toEqual({ result: 'allowed' });
    expect(judge(LAST + WINDOW - 1)).toEqual({ result: 'cooling', untilMs: LAST + WINDOW, remainingSeconds: 1 });
  });

  it.each([
    [0, 15 * 86_400],
    [1, 15 * 86_400],
    [999, 15 * 86_400],
    [1000, 15 * 86_400 - 1],
    [DAY, 14 * 86_400],
    [WINDOW - 1000, 1],
    [WINDOW - 1001, 2],
  ])('%d ms after the last call it still cools for %d s', (after, remainingSeconds) => {
    expect(judge(LAST + after)).toEqual({ result: 'cooling', untilMs: LAST + WINDOW, remainingSeconds });
  });

  it('not while a call is in progress, which counts as now', () => {
    const now = LAST + 100 * DAY;
    expect(judge(now, LAST, 1)).toEqual({ result: 'cooling', untilMs: now + WINDOW, remainingSeconds: 15 * 86_400 });
    expect(judge(now, null, 2)).toEqual({ result: 'cooling', untilMs: now + WINDOW, remainingSeconds: 15 * 86_400 });
  });

  it('not before a last call that another clock put into the future', () => {
    expect(judge(LAST, LAST + 5000)).toEqual({ result: 'cooling', untilMs: LAST + 5000 + WINDOW, remainingSeconds: 15 * 86_400 + 5 });
    expect(judge(LAST, LAST + 5000, 1)).toMatchObject({ untilMs: LAST + 5000 + WINDOW });
  });

  it('at once without a window', () => {
    expect(judge(LAST, LAST, 0, 0)).toEqual({ result: 'allowed' });
  });
});

describe('the end of the window', () => {
  it('is a whole second, rounded up', () => {
    for (const [last, until] of [
      [LAST, LAST + WINDOW],
      [LAST + 1, LAST + WINDOW + 1000],
      [LAST + 999, LAST + WINDOW + 1000],
    ] as const)
      expect(judge(last, last)).toMatchObject({ result: 'cooling', untilMs: until });
    expect(coolOffMsOf(0.5)).toBe(DAY / 2);
  });

  it('agrees with the judgement for any time: never free before, never cooling after', () => {
    fc.assert(
      fc.property(fc.nat(2 * WINDOW), fc.nat(WINDOW), fc.double({ min: 0, max: 20, noNaN: true }), (after, jitter, days) => {
        const last = LAST + jitter;
        const now = last + after;
        const judgement = judge(now, last, 0, coolOffMsOf(days));
        if (judgement.result === 'allowed') expect(now).toBeGreaterThanOrEqual(last + coolOffMsOf(days));
        else {
          expect(judgement.untilMs % 1000).toBe(0);
          const roundedUp = judgement.untilMs - (last + coolOffMsOf(days));
          expect(roundedUp >= 0 && roundedUp < 1000).toBe(true);
          expect(judgement.remainingSeconds).toBeGreaterThanOrEqual(1);
          expect(now + judgement.remainingSeconds * 1000).toBeGreaterThanOrEqual(last + coolOffMsOf(days));
        }
      }),
    );
  });
});
