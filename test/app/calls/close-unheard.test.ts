import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RouteCallDeps, RoutedCall } from '../../../src/app/calls/call-routing.ts';
import { EventQueue } from '../../../src/app/calls/event-queue.ts';
import type { IncomingCall } from '../../../src/app/calls/incoming-call.ts';
import { LastContacts } from '../../../src/app/calls/last-contacts.ts';
import { PlaneContact } from '../../../src/app/calls/plane-contact.ts';
import { routeCall } from '../../../src/app/calls/route-call.ts';
import { isDecided } from '../../../src/app/calls/stored-decision.ts';
import { UnansweredCalls } from '../../../src/app/calls/unanswered-calls.ts';
import type { Admission } from '../../../src/app/ports/routing.ts';
import { recordRef } from '../../../src/domain/records.ts';
import { buildSourceIndex } from '../../../src/domain/source-index.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { newId } from '../../../src/kit/ids.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { TokenBucket } from '../../../src/kit/token-bucket.ts';
import { createAdmission } from '../../../src/redis/admission.ts';
import { decodeCallEvent } from '../../../src/redis/call-event-codec.ts';
import { closeRedis, connectRedis } from '../../../src/redis/client.ts';
import { HeldLeases } from '../../../src/redis/held-leases.ts';
import { keys } from '../../../src/redis/keys.ts';
import { createLiveCalls } from '../../../src/redis/live-calls.ts';
import { type FollowingRecords, openLocalRecords } from '../../../src/redis/local-records.ts';
import { callFacts } from '../../../src/store/call-facts.ts';
import { readUses } from '../../redis/support/last-calls.ts';
import { type OpenPlane, openPlane } from '../../redis/support/plane.ts';
import { CallWorld, LOGIN, NUMBER } from '../../sip/support/call-world.ts';
import { createTestRedis, type TestRedis } from '../../support/services.ts';
import { noMetrics } from './support/no-metrics.ts';
import { noWebhooks } from './support/no-webhooks.ts';
import { nobodyRegistered } from './support/nobody-registered.ts';

let server: TestRedis;
let plane: OpenPlane;
let subscriber: Redis;
let local: FollowingRecords;
let world: CallWorld;
let held: HeldLeases;
let admission: Admission;

beforeAll(async () => {
  server = await createTestRedis();
  plane = await openPlane(server.url);
});
afterAll(async () => {
  await plane.close();
  await server.close();
});
beforeEach(async () => {
  await plane.redis.flushdb();
  await plane.plane.markPlane(1);
  await plane.reader.read([]);
  world = new CallWorld(plane);
  await world.account({ limits: { channelsMax: 10, perSecondMax: null } });
  await world.number();
  await world.endpoint(['sip:desk@192.0.2.50']);
  await world.carrier(['sip:192.0.2.9:5060'], []);
  const { carrier: trunkGroupId } = world.ids;
  const source = { kind: 'source', trunkGroupId, groupKind: 'carrier', accountId: null, mode: 'live', acl: ['192.0.2.9:5060'] } as const;
  await world.put(recordRef.source(trunkGroupId), source);
  await world.routes();
  await world.credential();
  subscriber = await connectRedis({ url: server.url, name: 'subscriber', log: silentLogger });
  local = await openLocalRecords({ reader: plane.reader, subscriber, plane: plane.view, log: silentLogger });
  await local.refreshSources();
  held = new HeldLeases();
  admission = createAdmission({ ...plane.deps, held });
});
afterEach(async () => {
  local.stop();
  await closeRedis(subscriber);
});

const depsWith = (admit: Admission['admit'], contact = new PlaneContact(60_000)): RouteCallDeps => ({
  agentId: 'agent-1',
  admission: { ...admission, admit },
  local,
  reader: plane.reader,
  unwell: () => [],
  sourceIndex: () => buildSourceIndex(local.sources().records),
  events: new EventQueue(admission, silentLogger),
  contact,
  webhooks: noWebhooks,
  registered: nobodyRegistered,
  unanswered: new UnansweredCalls(100),
  strangerChecks: new TokenBucket(1000, 1000),
  lastContacts: new LastContacts(100, () => performance.now()),
  settings: { defaultCountry: null, unknownSource: 'drop' },
  clock: systemClock,
  newId,
  metrics: noMetrics,
  log: silentLogger,
});

const inbound = (): IncomingCall => ({
  facts: {
    sourceIp: '192.0.2.9',
    sourcePort: 5060,
    transport: 'udp',
    requestUser: NUMBER,
    requestUriParams: {},
    requestHostIsOurs: true,
    toUser: NUMBER,
    caller: { from: '+15550100' },
    privacyId: false,
    maxForwards: 70,
  },
  origin: { sipCallId: newId(), sourceIp: '192.0.2.9', sourcePort: 5060, transport: 'udp' },
  authentication: null,
  loops: () => false,
});
const outbound = (): IncomingCall => {
  const call = inbound();
  return {
    ...call,
    facts: { ...call.facts, requestUser: '+33142685300', caller: { from: NUMBER }, sourceIp: '198.51.100.1' },
    authentication: {
      credential: recordRef.credential(LOGIN.realm, LOGIN.username),
      check: () => ({ fact: { result: 'valid', ...LOGIN }, nonce: { id: newId(), count: 1, ttlSeconds: 60 } }),
    },
  };
};

