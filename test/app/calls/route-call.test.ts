import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RouteCallDeps } from '../../../src/app/calls/call-routing.ts';
import { EventQueue } from '../../../src/app/calls/event-queue.ts';
import type { CallerAuthentication, IncomingCall } from '../../../src/app/calls/incoming-call.ts';
import { LastContacts } from '../../../src/app/calls/last-contacts.ts';
import { PlaneContact } from '../../../src/app/calls/plane-contact.ts';
import { routeCall } from '../../../src/app/calls/route-call.ts';
import { UnansweredCalls } from '../../../src/app/calls/unanswered-calls.ts';
import type { Admission } from '../../../src/app/ports/routing.ts';
import type { WebhookRoute } from '../../../src/domain/endpoint-route.ts';
import { recordRef } from '../../../src/domain/records.ts';
import { buildSourceIndex } from '../../../src/domain/source-index.ts';
import type { WebhookPlace } from '../../../src/domain/webhook-answer.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { newId } from '../../../src/kit/ids.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { TokenBucket } from '../../../src/kit/token-bucket.ts';
import { closeRedis, connectRedis } from '../../../src/redis/client.ts';
import { type FollowingRecords, openLocalRecords } from '../../../src/redis/local-records.ts';
import { type OpenPlane, openPlane } from '../../redis/support/plane.ts';
import { CallWorld, DOMAIN, LOGIN, NUMBER } from '../../sip/support/call-world.ts';
import { until } from '../../support/daemon.ts';
import { startTestRedis, type TestRedisServer } from '../../support/services.ts';
import { noMetrics } from './support/no-metrics.ts';
import { noWebhooks } from './support/no-webhooks.ts';
import { nobodyRegistered } from './support/nobody-registered.ts';

let server: TestRedisServer;
let plane: OpenPlane;
let subscriber: Redis;
let local: FollowingRecords;
let world: CallWorld;
let deps: RouteCallDeps;

beforeAll(async () => {
  server = await startTestRedis();
  plane = await openPlane(server.url);
  await plane.plane.markPlane(1);
  await plane.reader.read([]);
  world = new CallWorld(plane);
  subscriber = await connectRedis({ url: server.url, name: 'subscriber', log: silentLogger });
  local = await openLocalRecords({ reader: plane.reader, subscriber, plane: plane.view, log: silentLogger });
});
afterAll(async () => {
  local.stop();
  await closeRedis(subscriber);
  await plane.close();
  await server.close();
});
beforeEach(async () => {
  deps = depsWith(plane.admission);
  await world.account();
  await world.number();
  await world.endpoint(['sip:desk@192.0.2.50']);
  await world.carrier(['sip:192.0.2.9:5060'], []);
  await world.put(recordRef.source(world.ids.carrier), {
    kind: 'source',
    trunkGroupId: world.ids.carrier,
    groupKind: 'carrier',
    accountId: null,
    mode: 'live',
    acl: ['192.0.2.9:5060'],
  });
  await world.routes();
  await world.credential();
  await local.refreshSources();
});

const depsWith = (admission: Admission): RouteCallDeps => ({
  agentId: 'agent-1',
  admission,
  local,
  reader: plane.reader,
  unwell: () => [],
  sourceIndex: () => buildSourceIndex(local.sources().records),
  events: new EventQueue(admission, silentLogger),
  contact: new PlaneContact(60_000),
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

const incoming = (more: Partial<IncomingCall['facts']> = {}, authentication: CallerAuthentication | null = null): IncomingCall => ({
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
    ...more,
  },
  origin: { sipCallId: newId(), sourceIp: '192.0.2.9', sourcePort: 5060, transport: 'udp' },
  authentication,
  loops: () => false,
});

const outbound = (check: CallerAuthentication['check']): IncomingCall =>
  incoming(
    { requestUser: '+33142685300', caller: { from: NUMBER }, sourceIp: '198.51.100.1' },
    { credential: recordRef.credential(LOGIN.realm, LOGIN.username), check },
  );
const valid: CallerAuthentication['check'] = () => ({
  fact: { result: 'valid', ...LOGIN },
  nonce: { id: newId(), count: 1, ttlSeconds: 60 },
});

/** The commands that clients sent while `work` ran; those inside scripts are not trips. */
async function tripsOf(work: () => Promise<unknown>): Promise<string[]> {
  const watcher = plane.redis.duplicate({ enableOfflineQueue: true });
  const monitor = await watcher.monitor();
  const seen: string[] = [];
  let ended: () => void = () => {};
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (args[0] === 'echo') ended();
    else if (source !== 'lua') seen.push(args[0] ?? '');
  });
  await work();
  await plane.redis.echo('end');
  await end;
  monitor.disconnect();
  watcher.disconnect();
  return seen.filter((command) => !['info', 'monitor', 'select', 'auth', 'hello', 'client'].includes(command.toLowerCase()));
}

