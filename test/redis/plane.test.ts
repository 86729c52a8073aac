import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lost } from '../../src/app/calls/close-lost-calls.ts';
import { newId } from '../../src/kit/ids.ts';
import { bounded } from '../../src/kit/lifecycle.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { createAgentRegistry } from '../../src/redis/agents.ts';
import { closeRedis, connectRedis, parseSentinelUrl } from '../../src/redis/client.ts';
import { keys } from '../../src/redis/keys.ts';
import { createLiveCalls, useOf } from '../../src/redis/live-calls.ts';
import { createRecordWriter } from '../../src/redis/record-writer.ts';
import { startTestRedis, type TestRedisServer } from '../support/services.ts';
import { readUses } from './support/last-calls.ts';
import { admissionRequest, admittedEvent, numberRecord, type OpenPlane, openPlane, refOfNumber } from './support/plane.ts';
import { until } from './support/until.ts';

let server: TestRedisServer;
let one: OpenPlane;

beforeEach(async () => {
  server = await startTestRedis();
  one = await openPlane(server.url);
});
afterEach(async () => {
  await one.close();
  await server.close();
});

describe('the plane', () => {
  it('is missing on a new Redis, ready when marked, missing after a flush and after a restart without its data', async () => {
    expect(await one.plane.readPlane()).toEqual({ status: 'missing' });
    expect(await one.plane.markPlane(3)).toBe('marked');
    expect(await one.plane.readPlane()).toEqual({ status: 'ready', epoch: 3 });
    await one.redis.flushall();
    expect(await one.plane.readPlane()).toEqual({ status: 'missing' });
    await one.plane.markPlane(3);
    await server.restart();
    await until('connected again', () => one.redis.status === 'ready');
    expect(await one.plane.readPlane()).toEqual({ status: 'missing' });
  });

  it('is moved when the same marker is found on another server', async () => {
    await one.plane.markPlane(3);
    const marker = String(await one.redis.get(keys.plane));
    await server.restart();
    await until('connected again', () => one.redis.status === 'ready');
    await one.redis.set(keys.plane, marker);
    expect(await one.plane.readPlane()).toEqual({ status: 'moved', epoch: 3 });
    expect(await one.plane.markPlane(3)).toBe('marked');
    expect(await one.plane.readPlane()).toEqual({ status: 'ready', epoch: 3 });
  });

  it('never goes back to an older epoch, however late somebody marks it', async () => {
    await one.plane.markPlane(5);
    expect(await one.plane.markPlane(4)).toBe('superseded');
    expect(await one.plane.readPlane()).toEqual({ status: 'ready', epoch: 5 });
    await one.plane.unmarkPlane();
    expect(await one.plane.readPlane()).toEqual({ status: 'missing' });
  });

  it('with a marker that is none is missing', async () => {
    await one.redis.set(keys.plane, 'nonsense');
    expect(await one.plane.readPlane()).toEqual({ status: 'missing' });
    await expect(one.reader.read([])).rejects.toMatchObject({ name: 'PlaneUnavailable', reason: 'unreadable' });
    await expect(one.admission.admit(admissionRequest([]))).rejects.toMatchObject({ name: 'PlaneUnavailable' });
    expect(await one.plane.markPlane(1)).toBe('marked');
  });

  it('is refused on a server that may evict, and warns of one that keeps nothing', async () => {
    expect(await one.plane.checkPolicy()).toEqual({ refuse: [], warn: [expect.stringContaining('append-only')] });
    await one.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await one.redis.config('SET', 'appendonly', 'yes');
    expect(await one.plane.checkPolicy()).toEqual({ refuse: [expect.stringContaining('allkeys-lru')], warn: [] });
  });
});

