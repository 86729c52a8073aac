import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createCloseLostCalls } from '../../src/app/calls/close-lost-calls.ts';
import type { JournalRegistry } from '../../src/app/ports/journal.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { startLoop } from '../../src/kit/loop.ts';
import { createAgentRegistry } from '../../src/redis/agents.ts';
import { closeRedis, connectRedis } from '../../src/redis/client.ts';
import { keys } from '../../src/redis/keys.ts';
import { createLostCalls } from '../../src/redis/lost-calls.ts';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { NUMBER } from './support/call-world.ts';

const HEARTBEAT_MS = 200;
const DEAD_AFTER_MS = 6 * HEARTBEAT_MS;

let stage: CallStage;
let carrier: Party;
let phone: Party;

async function open(registry?: (real: JournalRegistry) => JournalRegistry): Promise<string> {
  const slowed = registry === undefined ? {} : { registry };
  stage = await openStage({ agents: 1, settings: { heartbeatMs: HEARTBEAT_MS, leaseReportMs: 30_000 }, promiseMs: 60_000, ...slowed });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(carrier, phone);
  return stage.agents[0]?.agent.agentId ?? '';
}
afterEach(() => stage.close());

async function connected() {
  const call = carrier.invite({ to: NUMBER, target: stage.target });
  const arrived = await phone.expectInvite();
  arrived.answer();
  await call.answered();
  await arrived.waitAck();
  return { call, arrived };
}

describe('an agent whose Redis stalls', () => {
  it('gives its signs of life in time however long its journal takes to be delivered', async () => {
    const late = async <T>(answer: Promise<T>): Promise<T> => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      return answer;
    };
    const agentId = await open((real) => ({
      ...real,
      look: () => late(real.look()),
      keepInTouch: (...said) => late(real.keepInTouch(...said)),
      reAssert: (calls) => late(real.reAssert(calls)),
    }));
    const { call, arrived } = await connected();
    const registry = createAgentRegistry(stage.plane.redis, DEAD_AFTER_MS);
    let oldestMs = 0;
    for (const endMs = performance.now() + 3 * DEAD_AFTER_MS; performance.now() < endMs; ) {
      const [agents, [seconds, micros]] = await Promise.all([registry.list(), stage.plane.redis.time()]);
      const seenAt = agents.find(({ id }) => id === agentId)?.seenAt ?? 0;
      oldestMs = Math.max(oldestMs, Number(seconds) * 1000 + Number(micros) / 1000 - seenAt);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(oldestMs).toBeLessThan(DEAD_AFTER_MS);
    await call.bye();
    await arrived.waitBye();
  }, 30_000);

  it('invariant 12: keeps its calls, and all they hold, through one stall after another', async () => {
    const agentId = await open();
    const { call, arrived } = await connected();
    const { redis } = stage.plane;
    const worker = await connectRedis({ url: stage.redis.url, name: 'worker', log: silentLogger, commandTimeoutMs: 500 });
    const nowMs = () => performance.now();
    const agents = createAgentRegistry(worker, DEAD_AFTER_MS);
    const lostCalls = createLostCalls(worker);
    const round = createCloseLostCalls({
      ...{ agents, lostCalls, nowMs, clock: systemClock, log: silentLogger },
      confirmMs: 2 * HEARTBEAT_MS,
    });
    const loop = startLoop({ name: 'lost calls', intervalMs: HEARTBEAT_MS, log: silentLogger, run: async () => (await round()).more });
    for (const stallMs of [700, 1500, 1300]) {
      await redis.client('PAUSE', stallMs, 'ALL');
      await redis.ping();
      // So that the next one begins at another moment of everybody's loops.
      await until(
        () => 'the agent is not heard of',
        async () => (await createAgentRegistry(redis, DEAD_AFTER_MS).list()).some(({ id, alive }) => id === agentId && alive),
      );
    }
    await loop.stop();
    await closeRedis(worker);
    expect((await stage.events()).map(({ type }) => type)).not.toContain('ended');
    expect([await redis.hlen(keys.agentCalls(agentId)), await redis.hlen(keys.use(stage.world.ids.number))]).toEqual([1, 2]);
    await call.bye();
    await arrived.waitBye();
    expect((await stage.call(call.callId)).at(-1)).toMatchObject({ outcome: 'completed', endedBy: 'caller' });
  }, 30_000);

  it('puts all back at once that others let go of while it looked dead: numbers, leases and the notes of its legs', async () => {
    const agentId = await open();
    const { call, arrived } = await connected();
    const { redis } = stage.plane;
    const use = keys.use(stage.world.ids.number);
    const gone = [keys.agentCalls(agentId), keys.agentLegs(agentId), use];
    await until(
      () => 'the legs are not noted',
      async () => (await redis.exists(...gone)) === 3,
    );
    // It has nothing to do with its promise to the fence, which stands.
    await redis.multi().hdel(keys.agents, agentId).del(gone).exec();
    await until(
      () => 'what others let go of is not back',
      async () => (await redis.exists(...gone)) === 3 && (await redis.hlen(use)) === 2,
      5000,
    );
    await call.bye();
    await arrived.waitBye();
    await stage.call(call.callId);
    expect(await redis.exists(keys.agentCalls(agentId))).toBe(0);
  }, 30_000);

  it('gives signs of life on its disk while Redis is away', async () => {
    const agentId = await open();
    const path = join(stage.journals, agentId, 'owner.json');
    await stage.redis.kill();
    await until(
      () => 'the agent does not notice',
      () => stage.agents[0]?.agent.mode === 'degraded',
    );
    utimesSync(path, new Date(), new Date(Date.now() - 59_000));
    await until(
      () => 'nobody touches the journal',
      () => Date.now() - statSync(path).mtimeMs < 30_000,
      5000,
    );
    await stage.redis.restart();
  }, 30_000);
});
