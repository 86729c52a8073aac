import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCloseLostCalls, lost } from '../../src/app/calls/close-lost-calls.ts';
import { LEASE_SCOPE_KINDS, type LeaseScope } from '../../src/domain/lease.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { newId } from '../../src/kit/ids.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { createAgentRegistry } from '../../src/redis/agents.ts';
import { decodeCallEvent } from '../../src/redis/call-event-codec.ts';
import { keys } from '../../src/redis/keys.ts';
import { createLiveCalls } from '../../src/redis/live-calls.ts';
import { createLostCalls } from '../../src/redis/lost-calls.ts';
import { reAssertCalls } from '../../src/redis/re-assert.ts';
import { createTestRedis, type TestRedis } from '../support/services.ts';
import { freshPlane, type OpenPlane, openPlane } from './support/plane.ts';

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
beforeEach(() => freshPlane(one));

const AT = 1_700_000_000_000;
const DEAD_AFTER_MS = 60;
/** However slow the machine is. */
const PATIENT_MS = 60_000;
const agents = (deadAfterMs = DEAD_AFTER_MS) => createAgentRegistry(one.redis, deadAfterMs);
const beat = (deadAfterMs?: number) => agents(deadAfterMs).heartbeat('dead', { epoch: 1, mode: 'normal' });
const listed = async () => (await agents().list()).find(({ id }) => id === 'dead');
const callsOf = () => createLiveCalls(one.redis).liveCallsOf('dead', 20_000);
const leases: LeaseScope[] = LEASE_SCOPE_KINDS.map((kind) => ({ kind, id: newId() }));
const numberId = leases.find(({ kind }) => kind === 'number')?.id ?? '';

async function holdCalls(count: number): Promise<string[]> {
  const callIds = Array.from({ length: count }, newId);
  const calls = callIds.map((callId) => ({ callId, agentId: 'dead', since: AT, numberIds: [numberId], leases }));
  for (let at = 0; at < count; at += 500) await reAssertCalls(one.redis, calls.slice(at, at + 500));
  return callIds;
}
const endOf = (callId: string) => lost(callId, 'dead', AT + 1000);
const close = (judged: string | null, goesOn = () => true) => createLostCalls(one.redis).closeListed('dead', judged, endOf, goesOn);
const ends = async () => (await one.redis.xrange(keys.callLog, '-', '+')).map(([, fields]) => decodeCallEvent(fields[1]).callId);

describe('calls of an agent that was taken for dead', () => {
  it('are closed with all they hold, each once, and the agent is unlisted when none is left', async () => {
    const callIds = await holdCalls(230);
    await beat();
    const { sign = '' } = (await listed()) ?? {};
    // A walk over a hash that shrinks may come by again.
    const first = await close(sign, () => false);
    expect([first.closed.length, first.left]).toEqual([100, 'some']);
    const rest = await close(sign);
    expect(rest.left).toBe('none');
    expect([...first.closed, ...rest.closed].sort()).toEqual(callIds.sort());
    expect((await ends()).sort()).toEqual(callIds);
    for (const scope of leases) expect(await one.redis.exists(keys.lease(scope))).toBe(0);
    expect(await one.redis.hgetall(keys.use(numberId))).toEqual({ l: String(AT + 1000) });
    await agents().leave('dead', sign);
    expect(await listed()).toBeUndefined();
  });

  it('invariant 12: go on from the moment it gives a sign of life, and it stays listed', async () => {
    await holdCalls(230);
    await beat();
    const { sign = '' } = (await listed()) ?? {};
    await close(sign, () => false);
    await beat();
    expect(await close(sign)).toEqual({ closed: [], left: 'changed' });
    await agents().leave('dead', sign);
    expect((await listed())?.sign).not.toBe(sign);
    expect((await listed())?.id).toBe('dead');
    expect(await callsOf()).toHaveLength(130);
    // Nor does one that judged it while nobody listed it.
    expect((await close(null)).left).toBe('changed');
    expect(await createLostCalls(one.redis).closeUnlisted('dead', null, [{ callId: newId(), numberIds: [] }], endOf)).toBe('changed');
    expect(await ends()).toHaveLength(100);
  });

  it('tell it by the next sign of life, whoever heard the one before, that it was missed', async () => {
    const run = await beat(PATIENT_MS);
    expect(await beat(PATIENT_MS)).toBe(run);
    await agents().leave('dead');
    const next = await beat(PATIENT_MS);
    expect(next).not.toBe(run);
    // That answer was lost: the next one says the same.
    expect(await beat(PATIENT_MS)).toBe(next);
    const entry = String(await one.redis.hget(keys.agents, 'dead'));
    await one.redis.hset(
      keys.agents,
      'dead',
      entry.replace(/^\d+/, (at) => String(Number(at) - PATIENT_MS)),
    );
    expect(await beat(PATIENT_MS)).not.toBe(next);
    await one.redis.flushdb();
    expect(await beat(PATIENT_MS)).not.toBe(next);
  });

  it('hold other leases than was read: they are read again', async () => {
    const [callId = ''] = await holdCalls(1);
    const [scope] = leases as [LeaseScope];
    const read = one.redis.hscan.bind(one.redis);
    let moved = false;
    const late = new Proxy(one.redis, {
      get(redis, name) {
        const value = Reflect.get(redis, name) as unknown;
        if (name !== 'hscan') return typeof value === 'function' ? value.bind(redis) : value;
        return async (...args: Parameters<typeof read>) => {
          const page = await read(...args);
          if (!moved) await one.redis.hset(keys.agentCalls('dead'), callId, JSON.stringify({ n: [], l: [`g${scope.id}`] }));
          moved = true;
          return page;
        };
      },
    });
    const closing = () => createLostCalls(late).closeListed('dead', null, endOf, () => true);
    expect(await closing()).toEqual({ closed: [], left: 'some' });
    expect(await closing()).toEqual({ closed: [callId], left: 'none' });
  });

  it('invariant 12: are closed by the thousand as fast as Redis takes them', async () => {
    await holdCalls(3000);
    await beat();
    const confirmMs = 800;
    const nowMs = () => performance.now();
    const deps = { agents: agents(), lostCalls: createLostCalls(one.redis), clock: systemClock, log: silentLogger, confirmMs, nowMs };
    const round = createCloseLostCalls(deps);
    const startedAt = performance.now();
    let closed = 0;
    while (closed < 3000 && performance.now() - startedAt < 20_000) {
      const done = await round();
      closed += done.closed;
      if (!done.more) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(closed).toBe(3000);
    await round();
    expect([await listed(), await callsOf()]).toEqual([undefined, []]);
  });
});