describe('writing with replicas', () => {
  it('counts as applied only what enough replicas have', async () => {
    const record = numberRecord();
    const writer = createRecordWriter({ redis: one.redis, replicasMin: 1 });
    await expect(writer.apply(1, [{ ref: refOfNumber(record), version: 1, record }])).rejects.toThrow('0 of 1 replicas');
    const replica = await startTestRedis();
    const admin = await openPlane(replica.url);
    await admin.redis.config('SET', 'masterauth', new URL(server.url).password);
    await one.redis.config('SET', 'repl-diskless-sync-delay', '0');
    await admin.redis.replicaof('127.0.0.1', server.port);
    await until('the replica follows', async () => (await one.redis.info('replication')).includes('state=online'), 15_000);
    // Until it has read what was there it acknowledges nothing, and a busy machine takes longer than a change waits.
    await one.redis.set('test:replicated', '1');
    await until('the replica acknowledges', async () => (await one.redis.wait(1, 700)) === 1, 15_000);
    expect(await writer.apply(1, [{ ref: refOfNumber(record), version: 2, record }])).toEqual(['applied']);
    expect(await admin.redis.get(keys.record(refOfNumber(record)))).toMatch(/^1\.2\./);
    await admin.close();
    await replica.close();
  });
});

describe('the registry of agents', () => {
  it('lists agents by real time, dead ones until they leave', async () => {
    const agents = createAgentRegistry(one.redis, 300);
    await agents.heartbeat('agent-1', { epoch: 4, mode: 'normal' });
    await agents.heartbeat('agent-2', { epoch: 4, mode: 'draining' });
    expect((await agents.list()).map(({ id, alive, epoch, mode }) => ({ id, alive, epoch, mode }))).toEqual([
      { id: 'agent-1', alive: true, epoch: 4, mode: 'normal' },
      { id: 'agent-2', alive: true, epoch: 4, mode: 'draining' },
    ]);
    await until('agent-1 is dead', async () => {
      await agents.heartbeat('agent-2', { epoch: 5, mode: 'degraded' });
      return (await agents.list()).some(({ id, alive }) => id === 'agent-1' && !alive);
    });
    expect((await agents.list()).find(({ id }) => id === 'agent-2')).toMatchObject({ alive: true, epoch: 5, mode: 'degraded' });
    await agents.leave('agent-1');
    expect((await agents.list()).map(({ id }) => id)).toEqual(['agent-2']);
  });

  it('lists what it cannot read as dead, and survives it', async () => {
    await one.redis.hset(keys.agents, { a: 'x', b: '1.2.3.4', c: '', d: '99.1.evil' });
    for (const agent of await createAgentRegistry(one.redis).list()) expect(agent).toMatchObject({ alive: false, mode: 'unknown' });
  });
});

describe('last calls', () => {
  it('are unknown, not never, where they are damaged', () => {
    expect(useOf([null, 0])).toEqual({ lastCallAt: null, liveCalls: 0 });
    expect(useOf(['5', 3])).toEqual({ lastCallAt: 5, liveCalls: 2 });
    for (const last of ['yesterday', '-1', '', '8640000000000001', 5]) expect(() => useOf([last, 1])).toThrow('last call');
  });

  it('of a dead agent: its calls are found, and closing them frees their numbers', async () => {
    await one.plane.markPlane(1);
    const liveCalls = createLiveCalls(one.redis);
    const [first, second] = [newId(), newId()];
    const events = Array.from({ length: 600 }, () => admittedEvent({ agentId: 'dead' }));
    await one.reader.read([]);
    for (const event of events) await one.admission.admit(admissionRequest([], [first, second], { event }));
    expect((await readUses(one.redis, [first])).get(first)?.liveCalls).toBe(600);
    let closed = 0;
    for (let some = await liveCalls.liveCallsOf('dead', 100); some.length > 0; some = await liveCalls.liveCallsOf('dead', 100)) {
      expect(some.length).toBeLessThanOrEqual(100);
      for (const call of some) {
        expect(call.numberIds).toEqual([first, second]);
        const { callId } = call;
        const ended = { type: 'ended', callId, seq: 9, agentId: 'dead', at: 1_700_000_001_000, sipStatus: null } as const;
        await one.admission.end({ ...ended, outcome: 'agent_lost', code: 'agent_lost', endedBy: 'platform' }, call.numberIds);
        closed += 1;
      }
    }
    expect(closed).toBe(600);
    expect(await readUses(one.redis, [first, second])).toEqual(
      new Map([
        [first, { lastCallAt: 1_700_000_001_000, liveCalls: 0 }],
        [second, { lastCallAt: 1_700_000_001_000, liveCalls: 0 }],
      ]),
    );
  });

  it('of an agent whose list was damaged can still be closed', async () => {
    await one.redis.hset(keys.agentCalls('dead'), { x: '{', y: '[1]', z: '["ok"]' });
    const found = await createLiveCalls(one.redis).liveCallsOf('dead');
    expect(found).toEqual([
      { callId: 'x', numberIds: [], leases: [] },
      { callId: 'y', numberIds: [], leases: [] },
      { callId: 'z', numberIds: ['ok'], leases: [] },
    ]);
    for (const { callId, numberIds } of found) await one.admission.end(lost(callId, 'dead', 1_700_000_001_000), numberIds);
    expect(await one.redis.exists(keys.agentCalls('dead'))).toBe(0);
  });
});

