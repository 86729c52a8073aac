import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EndedEvent, RefusedEvent } from '../../src/domain/call-event.ts';
import { recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import { decodeCallEvent } from '../../src/redis/call-event-codec.ts';
import { keys } from '../../src/redis/keys.ts';
import { createLiveCalls } from '../../src/redis/live-calls.ts';
import { createTestRedis, type TestRedis } from '../support/services.ts';
import { readUses } from './support/last-calls.ts';
import {
  admissionRequest,
  admittedEvent,
  freshPlane,
  numberRecord,
  type OpenPlane,
  openPlane,
  refOfNumber,
  seededRandom,
  sourceRecord,
} from './support/plane.ts';

let server: TestRedis;
let one: OpenPlane;
let other: OpenPlane;

beforeAll(async () => {
  server = await createTestRedis();
  one = await openPlane(server.url);
  other = await openPlane(server.url);
});
afterAll(async () => {
  await one.close();
  await other.close();
  await server.close();
});
beforeEach(() => freshPlane(one));

const record = numberRecord();
const ref = refOfNumber(record);
const put = (version: number, changes: Partial<typeof record> = {}) =>
  one.writer.apply(1, [{ ref, version, record: { ...record, ...changes } }]);
const logged = async () => (await one.redis.xrange(keys.callLog, '-', '+')).map(([, fields]) => decodeCallEvent(fields[1]));

const endedEvent = (callId: string, at: number): EndedEvent => ({
  type: 'ended',
  callId,
  seq: 1,
  agentId: 'agent-1',
  at,
  outcome: 'completed',
  sipStatus: 200,
  code: null,
  endedBy: 'caller',
});

describe('admission', () => {
  it('counts a call in: event logged, last call moved, number and agent hold it until the end', async () => {
    await put(3);
    const event = admittedEvent({ versions: [{ record: ref, version: 3 }] });
    const request = admissionRequest([{ record: ref, version: 3 }], [record.id], { event });
    expect(await one.admission.admit(request)).toEqual({ result: 'ok' });
    expect(await logged()).toEqual([event]);
    const liveCalls = createLiveCalls(one.redis);
    expect((await readUses(one.redis, [record.id])).get(record.id)).toEqual({ lastCallAt: event.at, liveCalls: 1 });
    expect(await liveCalls.liveCallsOf('agent-1')).toEqual([{ callId: event.callId, numberIds: [record.id], leases: [] }]);
    await one.admission.end(endedEvent(event.callId, event.at + 5000), [record.id]);
    expect((await readUses(one.redis, [record.id])).get(record.id)).toEqual({ lastCallAt: event.at + 5000, liveCalls: 0 });
    expect(await liveCalls.liveCallsOf('agent-1')).toEqual([]);
    expect((await logged()).map((entry) => entry.type)).toEqual(['admitted', 'ended']);
  });

  it('answers an old version with the newer record and leaves nothing behind', async () => {
    await put(4, { allowInbound: false });
    const reply = await one.admission.admit(admissionRequest([{ record: ref, version: 3 }], [record.id]));
    expect(reply).toEqual({
      result: 'stale',
      newer: new Map([[ref, { version: 4, record: { ...record, allowInbound: false } }]]),
      sourcesChanged: false,
    });
    expect(await one.redis.exists(keys.callLog, keys.use(record.id), keys.agentCalls('agent-1'))).toBe(0);
  });

  it('holds a decision on an absent record to its absence', async () => {
    const absent = [{ record: ref, version: 0 }];
    expect(await one.admission.admit(admissionRequest(absent))).toEqual({ result: 'ok' });
    await put(1);
    expect(await one.admission.admit(admissionRequest(absent))).toMatchObject({ result: 'stale' });
    await one.writer.apply(1, [{ ref, version: 2, record: null }]);
    expect(await one.admission.admit(admissionRequest([{ record: ref, version: 1 }]))).toMatchObject({
      newer: new Map([[ref, { version: 2, record: null }]]),
    });
    expect(await one.admission.admit(admissionRequest([{ record: ref, version: 2 }]))).toEqual({ result: 'ok' });
  });

  it('tells a decision on older sources to load them again', async () => {
    const source = recordRef.source('g1');
    await one.writer.apply(1, [{ ref: source, version: 1, record: sourceRecord('g1', ['192.0.2.1']) }]);
    const { version } = await one.reader.readSources();
    expect(await one.admission.admit(admissionRequest([], [], { sourcesVersion: version }))).toEqual({ result: 'ok' });
    await one.writer.apply(1, [{ ref: source, version: 2, record: null }]);
    const reply = await one.admission.admit(admissionRequest([], [], { sourcesVersion: version }));
    expect(reply).toEqual({ result: 'stale', newer: new Map(), sourcesChanged: true });
    expect(await one.admission.admit(admissionRequest([], [], { sourcesVersion: null }))).toEqual({ result: 'ok' });
  });

  it('refuses a number that is changing its holder, on either side of the call', async () => {
    const caller = newId();
    await one.redis.set(keys.freeze(caller), 'token', 'PX', 10_000);
    expect(await one.admission.admit(admissionRequest([], [record.id, caller]))).toEqual({ result: 'moving' });
    expect(await one.redis.exists(keys.callLog, keys.use(record.id), keys.use(caller))).toBe(0);
    await one.redis.del(keys.freeze(caller));
    expect(await one.admission.admit(admissionRequest([], [record.id, caller]))).toEqual({ result: 'ok' });
  });

  it('logs a refusal by the versions it rests on and counts nothing in', async () => {
    await put(2);
    await one.redis.set(keys.freeze(record.id), 'token', 'PX', 10_000);
    const { type: _, leases: __, ...rest } = admittedEvent();
    const event: RefusedEvent = { ...rest, type: 'refused', code: 'number_inbound_disabled', sipStatus: 403 };
    const refused = (version: number) => admissionRequest([{ record: ref, version }], [record.id], { event });
    expect(await one.admission.admit(refused(1))).toMatchObject({ result: 'stale' });
    expect(await one.admission.admit(refused(2))).toEqual({ result: 'ok' });
    expect(await logged()).toEqual([event]);
    expect(await one.redis.exists(keys.use(record.id), keys.agentCalls('agent-1'))).toBe(0);
  });

  it('makes everything stale that was decided under another marking of the plane', async () => {
    await put(1);
    const request = () => admissionRequest([{ record: ref, version: 1 }]);
    expect(await one.admission.admit(request())).toEqual({ result: 'ok' });
    await other.redis.flushdb();
    await expect(one.admission.admit(request())).rejects.toMatchObject({ name: 'PlaneUnavailable', reason: 'missing' });
    // The same version with another meaning, as after a restore of Postgres.
    await other.writer.apply(2, [{ ref, version: 1, record: { ...record, allowInbound: false } }]);
    await other.plane.markPlane(2);
    expect(await one.admission.admit(request())).toEqual({
      result: 'stale',
      newer: new Map([[ref, { version: 1, record: { ...record, allowInbound: false } }]]),
      sourcesChanged: true,
    });
    expect(await one.admission.admit(request())).toEqual({ result: 'ok' });
  });

  it('works on a server that has never seen the script, and again after SCRIPT FLUSH', async () => {
    await one.redis.script('FLUSH');
    expect(await one.admission.admit(admissionRequest([], [record.id]))).toEqual({ result: 'ok' });
    await one.redis.script('FLUSH');
    await one.admission.end(endedEvent(newId(), 1_700_000_009_000), [record.id]);
    expect((await readUses(one.redis, [record.id])).get(record.id)?.lastCallAt).toBe(1_700_000_009_000);
    await one.redis.script('FLUSH');
    expect(await put(1)).toEqual(['applied']);
  });
});

describe('nonces', () => {
  const use = (count: number, who = one) =>
    who.admission.admit(admissionRequest([], [], { nonce: { id: 'nonce-1', count, ttlSeconds: 30 } }));

  it('takes each count once and only upwards, and forgets the nonce when it has expired', async () => {
    expect([await use(1), await use(1), await use(3), await use(2)].map(({ result }) => result)).toEqual(['ok', 'replay', 'ok', 'replay']);
    const left = await one.redis.ttl(keys.nonce('nonce-1'));
    expect(left).toBeGreaterThan(25);
    expect(left).toBeLessThanOrEqual(30);
  });

  it('admits one of many replays that arrive at once', async () => {
    await other.reader.read([]);
    const replies = await Promise.all(Array.from({ length: 200 }, (_, index) => use(7, index % 2 === 0 ? one : other)));
    expect(replies.filter(({ result }) => result === 'ok')).toHaveLength(1);
    expect(replies.filter(({ result }) => result === 'replay')).toHaveLength(199);
    expect(await one.redis.xlen(keys.callLog)).toBe(1);
  });
});

describe('invariant 3: admission', () => {
  it('passes no decision older than a change that was answered before, over 2000 races of writer and admitter', async () => {
    let applied = 0;
    let admitted = 0;
    let stale = 0;
    let writing = true;
    await put(1);
    applied = 1;
    const writer = (async () => {
      for (let version = 2; version <= 700 || admitted + stale < 2000; version += 1) {
        await other.writer.apply(1, [{ ref, version, record }]);
        applied = version;
        // Gives some decisions time to be right, too.
        for (let pause = version % 4; pause > 0; pause -= 1) await other.redis.ping();
      }
      writing = false;
    })();
    let known = 1;
    while (writing) {
      const floor = applied;
      const reply = await one.admission.admit(admissionRequest([{ record: ref, version: known }]));
      if (reply.result === 'ok') {
        admitted += 1;
        expect(known).toBeGreaterThanOrEqual(floor);
      } else if (reply.result === 'stale') {
        stale += 1;
        known = reply.newer.get(ref)?.version ?? 0;
        expect(known).toBeGreaterThanOrEqual(floor);
      }
    }
    await writer;
    expect(admitted + stale).toBeGreaterThanOrEqual(2000);
    expect(admitted).toBeGreaterThan(100);
    expect(stale).toBeGreaterThan(100);
  });
});

describe('invariant 5: last call', () => {
  const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);

  it(`is the highest time of all admissions and ends whatever their order (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    await other.reader.read([]);
    const [first, second] = [newId(), newId()];
    let highest = 0;
    let seen = 0;
    for (let round = 0; round < 30; round += 1) {
      const events = Array.from({ length: 10 }, () => admittedEvent({ at: 1_700_000_000_000 + random(1_000_000) }));
      await Promise.all(
        events.map(async (event, index) => {
          const who = index % 2 === 0 ? one : other;
          expect(await who.admission.admit(admissionRequest([], [first, second], { event }))).toEqual({ result: 'ok' });
          const end = endedEvent(event.callId, event.at + random(1000) - 500);
          highest = Math.max(highest, event.at, end.at);
          await who.admission.end(end, [first, second]);
        }),
      );
      const uses = await readUses(other.redis, [first, second]);
      expect(uses.get(first)).toEqual({ lastCallAt: highest, liveCalls: 0 });
      expect(uses.get(second)).toEqual({ lastCallAt: highest, liveCalls: 0 });
      expect(highest).toBeGreaterThanOrEqual(seen);
      seen = highest;
    }
  });
});