describe('routing a call', () => {
  it('costs exactly one trip to Redis on a warm copy, inbound, outbound and refused', async () => {
    const calls = [incoming(), outbound(valid), incoming({ requestUser: '+442079460000' })];
    for (const call of calls) await routeCall(call, deps);
    for (const call of calls) {
      const again = call.authentication === null ? call : outbound(valid);
      expect(await tripsOf(() => routeCall(again, deps))).toEqual(['evalsha']);
    }
  });

  it('decides again on the newer records when its copy was old, and admits on their versions', async () => {
    await routeCall(incoming(), deps);
    subscriber.disconnect();
    await world.number({ allowInbound: false });
    const refused = await routeCall(incoming(), deps);
    expect(refused).toMatchObject({ result: 'refused', code: 'number_inbound_disabled' });
    await world.number({ allowInbound: true });
    expect((await routeCall(incoming(), deps)).result).toBe('admitted');
    await subscriber.connect();
  });

  it('counts calls in whose caller wants media where its target cannot send them (decision C20)', async () => {
    const counted: string[] = [];
    const metrics = { ...noMetrics, mediaUnreachable: (direction: string) => void counted.push(direction) };
    for (const facts of [{}, { closedMedia: 'private' }, { closedMedia: 'private', requestUser: '+442079460000' }] as const)
      await routeCall(incoming(facts), { ...deps, metrics });
    expect(counted).toEqual(['inbound']);
  });

  it('checks the password again with the newer login', async () => {
    await routeCall(outbound(valid), deps);
    subscriber.disconnect();
    await world.credential({ enabled: true, sealedHa1: 'newer' });
    const seen: (string | undefined)[] = [];
    const wrongIfNewer: CallerAuthentication['check'] = (record) => {
      seen.push(record?.sealedHa1);
      return record?.sealedHa1 === 'newer' ? { fact: { result: 'wrong', ...LOGIN }, nonce: null } : valid(record);
    };
    expect(await routeCall(outbound(wrongIfNewer), deps)).toEqual({ result: 'challenge', stale: false, failed: true });
    expect(seen.at(-1)).toBe('newer');
    await subscriber.connect();
  });

  it('lets a login in whose wrong answer was only wrong by an old copy', async () => {
    await routeCall(outbound(valid), deps);
    subscriber.disconnect();
    await world.credential({ sealedHa1: 'newest' });
    const wrongIfOlder: CallerAuthentication['check'] = (record) =>
      record?.sealedHa1 === 'newest' ? valid(record) : { fact: { result: 'wrong', ...LOGIN }, nonce: null };
    expect((await routeCall(outbound(wrongIfOlder), deps)).result).toBe('admitted');
    await subscriber.connect();
  });

  it('rings by what was last known when the subscription is back before the commands are, as in a failover', async () => {
    const own = await openPlane(server.url);
    const feed = await connectRedis({ url: server.url, name: 'feed', log: silentLogger });
    await own.reader.read([]);
    const copy = await openLocalRecords({ reader: own.reader, subscriber: feed, plane: own.view, log: silentLogger });
    const cutOff = { ...depsWith(own.admission), local: copy, reader: own.reader };
    const { result } = await routeCall(incoming(), cutOff);
    expect(['dropped', 'refused']).not.toContain(result);
    own.redis.disconnect();
    feed.disconnect(true);
    const isDistrusted = () => copy.live && copy.peek(recordRef.number('live', NUMBER)) === undefined;
    expect(await until(isDistrusted, 5000)).toBe(true);
    expect(await routeCall(incoming(), cutOff)).toMatchObject({ result });
    copy.stop();
    await closeRedis(feed);
    await own.close();
  });

  it('gives up with plane_busy, recorded, when records change under every try', async () => {
    const restless: Admission = {
      ...plane.admission,
      admit: async () => ({ result: 'stale', newer: new Map(), sourcesChanged: false }),
    };
    const events: string[] = [];
    const busy = depsWith({ ...restless, append: async (list) => void events.push(...list.map(({ type }) => type)) });
    expect(await routeCall(incoming(), busy)).toMatchObject({ result: 'refused', code: 'plane_busy' });
    await busy.events.drain(1000);
    expect(events).toEqual(['refused']);
  });

  it('is refused internal_error at once, recorded, when it is beyond a bound of ours: that is no outage', async () => {
    const admit: Admission['admit'] = async () => {
      throw new RangeError('a call rests on too many records');
    };
    const events: unknown[] = [];
    const bounded = depsWith({ ...plane.admission, admit, append: async (list) => void events.push(...list) });
    expect(await routeCall(incoming(), bounded)).toMatchObject({ result: 'refused', code: 'internal_error' });
    await bounded.events.drain(1000);
    expect(events).toMatchObject([{ type: 'refused', code: 'internal_error', sipStatus: 500, planeMode: 'normal' }]);
  });

  it('tells a replayed nonce by admission: challenged as stale, nothing admitted', async () => {
    const nonce = { id: newId(), count: 5, ttlSeconds: 60 };
    const once: CallerAuthentication['check'] = () => ({ fact: { result: 'valid', ...LOGIN }, nonce });
    expect((await routeCall(outbound(once), deps)).result).toBe('admitted');
    expect(await routeCall(outbound(once), deps)).toEqual({ result: 'challenge', stale: true, failed: false });
  });
});

