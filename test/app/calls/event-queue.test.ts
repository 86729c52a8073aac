import { describe, expect, it, vi } from 'vitest';
import { EventQueue } from '../../../src/app/calls/event-queue.ts';
import type { CallEvent } from '../../../src/domain/call-event.ts';
import { silentLogger } from '../../../src/kit/log.ts';

const event = (callId: string, seq: number): CallEvent => ({ type: 'answered', callId, seq, agentId: 'a', at: 0, sipStatus: 200 });

/** A log that fails the first `faults` times and, like one connection to Redis, takes one thing after the other. */
function log(faults = 0) {
  const seen: string[] = [];
  let left = faults;
  let last: Promise<unknown> = Promise.resolve();
  const behind = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  const take = async (text: string): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    if (left > 0) {
      left -= 1;
      throw new Error('away');
    }
    seen.push(text);
  };
  return {
    seen,
    append: (events: readonly CallEvent[]) =>
      behind(async () => {
        for (const { callId, seq } of events) await take(`${callId}${seq}`);
      }),
    end: ({ callId, seq }: CallEvent, numbers: readonly string[]) => behind(() => take(`${callId}${seq} end ${numbers.join()}`)),
  };
}

describe('the event queue', () => {
  it('sends events in order and ends behind what precedes them', async () => {
    const admission = log();
    const queue = new EventQueue(admission, silentLogger);
    queue.push(event('a', 1));
    queue.push(event('a', 2));
    queue.pushEnd(event('a', 3), ['n']);
    queue.push(event('b', 1));
    expect(await queue.drain(2000)).toBe(true);
    const order = admission.seen.filter((text) => text.startsWith('a'));
    expect(order).toEqual(['a1', 'a2', 'a3 end n']);
    expect(admission.seen).toContain('b1');
  });

  it('sends what one call says within milliseconds in one trip, and its end at once', async () => {
    const trips: string[] = [];
    const admission = {
      append: async (events: readonly CallEvent[]) => void trips.push(events.map(({ seq }) => seq).join()),
      end: async ({ seq }: CallEvent) => void trips.push(`end ${seq}`),
    };
    const queue = new EventQueue(admission, silentLogger);
    for (const seq of [1, 2, 3]) queue.push(event('a', seq));
    expect(trips).toEqual([]);
    queue.pushEnd(event('a', 4), []);
    await new Promise((resolve) => setImmediate(resolve));
    expect(trips).toEqual(['1,2,3', 'end 4']);
    expect(await queue.drain(2000)).toBe(true);
  });

  it('invariant 12: sends again until the log took everything', async () => {
    const admission = log(3);
    const queue = new EventQueue(admission, silentLogger);
    queue.push(event('a', 1));
    queue.pushEnd(event('a', 2), []);
    expect(await queue.drain(5000)).toBe(true);
    expect(admission.seen).toContain('a1');
    expect(admission.seen).toContain('a2 end ');
  });

  it('gives up one event that can never be written, and no other', async () => {
    const admission = log();
    const append = async (events: readonly CallEvent[]) => {
      if (events.some(({ callId }) => callId === 'bad')) throw new RangeError('too long');
      await admission.append(events);
    };
    const queue = new EventQueue({ ...admission, append }, silentLogger);
    for (const callId of ['a', 'bad', 'b']) queue.push(event(callId, 1));
    expect(await queue.drain(2000)).toBe(true);
    expect(admission.seen).toEqual(['a1', 'b1']);
  });

  it('leaves no timer behind when it is stopped, neither while it gathers nor while it waits to send again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const gathering = new EventQueue(log(), silentLogger);
      gathering.push(event('a', 1));
      expect(vi.getTimerCount()).toBe(1);
      gathering.stop();
      expect(vi.getTimerCount()).toBe(0);

      let fail: (error: Error) => void = () => {};
      const append = () => new Promise<void>((_, reject) => (fail = reject));
      const away = new EventQueue({ append, end: async () => {} }, silentLogger);
      away.push(event('b', 1));
      await vi.advanceTimersByTimeAsync(10);
      // Its trip is under way when it is stopped, and fails after that.
      away.stop();
      fail(new Error('away'));
      await new Promise((resolve) => setImmediate(resolve));
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('tells when too much waits', () => {
    const never = new Promise<void>(() => {});
    const queue = new EventQueue({ append: () => never, end: () => never }, silentLogger, 3);
    for (let seq = 0; seq < 3; seq += 1) queue.push(event('a', seq));
    expect(queue.congested).toBe(true);
    queue.stop();
    expect(queue.congested).toBe(false);
  });
});
