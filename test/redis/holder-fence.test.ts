import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JournalRegistry } from '../../src/app/ports/journal.ts';
import { newId } from '../../src/kit/ids.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { createJournalRegistry, createJournalRoster } from '../../src/redis/agent-journals.ts';
import { createHolderFence } from '../../src/redis/holder-fence.ts';
import { keys } from '../../src/redis/keys.ts';
import { createTestRedis, type TestRedis } from '../support/services.ts';
import { type OpenPlane, openPlane } from './support/plane.ts';
import { until } from './support/until.ts';

const PROMISE_MS = 400;
let server: TestRedis;
let one: OpenPlane;
let registry: JournalRegistry;
beforeAll(async () => {
  server = await createTestRedis();
  one = await openPlane(server.url);
  registry = createJournalRegistry(one.redis, PROMISE_MS);
});
afterAll(async () => {
  await one.close();
  await server.close();
});
beforeEach(async () => {
  await one.redis.flushdb();
  await one.plane.markPlane(1, { first: true });
});

const freeze = async (aloneMsMax = 60_000) => {
  const fence = createHolderFence({ redis: one.redis, log: silentLogger, settleMs: 60_000, promiseMs: PROMISE_MS, aloneMsMax });
  return (await fence.freeze([newId()], 'token')).status;
};
const marker = async () => (await registry.look()).marker ?? '';
const beat = async (agentId = 'agent-1') => {
  const { at, marker: here } = await registry.look();
  return registry.keepInTouch(agentId, at, here ?? '');
};

describe('the fence and agents', () => {
  it('invariant 4: is closed from the moment an agent’s promise ran out until it is back, or must be given up', async () => {
    await beat();
    expect(await freeze()).toBe('frozen');
    await until('the promise runs out', async () => (await freeze()) === 'unknown');
    await beat();
    expect(await freeze()).toBe('frozen');
    await until('the promise runs out', async () => (await freeze(200)) === 'unknown');
    await until('it is given up', async () => (await freeze(200)) === 'frozen');
    expect(await freeze()).toBe('unknown');
  });

  it('invariant 4: a sign of life that lay in a broken connection opens nothing', async () => {
    const { at, marker: here } = await registry.look();
    await until('time passes', async () => (await registry.look()).at > at + PROMISE_MS);
    expect(await registry.keepInTouch('agent-1', at, here ?? '')).toBe(true);
    expect(await freeze()).toBe('unknown');
  });

  it('invariant 4: is closed under a new marker until each agent has replayed for it', async () => {
    await Promise.all([beat('agent-1'), beat('agent-2')]);
    const before = await marker();
    await one.plane.markPlane(1);
    await one.redis.del(keys.planeUnsettled);
    expect(await registry.keepInTouch('agent-1', (await registry.look()).at, before)).toBe(false);
    await beat('agent-1');
    expect(await freeze()).toBe('unknown');
    await beat('agent-2');
    expect(await freeze()).toBe('frozen');
  });

  it('invariant 4: an emptied Redis is told of the agents of before and waits for the replay of each', async () => {
    const roster = createJournalRoster(one.redis);
    const { at } = await registry.look();
    await one.redis.flushdb();
    await one.plane.markPlane(1);
    await beat('agent-1');
    // Nobody has said yet that there were no others.
    expect(await freeze()).toBe('unknown');
    expect((await roster.read()).known).toBe(false);
    await roster.restore(await marker(), [
      { agentId: 'agent-1', state: 'live', at },
      { agentId: 'agent-2', state: 'live', at },
    ]);
    expect((await roster.read()).known).toBe(true);
    await until('the living had time to appear', async () => {
      await beat('agent-1');
      return (await registry.look()).at > at + 3 * PROMISE_MS;
    });
    expect(await freeze()).toBe('unknown');
    // Whoever adopted the journal of agent-2 says so.
    expect(await registry.ended('agent-2', await marker(), false)).toBe(true);
    await beat('agent-1');
    expect(await freeze()).toBe('frozen');
  });

  it('an agent that ended with everything delivered closes nothing, unless Redis is lost', async () => {
    expect(await registry.ended('agent-1', await marker(), false)).toBe(true);
    const { at } = await registry.look();
    await until('time passes', async () => (await registry.look()).at > at + PROMISE_MS);
    expect(await freeze()).toBe('frozen');
    await one.plane.markPlane(1);
    expect(await freeze()).toBe('unknown');
    expect(await registry.ended('agent-1', await marker(), true)).toBe(true);
    await one.plane.markPlane(1);
    await one.redis.del(keys.planeUnsettled);
    expect(await freeze()).toBe('frozen');
  });

  it('invariant 4: a clock set back, and an entry nobody can read, close it', async () => {
    const { at, marker: here } = await registry.look();
    await registry.keepInTouch('agent-1', at + 5000, here ?? '');
    expect(await freeze()).toBe('unknown');
    await beat('agent-1');
    expect(await freeze()).toBe('frozen');
    await one.redis.hset(keys.agentJournals, 'agent-1', 'what?');
    expect(await freeze()).toBe('unknown');
  });
});
