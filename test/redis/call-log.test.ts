import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallLog } from '../../src/app/ports/routing.ts';
import { CALL_DIRECTIONS } from '../../src/domain/call.ts';
import { LEASE_SCOPE_KINDS } from '../../src/domain/lease.ts';
import { newId } from '../../src/kit/ids.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { decodeCallEvent, encodeCallEvent } from '../../src/redis/call-event-codec.ts';
import { createCallLog } from '../../src/redis/call-log.ts';
import { closeRedis, connectRedis } from '../../src/redis/client.ts';
import { keys } from '../../src/redis/keys.ts';
import { createTestRedis, type TestRedis } from '../support/services.ts';
import { admissionRequest, admittedEvent, freshPlane, type OpenPlane, openPlane, seededRandom } from './support/plane.ts';

let server: TestRedis;
let one: OpenPlane;
let blocking: OpenPlane['redis'];
let log: CallLog;

beforeAll(async () => {
  server = await createTestRedis();
  one = await openPlane(server.url);
  blocking = await connectRedis({ url: server.url, name: 'drain', log: silentLogger, blocking: true });
  log = createCallLog({ ...one.deps, blockingRedis: blocking });
});
afterAll(async () => {
  await closeRedis(blocking);
  await one.close();
  await server.close();
});
beforeEach(async () => {
  await freshPlane(one);
  one.bad.length = 0;
});

describe('the call log', () => {
  it('gives events in their order, and again until they are forgotten', async () => {
    const events = Array.from({ length: 5 }, (_, seq) => admittedEvent({ seq }));
    await one.admission.append(events);
    const first = await log.read(3, 100);
    expect(first.map(({ event }) => event)).toEqual(events.slice(0, 3));
    expect(await log.read(3, 100)).toEqual(first);
    await log.forget(first.map(({ streamId }) => streamId));
    expect((await log.read(3, 100)).map(({ event }) => event)).toEqual(events.slice(3));
    expect(await log.backlog()).toBe(2);
  });

  it('waits for the first event and gives it at once', async () => {
    const waiting = log.read(10, 5000);
    const event = admittedEvent();
    await one.admission.append([event]);
    expect((await waiting).map((entry) => entry.event)).toEqual([event]);
  });

  it('gives nothing after the time asked for', async () => {
    expect(await log.read(10, 20)).toEqual([]);
    await log.forget([]);
  });

  it('puts what is no event aside, counts it and goes on', async () => {
    const event = admittedEvent();
    for (const text of ['', 'x', '{}', 'null', '[]', '{"type":"constructor"}', JSON.stringify({ ...event, at: 'now' })]) {
      await one.redis.xadd(keys.callLog, '*', 'e', text);
    }
    await one.redis.xadd(keys.callLog, '*', 'other', '1', 'fields', '2');
    await one.admission.append([event]);
    expect((await log.read(100, 100)).map((entry) => entry.event)).toEqual([event]);
    expect(one.bad).toHaveLength(8);
    expect(await log.backlog()).toBe(1);
    expect(await one.redis.llen(keys.callLogBad)).toBe(8);
  });

  it('loses and repeats no event for a worker that is killed at any moment', async () => {
    const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
    const random = seededRandom(seed);
    const sent: string[] = [];
    // Stands for the table with its unique (call_id, seq): an insert of what is there does nothing.
    const committed = new Map<string, number>();
    const work = async (): Promise<void> => {
      const entries = await log.read(1 + random(7), 10);
      if (random(3) === 0) return;
      for (const { event } of entries) {
        const key = `${event.callId}/${event.seq}`;
        committed.set(key, (committed.get(key) ?? 0) + 1);
      }
      if (random(3) === 0) return;
      await log.forget(entries.slice(0, 1 + random(7)).map(({ streamId }) => streamId));
    };
    for (let round = 0; round < 60; round += 1) {
      const event = admittedEvent({ seq: 0 });
      sent.push(`${event.callId}/0`);
      await one.admission.admit(admissionRequest([], [newId()], { event }));
      await work();
    }
    for (let round = 0; round < 2000 && (await log.backlog()) > 0; round += 1) await work();
    expect(await log.backlog(), `seed ${seed}`).toBe(0);
    expect(new Set(committed.keys())).toEqual(new Set(sent));
  });
});

