import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createEndLostLegs } from '../../../src/app/calls/end-lost-legs.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { createAgentRegistry } from '../../../src/redis/agents.ts';
import { createLegStore } from '../../../src/redis/call-legs.ts';
import { keys } from '../../../src/redis/keys.ts';
import { type OpenPlane, openPlane } from '../../redis/support/plane.ts';
import { createTestRedis, type TestRedis } from '../../support/services.ts';

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

const CALLS = 220;
const DEAD_AFTER_MS = 200;
const CONFIRM_MS = 500;
let hungUp: string[] = [];

beforeEach(async () => {
  await one.redis.flushdb();
  hungUp = [];
  const legs = Array.from({ length: CALLS }, (_, n) => [`call-${n}`, { server: 's', dialogs: [`${n}a`, `${n}b`] }] as const);
  await createLegStore(one.redis).write('silent', new Map(legs), []);
});

const agents = () => createAgentRegistry(one.redis, DEAD_AFTER_MS);
const beat = () => agents().heartbeat('silent', { epoch: 1, mode: 'normal' });
const noted = () => one.redis.hlen(keys.agentLegs('silent'));

/** Looks until somebody's legs are ended; `onHangUp` comes before each answer. */
async function endLegs(answer: 'ended' | 'unknown', onHangUp: (dialogs: number) => Promise<unknown>): Promise<void> {
  const round = createEndLostLegs({
    agentId: 'me',
    registry: agents(),
    legs: createLegStore(one.redis),
    hangUp: async (_, dialog) => {
      hungUp.push(dialog);
      await onHangUp(hungUp.length);
      return answer;
    },
    confirmMs: CONFIRM_MS,
    nowMs: () => performance.now(),
    log: silentLogger,
  });
  await beat();
  for (const deadline = performance.now() + 10_000; hungUp.length === 0 && performance.now() < deadline; ) {
    await round();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

it.each(['ended', 'unknown'] as const)('calls of an agent that is back while they are ended (%s) go on', async (answer) => {
  await endLegs(answer, (dialogs) => (dialogs === 3 ? beat() : Promise.resolve()));
  // No more than the slice under way.
  expect(hungUp.length).toBe(100);
  // What was not ended keeps its note; what was loses it, by which the agent finds out.
  expect(await noted()).toBe(answer === 'unknown' ? CALLS : CALLS - 50);
  expect(await one.redis.smembers(keys.agentsWithLegs)).toEqual(['silent']);
});

it('the claim on a dead agent is renewed as long as its calls are ended', async () => {
  const claim = keys.agentLegsClaim('silent');
  let leftMs = 0;
  await endLegs('ended', async (dialogs) => {
    if (dialogs === 1) await one.redis.pexpire(claim, 900);
    if (dialogs === 2 * CALLS) leftMs = await one.redis.pttl(claim);
  });
  expect(hungUp).toHaveLength(2 * CALLS);
  expect(leftMs).toBeGreaterThan(5000);
  expect(await one.redis.exists(keys.agentLegs('silent'), keys.agentsWithLegs)).toBe(0);
});

it('the claim on a dead agent is one agent’s', async () => {
  const legs = createLegStore(one.redis);
  expect(await legs.claim('silent', 'me', 10_000)).toBe(true);
  expect(await legs.claim('silent', 'other', 10_000)).toBe(false);
  expect(await legs.claim('silent', 'me', 10_000)).toBe(true);
});
