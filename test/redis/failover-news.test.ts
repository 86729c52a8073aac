import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLogger as log } from '../../src/kit/log.ts';
import { closeRedis, connectRedis } from '../../src/redis/client.ts';
import { until } from '../support/daemon.ts';
import { startTestRedis, type TestRedisServer } from '../support/services.ts';
import { type FakeSentinel, startFakeSentinel } from './support/fake-sentinel.ts';

const WAIT_MS = 20_000;

let server: TestRedisServer;
let sentinel: FakeSentinel;
let admin: Redis;

beforeAll(async () => {
  server = await startTestRedis();
  sentinel = await startFakeSentinel(server.port);
  admin = new Redis(server.url);
});

afterAll(async () => {
  admin?.disconnect();
  await sentinel?.close();
  await server?.close();
});

it('news of a failover that comes while the new primary is asked for does not end a connection for good', async () => {
  const url = `redis+sentinel://:${new URL(server.url).password}@127.0.0.1:${sentinel.port}/plane`;
  const redis = await connectRedis({ url, name: 'failover-news', log, connectTimeoutMs: WAIT_MS });
  try {
    expect(await until(() => sentinel.listening > 0, WAIT_MS)).toBe(true);
    sentinel.hold();
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    expect(await until(() => sentinel.waiting > 0, WAIT_MS)).toBe(true);
    sentinel.announce();
    // Who listened for the connection that broke has heard of it, or was ended before.
    expect(await until(() => sentinel.listening === 0, WAIT_MS)).toBe(true);
    sentinel.answer();
    const answers = () => redis.ping().catch(() => false as const);
    expect(await until(answers, WAIT_MS), redis.status).toBe('PONG');
    expect(await until(() => sentinel.listening > 0, WAIT_MS), 'it listens again').toBe(true);
  } finally {
    await closeRedis(redis);
  }
});