/** What becomes of the question and of its answer. */
const FATES: { readonly [name: string]: () => Admission['admit'] } = {
  'carried out, the answer lost': () => async (request) => {
    expect(await admission.admit(request)).toEqual({ result: 'ok' });
    throw new Error('Command timed out');
  },
  'lost on its way': () => async () => {
    throw new Error('Connection is closed.');
  },
  'carried out behind what the agent says': () => async (request) => {
    late = async () => void (await plane.admission.append([request.event]));
    throw new Error('Command timed out');
  },
  'never sent': () => async (request) => {
    const own = await openPlane(server.url);
    own.redis.disconnect();
    return createAdmission({ ...own.deps, plane: plane.view, held }).admit(request);
  },
};
let late = async (): Promise<void> => {};

const use = async () => (await readUses(plane.redis, [world.ids.number])).get(world.ids.number)!;
const logged = async () => (await plane.redis.xrange(keys.callLog, '-', '+')).map(([, fields]) => decodeCallEvent(fields[1]));

/** Wire and record agree in whatever order the events come; returns the events once all are in Redis. */
async function expectAgreement(routed: RoutedCall, deps: RouteCallDeps) {
  expect(await deps.events.drain(2000)).toBe(true);
  await late();
  late = async () => {};
  const events = await logged();
  const code = routed.result === 'refused' ? routed.code : null;
  for (const order of [events, events.toReversed()]) {
    // One event at a time too: of two ends in Postgres the first stays.
    const words = [callFacts(order), ...order.map((event) => callFacts([event]))].filter(({ outcome }) => outcome !== null);
    expect(words.map(({ outcome, refusal_code }) => [outcome, refusal_code])).toEqual(words.map(() => ['refused', code]));
    expect(words.length).toBeGreaterThan(0);
  }
  const { lastCallAt, liveCalls } = await use();
  // The fold counts a refused call that has an end, as Redis does.
  const counts = events.some(({ seq }) => seq > 0);
  expect(lastCallAt).toBe(counts ? Math.max(...events.map(({ at }) => at)) : null);
  expect(liveCalls).toBe(0);
  expect(await createLiveCalls(plane.redis).liveCallsOf('agent-1')).toEqual([]);
  expect(held.callIds).toEqual([]);
  return events;
}

describe('a call whose admission was asked for', () => {
  for (const [fate, make] of Object.entries(FATES)) {
    it(`invariant 10: refused by decision, ${fate}: the record says what the wire said`, async () => {
      await world.number({ allowOutbound: false });
      const deps = depsWith(make());
      const routed = await routeCall(outbound(), deps);
      const code = fate === 'never sent' ? 'plane_degraded' : 'number_outbound_disabled';
      expect(routed).toMatchObject({ result: 'refused', code });
      const events = await expectAgreement(routed, deps);
      expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['refused']));
      // Invariant 9: explain would name the reason of the decision, so it is only kept where that was said.
      const inputs = events.map((event) => 'decisionInput' in event && isDecided(event.decisionInput));
      expect(new Set(inputs)).toEqual(new Set([fate !== 'never sent']));
    });

    it(`invariant 5: to be connected and must not, ${fate}: the last call is one in Redis and in the record`, async () => {
      const deps = depsWith(make());
      const routed = await routeCall(outbound(), deps);
      expect(routed).toMatchObject({ result: 'refused', code: 'plane_degraded' });
      const types = (await expectAgreement(routed, deps)).map(({ type }) => type);
      expect(new Set(types)).toEqual(new Set(fate === 'never sent' ? ['refused'] : ['admitted', 'ended']));
    });
  }

  it('invariants 5 and 10: let in unheard and refused when asked again: closed with the code of the wire', async () => {
    const contact = new PlaneContact(60_000, 5000);
    contact.promise(performance.now());
    contact.known();
    let asked = 0;
    const deps = depsWith(async (request) => {
      asked += 1;
      const reply = await admission.admit(request);
      if (asked > 1) return reply;
      await world.number({ allowInbound: false });
      throw new Error('Command timed out');
    }, contact);
    const routed = await routeCall(inbound(), deps);
    expect(routed).toMatchObject({ result: 'refused', code: 'number_inbound_disabled' });
    expect((await expectAgreement(routed, deps)).map(({ type }) => type)).toEqual(['admitted', 'refused', 'admitted', 'ended']);
  });

  it('rings by what was last known when it was let in unheard, and its end closes the one record', async () => {
    const deps = depsWith(FATES['carried out, the answer lost']!());
    const routed = await routeCall(inbound(), deps);
    if (routed.result !== 'admitted') throw new Error(routed.result);
    expect((await use()).liveCalls).toBe(1);
    routed.record.close({ outcome: 'failed', sipStatus: 480, code: null, endedBy: 'callee' });
    expect(await deps.events.drain(2000)).toBe(true);
    expect((await logged()).map(({ type }) => type)).toEqual(['admitted', 'admitted', 'ended']);
    expect((await use()).liveCalls).toBe(0);
  });
});
