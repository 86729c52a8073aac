import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MovableClock, movableClock } from '../../src/kit/clock.ts';
import { Lifecycle } from '../../src/kit/lifecycle.ts';
import { silentLogger as log } from '../../src/kit/log.ts';
import { closeRedis, connectRedis } from '../../src/redis/client.ts';
import { keys } from '../../src/redis/keys.ts';
import { joinTestClock, type SharedTestClock } from '../../src/redis/test-clock.ts';
import { until } from '../support/daemon.ts';
import { createTestRedis } from '../support/services.ts';

const HOUR_MS = 3_600_000;
let lifecycle: Lifecycle;
let url: string;

beforeEach(async () => {
  lifecycle = new Lifecycle();
  const server = await createTestRedis();
  lifecycle.add({ name: 'server', stop: () => server.close() });
  url = server.url;
});

afterEach(() => lifecycle.stop());

async function open(name: string): Promise<Redis> {
  const redis = await connectRedis({ url, name, log });
  lifecycle.add({ name, stop: () => closeRedis(redis) });
  return redis;
}

/** What one process has of the clock. */
async function join(): Promise<{ clock: MovableClock; shared: SharedTestClock; redis: Redis }> {
  const clock = movableClock();
  const redis = await open('clock');
  const shared = await joinTestClock({ redis, subscriber: await open('clock-subscriber'), clock, log });
  lifecycle.add({ name: 'clock', stop: () => shared.stop() });
  return { clock, shared, redis };
}

describe('the clock of CLOCK=test', () => {
  it('is moved for all at once, those that join later included', async () => {
    const [first, second] = [await join(), await join()];
    expect(await first.shared.advance(HOUR_MS)).toBe(HOUR_MS);
    expect([first.clock.offsetMs, second.clock.offsetMs]).toEqual([HOUR_MS, HOUR_MS]);
    expect((await join()).clock.offsetMs).toBe(HOUR_MS);
  });

  it('goes back for nobody when Redis is emptied, not even for a process that starts at that moment', async () => {
    const first = await join();
    await first.shared.advance(HOUR_MS);
    await first.redis.flushdb();
    expect((await join()).clock.offsetMs).toBe(HOUR_MS);
    await first.redis.flushdb();
    expect(await first.shared.advance(1000)).toBe(HOUR_MS + 1000);
  });

  it('is followed by whoever did not hear of a move', async () => {
    const [first, second] = [await join(), await join()];
    await first.redis.set(keys.testClock, HOUR_MS);
    expect(await until(() => second.clock.offsetMs === HOUR_MS, 5000)).toBe(true);
  });
});
