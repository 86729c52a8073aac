import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimerWheel } from '../../src/sip-engine/transaction/timer-wheel.ts';

let errors: unknown[];
let wheel: TimerWheel;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  errors = [];
  wheel = new TimerWheel((error) => errors.push(error));
});
afterEach(() => {
  wheel.stop();
  vi.useRealTimers();
});

describe('the timer wheel', () => {
  it('runs each function once, never early and at most two ticks late, whatever is cancelled', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ delay: fc.nat(70_000), cancel: fc.boolean() }), { minLength: 1, maxLength: 60 }), (plans) => {
        const start = performance.now();
        const ran: { due: number; at: number }[] = [];
        const timers = plans.map(({ delay }) => wheel.after(delay, () => ran.push({ due: start + delay, at: performance.now() })));
        for (const [i, { cancel }] of plans.entries()) if (cancel) timers[i]?.cancel();
        expect(wheel.size).toBe(plans.filter(({ cancel }) => !cancel).length);
        vi.advanceTimersByTime(70_100);
        expect(ran).toHaveLength(plans.filter(({ cancel }) => !cancel).length);
        for (const { due, at } of ran) {
          expect(at).toBeGreaterThanOrEqual(due);
          expect(at).toBeLessThanOrEqual(due + 20);
        }
        expect(wheel.size).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('lets a function cancel one that is due in the same tick, and start another', () => {
    const ran: string[] = [];
    let second = { cancel: (): void => {} };
    const first = (): void => {
      ran.push('first');
      second.cancel();
      wheel.after(5, () => ran.push('third'));
    };
    second = wheel.after(10, () => ran.push('second'));
    wheel.after(10, first);
    vi.advanceTimersByTime(100);
    expect(ran).toEqual(['first', 'third']);
    expect(wheel.size).toBe(0);
  });

  it('goes on when a function throws, and turns no more when nothing waits', () => {
    wheel.after(10, () => {
      throw new Error('boom');
    });
    let ran = false;
    wheel.after(20, () => {
      ran = true;
    });
    vi.advanceTimersByTime(100);
    expect(ran).toBe(true);
    expect(errors).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
