import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RouteCallDeps } from '../../../src/app/calls/call-routing.ts';
import { EventQueue } from '../../../src/app/calls/event-queue.ts';
import type { CallerAuthentication, IncomingCall } from '../../../src/app/calls/incoming-call.ts';
import { LastContacts } from '../../../src/app/calls/last-contacts.ts';
import { PlaneContact } from '../../../src/app/calls/plane-contact.ts';
import { routeCall } from '../../../src/app/calls/route-call.ts';
import type { Admission } from '../../../src/app/ports/routing.ts';
import { recordRef } from '../../../src/domain/records.ts';
import { buildSourceIndex } from '../../../src/domain/source-index.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { newId } from '../../../src/kit/ids.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { TokenBucket } from '../../../src/kit/token-bucket.ts';
import { closeRedis, connectRedis } from '../../../src/redis/client.ts';
import { type FollowingRecords, openLocalRecords } from '../../../src/redis/local-records.ts';
import { type OpenPlane, openPlane } from '../../redis/support/plane.ts';
import { CallWorld, LOGIN, NUMBER } from '../../sip/support/call-world.ts';
import { until } from '../../support/daemon.ts';
import { startTestRedis, type TestRedisServer } from '../../support/services.ts';
import { noMetrics } from './support/no-metrics.ts';
import { noWebhooks } from './support/no-webhooks.ts';

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

  it('tells a replayed nonce by admission: challenged as stale, nothing admitted', async () => {
    const nonce = { id: newId(), count: 5, ttlSeconds: 60 };
    const once: CallerAuthentication['check'] = () => ({ fact: { result: 'valid', ...LOGIN }, nonce });
    expect((await routeCall(outbound(once), deps)).result).toBe('admitted');
    expect(await routeCall(outbound(once), deps)).toEqual({ result: 'challenge', stale: true, failed: false });
  });
});
