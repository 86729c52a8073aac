import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coolOffRule } from '../../src/compose/cool-off-rule.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { newId } from '../../src/kit/ids.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { encodeCallEvent } from '../../src/redis/call-event-codec.ts';
import { createHolderFence } from '../../src/redis/holder-fence.ts';
import { keys } from '../../src/redis/keys.ts';
import { openVobiz, type VobizWorld } from '../api/vobiz/support/vobiz-world.ts';
import { admittedEvent, freshPlane, type OpenPlane, openPlane } from '../redis/support/plane.ts';
import { DAY_MS } from '../support/api-harness.ts';
import { createTestRedis, type TestRedis } from '../support/services.ts';

describe('the clock', () => {
  let api: VobizWorld;
  beforeAll(async () => {
    api = await openVobiz();
  });
  afterAll(() => api.close());

  /** After so many ms since the last call, in a world of these cool-off days. */
  const unassignAfter = async (world: VobizWorld, ms: number) => {
    const { parent, child } = await world.newFamily();
    const number = await world.newAssigned(parent, child);
    await world.called(number.id, world.clock.now());
    world.clock.advance(ms);
    return world.as(parent, 'DELETE', `${number.path}/assign-subaccount`);
  };

  it.each([
    [15 * DAY_MS - 1000, 409, 1],
    [15 * DAY_MS - 1, 409, 1],
    [15 * DAY_MS, 204, undefined],
    [15 * DAY_MS + 1, 204, undefined],
    [0, 409, 1_296_000],
    [DAY_MS, 409, 1_209_600],
  ])('%i ms after the last call → %i', async (ms, status, remaining) => {
    // Time goes on between the two readings of the clock, so the exact moments are made on a clock that stands still.
    const held = holdStill(api);
    try {
      const answer = await unassignAfter(api, ms);
      expect([answer.status, answer.body?.cool_off_remaining_seconds]).toEqual([status, remaining]);
    } finally {
      held();
    }
  });

  it('follows COOL_OFF_DAYS, fractions included', async () => {
    const world = await openVobiz({ coolOffDays: 0.5 });
    try {
      expect((await unassignAfter(world, DAY_MS / 2 - 1000)).status).toBe(409);
      expect((await unassignAfter(world, DAY_MS / 2)).status).toBe(204);
    } finally {
      await world.close();
    }
  });

  it('takes the most specific override of type and country', () => {
    const { rules } = loadConfig({}, tmpdir());
    const rule = coolOffRule({
      ...rules,
      coolOffOverrides: [
        { type: 'mobile', days: 3 },
        { country: 'IN', days: 5 },
        { type: 'mobile', country: 'IN', days: 7 },
      ],
    });
    const days = (type: string, country: string) => rule({ type, country }) / DAY_MS;
    expect([days('mobile', 'IN'), days('mobile', 'GB'), days('local', 'IN'), days('local', 'GB')]).toEqual([7, 3, 5, 15]);
  });
});

/** Stops the harness's clock where it is; `advance` still moves it. */
function holdStill(world: VobizWorld): () => void {
  const { clock } = world;
  const now = clock.now;
  let at = clock.now();
  const advance = clock.advance;
  Object.assign(clock, { now: () => at, advance: (ms: number) => (at += ms) });
  return () => Object.assign(clock, { now, advance });
}

describe('an emptied Redis', () => {
  let server: TestRedis;
  let one: OpenPlane;
  beforeAll(async () => {
    server = await createTestRedis();
    one = await openPlane(server.url);
  });
  afterAll(async () => {
    await one.close();
    await server.close();
  });
  const freeze = (settleMs: number) => createHolderFence({ redis: one.redis, log: silentLogger, settleMs }).freeze([newId()], 'token');

  it('tells no last call before its delay has passed, and says how long that takes', async () => {
    await freshPlane(one);
    const frozen = await freeze(60_000);
    expect(frozen).toMatchObject({ status: 'unknown' });
    expect(frozen.status === 'unknown' && frozen.retryAfterMs).toBeGreaterThan(50_000);
    expect(await one.redis.keys('*freeze*')).toEqual([]);
    // Marked again, it is no more settled than before.
    await one.plane.markPlane(1);
    expect((await freeze(60_000)).status).toBe('unknown');
  });

  it('tells none either while call events from before wait for Postgres', async () => {
    await freshPlane(one);
    const id = await one.redis.xadd(keys.callLog, '*', 'e', encodeCallEvent(admittedEvent()));
    const [seconds] = await one.redis.time();
    // As if it had been marked a minute ago with a delay that ended after the event.
    await one.redis.set(keys.planeUnsettled, (Number(seconds) - 60) * 1000);
    expect((await freeze(61_000)).status).toBe('unknown');
    await one.redis.set(keys.planeUnsettled, Number(String(id).split('-')[0]) - 1000);
    expect(await freeze(1000)).toMatchObject({ status: 'unknown', retryAfterMs: 1000 });
    await one.redis.xdel(keys.callLog, String(id));
    expect((await freeze(1000)).status).toBe('frozen');
    expect(await one.redis.exists(keys.planeUnsettled)).toBe(0);
  });

  it('is trusted at once when no plane was ever marked before, and on a mark that finds all as it was', async () => {
    await one.redis.flushdb();
    await one.plane.markPlane(1, { first: true });
    expect((await freeze(60_000)).status).toBe('frozen');
    await one.plane.markPlane(1);
    expect((await freeze(60_000)).status).toBe('frozen');
  });

  it('is not trusted when it came back as another server that keeps no log of its writes', async () => {
    await one.redis.flushdb();
    await one.plane.markPlane(1, { first: true });
    const marker = (await one.redis.get(keys.plane)) ?? '';
    await one.redis.set(keys.plane, marker.replace(/\.[0-9a-f]+\./, '.0123456789abcdef.'));
    expect(await freeze(60_000)).toMatchObject({ status: 'unknown', retryAfterMs: 1000 });
    await one.plane.markPlane(1);
    const logged = (await one.redis.info('persistence')).includes('aof_enabled:1');
    expect((await freeze(60_000)).status).toBe(logged ? 'frozen' : 'unknown');
  });

  it('that does not answer is unknown, and a damaged time is no "never"', async () => {
    await one.redis.flushdb();
    await one.plane.markPlane(1, { first: true });
    const numberId = newId();
    await one.redis.hset(keys.use(numberId), 'l', 'soon');
    const fence = createHolderFence({ redis: one.redis, log: silentLogger, settleMs: 0 });
    expect((await fence.freeze([numberId], 'token')).status).toBe('unknown');
    const gone = await openPlane(server.url);
    gone.redis.disconnect();
    const away = createHolderFence({ redis: gone.redis, log: silentLogger, settleMs: 0 });
    expect((await away.freeze([numberId], 'token')).status).toBe('unknown');
    await away.release([numberId], 'token');
  });
});