describe('the text of an event', () => {
  const text = fc.string({ maxLength: 50, unit: 'binary' });
  const idOrNull = fc.option(fc.uuid(), { nil: null });
  const event = fc.record({
    type: fc.constant('admitted' as const),
    callId: fc.uuid(),
    seq: fc.nat({ max: 1000 }),
    agentId: fc.uuid(),
    at: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    parties: fc
      .record({
        direction: fc.constantFrom(...CALL_DIRECTIONS),
        mode: fc.constantFrom('live' as const, 'test' as const),
        called: text,
        caller: text,
        numberId: idOrNull,
        accountId: idOrNull,
        subAccountId: idOrNull,
        identifiedBy: fc.option(fc.record({ kind: fc.constantFrom('trunk_group' as const, 'credential' as const), id: text }), {
          nil: null,
        }),
      })
      .chain((parties) => {
        const callee = fc.record({ accountId: fc.uuid(), subAccountId: idOrNull, numberId: fc.uuid(), caller: text });
        return fc.option(callee, { nil: undefined }).map((called) => (called === undefined ? parties : { ...parties, callee: called }));
      })
      .chain((parties) =>
        fc.array(fc.uuid(), { maxLength: 4 }).map((ids) => (ids.length === 0 ? parties : { ...parties, otherNumberIds: ids })),
      ),
    origin: fc.record({ sipCallId: text, sourceIp: text, sourcePort: fc.nat({ max: 65_535 }), transport: text }),
    versions: fc.array(fc.record({ record: fc.constant('endpoint:x' as never), version: fc.nat() }), { maxLength: 5 }),
    decisionInput: text,
    leases: fc.array(fc.record({ kind: fc.constantFrom(...LEASE_SCOPE_KINDS), id: fc.uuid() }), { maxLength: 6 }),
  });

  it('is read back as the event, whatever characters the wire brought', () => {
    fc.assert(
      fc.property(event, (one) => {
        expect(decodeCallEvent(encodeCallEvent(one))).toEqual(one);
      }),
    );
  });

  it('of every type is read back', () => {
    const base = { callId: newId(), seq: 1, agentId: 'a', at: 5 };
    const { type: _, leases: __, ...admitted } = admittedEvent();
    for (const one of [
      { ...admitted, type: 'refused', code: 'number_unknown', sipStatus: 404 },
      { ...base, type: 'attempt', n: 1, trunkGroupId: null, gatewayId: null, uri: 'sip:a@b', sipCallId: null, leases: [] },
      { ...base, type: 'attempt_ended', n: 1, sipCallId: 'x', sipStatus: null, outcome: 'no_response' },
      { ...base, type: 'answered', sipStatus: 200 },
      { ...base, type: 'ended', outcome: 'agent_lost', sipStatus: 500, code: 'agent_lost', endedBy: 'platform' },
    ] as const) {
      expect(decodeCallEvent(encodeCallEvent(one))).toEqual(one);
    }
  });

  it('from before there were leases holds none', () => {
    const { leases: _, ...old } = admittedEvent();
    expect(decodeCallEvent(JSON.stringify(old))).toEqual({ ...old, leases: [] });
    const attempt = { callId: newId(), seq: 1, agentId: 'a', at: 5, type: 'attempt', n: 1, trunkGroupId: null, gatewayId: null };
    expect(decodeCallEvent(JSON.stringify({ ...attempt, uri: 'sip:a', sipCallId: null }))).toMatchObject({ leases: [] });
  });

  it('longer than a log entry may be is refused by the sender', () => {
    expect(() => encodeCallEvent(admittedEvent({ decisionInput: 'x'.repeat(300_000) }))).toThrow(RangeError);
  });
});
