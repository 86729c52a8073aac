import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LegNotes } from '../../../src/app/calls/leg-notes.ts';
import { silentLogger } from '../../../src/kit/log.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('the first legs after a quiet time are noted at once, those behind them together, and a call that is over by then not at all', async () => {
  const written: string[][] = [];
  const write = async (_agentId: string, kept: ReadonlyMap<string, unknown>) => void written.push([...kept.keys()]);
  const notes = new LegNotes({ write }, 'agent', silentLogger);
  const answered = (callId: string): void => notes.answered(callId, { server: 'server', dialogs: ['a', 'b'] });
  answered('1');
  await vi.advanceTimersByTimeAsync(1);
  expect(written).toEqual([['1']]);
  for (const callId of ['2', '3', '4']) answered(callId);
  notes.ended('3');
  await vi.advanceTimersByTimeAsync(50);
  expect(written).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(60);
  expect(written).toEqual([['1'], ['2', '4']]);
  await vi.advanceTimersByTimeAsync(1000);
  answered('5');
  await vi.advanceTimersByTimeAsync(1);
  expect(written.at(-1)).toEqual(['5']);
  notes.stop();
});
