import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, startFleet } from '../support/fleet.ts';
import { rollingRestart } from '../support/rolling-restart.ts';
import { createTestDatabase, startTestRedis, type TestDatabase, type TestRedisServer } from '../support/services.ts';
import { sippAvailable } from '../support/sipp.ts';

if (!sippAvailable()) console.warn('sipp is not installed (Debian: sip-tester): the rolling restart under load is left out');

/** Calls/s: what is held does not depend on it, and a slow machine has room; `npm run rolling` does it at 50. */
const RATE = Number(process.env.ROLLING_RATE ?? 10);

/** Decision C19. Without sipp it cannot run; CI installs it. */
describe.runIf(sippAvailable())('two of each role and two SIP servers', () => {
  let database: TestDatabase;
  let redis: TestRedisServer;
  let fleet: Fleet;

  beforeAll(async () => {
    [database, redis] = await Promise.all([createTestDatabase('rolling'), startTestRedis()]);
    fleet = await startFleet({ databaseUrl: database.url, redisUrl: redis.url, engines: 2, api: 2, agent: 2, worker: 2 });
  }, 120_000);

  afterAll(async () => {
    await fleet?.stop();
    await redis?.close();
    await database?.close();
  }, 60_000);

  it(`restarting all six under ${RATE} calls/s fails no call and no request, and every call has its record`, async () => {
    const figures = await rollingRestart(fleet, { rate: RATE, holdMs: 1000, restMs: 1500 });
    expect(figures).toMatchObject({ failed: 0, failedAtCallee: 0, errors: [] });
    expect(figures.requests.failed).toEqual([]);
    expect(figures.successful).toBe(figures.calls);
    expect(figures.records).toEqual({ completed: figures.calls, other: 0 });
    expect(figures.restarts.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
  }, 240_000);
});