describe('the connection', () => {
  it('fails commands at once while Redis is away, carries out none of them later, and comes back by itself', async () => {
    const counter = 'test:counter';
    expect(await one.redis.incr(counter)).toBe(1);
    await server.kill();
    await until('the loss is noticed', () => one.redis.status !== 'ready');
    const startedAt = performance.now();
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => one.redis.incr(counter)));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    // At once, not at its deadline of a command each: 100 of those would be a minute.
    expect(performance.now() - startedAt).toBeLessThan(5000);
    await server.restart();
    await until('connected again', () => one.redis.status === 'ready');
    expect(await one.redis.get(counter)).toBeNull();
  });

  it('gives a command up that Redis does not answer in time', async () => {
    const slow = await connectRedis({ url: server.url, name: 'slow', log: silentLogger, commandTimeoutMs: 50 });
    await one.redis.client('PAUSE', 400, 'ALL');
    await expect(slow.ping()).rejects.toThrow(/timed out/i);
    await closeRedis(slow);
  });

  it('takes an answer that came while this process stood still', async () => {
    const patient = await connectRedis({ url: server.url, name: 'stalled', log: silentLogger, commandTimeoutMs: 200 });
    const answer = bounded(patient.ping(), 300, 'PING');
    // The command leaves first: it is written behind the current job.
    await Promise.resolve();
    const standsUntil = performance.now() + 400;
    while (performance.now() < standsUntil);
    await expect(answer).resolves.toBe('PONG');
    await closeRedis(patient);
  });

  it('is an error in time where no Redis is, without its password in the message', async () => {
    const url = server.url.replace(/:[0-9]+\//, ':1/');
    const failed = await connectRedis({ url, name: 'none', log: silentLogger, connectTimeoutMs: 200 }).catch((error: Error) => error);
    expect(failed).toBeInstanceOf(Error);
    expect(String(failed)).toMatch(/cannot be reached/);
    expect(String(failed)).not.toContain(new URL(server.url).password);
  });

  it.each([
    [
      'redis+sentinel://h1,h2/main',
      {
        sentinels: [
          { host: 'h1', port: 26379 },
          { host: 'h2', port: 26379 },
        ],
        name: 'main',
        db: 0,
      },
    ],
    [
      'redis+sentinel://u:p%40@10.0.0.1:5000,[::1]:5001/main/3',
      {
        sentinels: [
          { host: '10.0.0.1', port: 5000 },
          { host: '::1', port: 5001 },
        ],
        name: 'main',
        db: 3,
        username: 'u',
        password: 'p@',
      },
    ],
    ['redis+sentinel://:p@h/m', { sentinels: [{ host: 'h', port: 26379 }], name: 'm', db: 0, password: 'p' }],
    ['redis://h/0', undefined],
  ])('reads the Sentinel URL %s', (url, expected) => {
    expect(parseSentinelUrl(url)).toEqual(expected);
  });

  it.each([
    'redis+sentinel://',
    'redis+sentinel://h',
    'redis+sentinel://h:x/m',
    'redis+sentinel:///m',
    'redis+sentinel://h/m/x',
    'redis+sentinel://h/m/1/2',
  ])('refuses the Sentinel URL %s', (url) => {
    expect(() => parseSentinelUrl(url)).toThrow(RangeError);
  });
});
