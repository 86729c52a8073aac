import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { JournalMark } from '../../../src/app/calls/journal-mark.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => void vi.useRealTimers());

const markFor = (mark: JournalMark, ms: number): void => {
  for (let passed = 0; passed < ms; passed += 2000) {
    vi.advanceTimersByTime(2000);
    mark.mark();
  }
};

it('nobody judges others by their age who has stood still, or whose clock was set, until they had time to give a sign of life', () => {
  const mark = new JournalMark({ touch: () => 'ours' }, () => {});
  expect(mark.isSteady).toBe(false);
  markFor(mark, 20_000);
  expect(mark.isSteady).toBe(true);
  vi.advanceTimersByTime(11_000);
  expect(mark.isSteady).toBe(false);
  markFor(mark, 18_000);
  expect(mark.isSteady).toBe(false);
  markFor(mark, 4000);
  expect(mark.isSteady).toBe(true);
  // The machine slept: its monotonic clock did not go on.
  vi.setSystemTime(Date.now() + 600_000);
  expect(mark.isSteady).toBe(false);
  markFor(mark, 22_000);
  expect(mark.isSteady).toBe(true);
});

it('a journal that was taken over is told of once', () => {
  const said: ('ours' | 'lost')[] = ['ours', 'lost', 'ours'];
  let lost = 0;
  const mark = new JournalMark({ touch: () => said.shift() ?? 'ours' }, () => {
    lost += 1;
  });
  markFor(mark, 8000);
  expect(lost).toBe(1);
});
