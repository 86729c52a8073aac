import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { SipBanStore } from '../../src/app/ports/sip-bans.ts';
import { keys } from '../../src/redis/keys.ts';
import { createSipBans } from '../../src/redis/sip-bans.ts';
import { createTestRedis, type TestRedis } from '../support/services.ts';
import { type OpenPlane, openPlane } from './support/plane.ts';

let server: TestRedis;
let plane: OpenPlane;
let store: SipBanStore;
beforeAll(async () => {
  server = await createTestRedis();
  plane = await openPlane(server.url);
  store = createSipBans(plane.redis);
});
afterAll(async () => {
  await plane.close();
  await server.close();
});
beforeEach(() => plane.redis.flushdb());

const RULE = { failuresMax: 1, windowMs: 60_000, banMs: 60_000 };

it('as many bans as are kept can be listed, and one more takes the place of the one that ends first', async () => {
  const address = (n: number) => `10.0.${n >> 8}.${n & 255}`;
  const ends = Date.now() + 3_600_000;
  const held = Array.from({ length: 10_000 }, (_, n) => [address(n), `1 ${ends + n} 20`] as const);
  await plane.redis.hset(keys.sipBans, Object.fromEntries(held));
  expect(await store.list()).toHaveLength(10_000);
  expect(await store.fail('192.0.2.1', { ...RULE, banMs: 7_200_000 })).toBe('banned');
  const listed = new Set((await store.list()).map((ban) => ban.address));
  expect([listed.size, listed.has('192.0.2.1'), listed.has(address(0)), listed.has(address(1))]).toEqual([10_000, true, false, true]);
});

it('an address somebody logged in at is not banned for others’ failures until that is long ago', async () => {
  await store.trust('192.0.2.7', 400);
  expect(await store.fail('192.0.2.7', RULE)).toBe('counted');
  expect(await store.fail('192.0.2.8', RULE)).toBe('banned');
  await vi.waitFor(async () => expect(await store.fail('192.0.2.7', RULE)).toBe('banned'), { timeout: 5000, interval: 10 });
});