describe('a plan of endpoints', () => {
  const settings = { defaultCountry: null, unknownSource: 'drop', onNet: 'internal', sipDomain: DOMAIN } as const;
  const hook: WebhookRoute = { kind: 'webhook', url: 'https://hooks.example/', timeoutMs: 100, cacheSeconds: 0, secretSealed: '' };
  const ranked = (places: readonly ({ readonly uri: string } | { readonly e164: string })[]) =>
    places.map((place, priority) => ({ ...place, priority, weight: 1 }) as WebhookPlace);
  const says = (targets: () => readonly WebhookPlace[]): RouteCallDeps['webhooks'] => ({
    ...noWebhooks,
    ask: async ({ endpointId, called }) => ({ endpointId, called, result: 'answered', word: { targets: targets() } }),
  });
  /** Admitted by Redis or not at all: nobody may go alone. */
  const strictly = (more: Partial<RouteCallDeps> = {}): RouteCallDeps => ({
    ...deps,
    settings,
    contact: new PlaneContact(60_000, 1000),
    ...more,
  });
  async function connected(with_: RouteCallDeps) {
    const routed = await routeCall(incoming(), with_);
    if (routed.result !== 'admitted') throw new Error(JSON.stringify(routed));
    return routed.decision;
  }

  it('of twenty SIP users and twenty more behind them is admitted, with as many as one admission reads', async () => {
    const uris = Array.from({ length: 40 }, (_, at) => ({ uri: `sip:phone${at}@${DOMAIN}`, priority: at, weight: 1 }));
    for (const at of uris.keys()) await world.credential({ username: `phone${at}` });
    const spare = { kind: 'endpoint', id: newId(), accountId: world.ids.account, status: 'active', targets: uris.slice(20) } as const;
    await world.put(recordRef.endpoint(spare.id), spare);
    await world.endpoint([], { targets: uris.slice(0, 20), fallback: { on: ['no_answer'], endpointId: spare.id } });
    const { candidates } = await connected(strictly());
    expect(candidates.map(({ uri }) => uri)).toEqual(uris.map(({ uri }) => uri));
    expect(candidates.filter(({ chosen }) => chosen)).toHaveLength(32);
    expect(candidates.at(-1)).toMatchObject({ chosen: false, reason: 'beyond 32 SIP users' });
  });

  it('asks its webhook once, however often admission is asked', async () => {
    await world.endpoint([], { route: hook });
    let questions = 0;
    const webhooks = says(() => {
      questions += 1;
      return ranked([{ uri: `sip:answer${questions}@192.0.2.50` }]);
    });
    let failures = 2;
    const admit: Admission['admit'] = async (request) => {
      failures -= 1;
      if (failures >= 0) throw new Error('Connection is closed.');
      return await plane.admission.admit(request);
    };
    const contact = new PlaneContact(60_000, 5000);
    contact.known();
    contact.promise(performance.now());
    const { candidates } = await connected({ ...strictly({ webhooks, contact }), admission: { ...plane.admission, admit } });
    expect([questions, failures, candidates.map(({ uri }) => uri)]).toEqual([1, -1, ['sip:answer1@192.0.2.50']]);
  });

  it('whose webhook names ten numbers of ours is admitted, and holds them all', async () => {
    const numbers = Array.from({ length: 10 }, (_, at) => ({ id: newId(), e164: `+44207946010${at}` as never }));
    for (const one of numbers) await world.number({ ...one, endpointId: null, trunkGroupId: world.ids.carrier });
    await world.endpoint([], { route: hook });
    const { parties } = await connected(strictly({ webhooks: says(() => ranked(numbers)) }));
    expect(parties.otherNumberIds).toEqual(numbers.map(({ id }) => id));
  });
});
