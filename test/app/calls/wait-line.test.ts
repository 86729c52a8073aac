import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WaitLine } from '../../../src/app/calls/wait-line.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** `count` calls in a line, and the ones that were let go so far, in order. */
function lineOf(count: number, ms = 5000): { line: WaitLine; gone: number[] } {
  const line = new WaitLine(200);
  const gone: number[] = [];
  for (let call = 0; call < count; call += 1) void line.turn(ms).then(() => gone.push(call));
  return { line, gone };
}

describe('calls that wait for the plane', () => {
  it('ask one at a time, first come first, however many there are', async () => {
    const { line, gone } = lineOf(1000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(gone).toEqual([0, 1, 2, 3, 4]);
    line.answered();
    await vi.advanceTimersByTimeAsync(0);
    expect(gone).toHaveLength(1000);
  });

  it('all ask as soon as the plane answered one of them', async () => {
    const { line, gone } = lineOf(3);
    line.answered();
    await vi.advanceTimersByTimeAsync(0);
    expect([gone, line.length]).toEqual([[0, 1, 2], 0]);
  });

  it('wait no longer than they may', async () => {
    const { line, gone } = lineOf(2, 150);
    await vi.advanceTimersByTimeAsync(150);
    expect([gone, line.length]).toEqual([[0, 1], 0]);
  });

  it('keep no timer when nobody waits, and begin again with the next one', async () => {
    const { line, gone } = lineOf(1);
    await vi.advanceTimersByTimeAsync(200);
    expect([gone, vi.getTimerCount()]).toEqual([[0], 0]);
    void line.turn(5000).then(() => gone.push(7));
    await vi.advanceTimersByTimeAsync(200);
    expect(gone).toEqual([0, 7]);
  });
});
