import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewBinding, RegisterRequest } from '../../src/app/ports/bindings.ts';
import { recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import { createBindings } from '../../src/redis/bindings.ts';
import { createFlowKeeper } from '../../src/redis/kept-flows.ts';
import { keys, shardTag } from '../../src/redis/keys.ts';
import { startTestRedis, type TestRedisServer } from '../support/services.ts';
import { admissionRequest, admittedEvent, freshPlane, type OpenPlane, openPlane } from './support/plane.ts';

let server: TestRedisServer;
let one: OpenPlane;
let ahead = 0;
let bindings: ReturnType<typeof createBindings>;

const credential = recordRef.credential('dialplane.test', 'alice');
const login = 'id.mark';
const source = { ip: '192.0.2.7', port: 40_000, transport: 'udp' } as const;

beforeAll(async () => {
  server = await startTestRedis();
  one = await openPlane(server.url);
  bindings = createBindings({ redis: one.redis, plane: one.view, aheadMs: () => ahead });
});
afterAll(async () => {
  await one.close();
  await server.close();
});
beforeEach(async () => {
  ahead = 0;
  await freshPlane(one);
  await put(1);
});

const put = (version: number, enabled = true): Promise<unknown> =>
  one.writer.apply(1, [
    {
      ref: credential,
      version,
      record: {
        kind: 'credential',
        id: newId(),
        username: 'alice',
        realm: 'dialplane.test',
        accountId: newId(),
        subAccountId: null,
        mode: 'live',
        e164: null,
        enabled,
        sealedHa1: 'sealed',
        digest: null,
      },
    },
  ]);

const contact = (key: string, expiresSeconds = 60, changes: Partial<NewBinding> = {}): NewBinding => ({
  key,
  expiresSeconds,
  contact: `sip:${key}@192.0.2.7`,
  q: 1000,
  server: '127.0.0.1:9022',
  source,
  viaSource: true,
  path: [],
  userAgent: 'test',
  ...changes,
});

let calls = 0;
function request(contacts: readonly NewBinding[], changes: Partial<RegisterRequest> = {}): RegisterRequest {
  calls += 1;
  const order = { callId: `call ${calls} | "x"`, cseq: 1, ask: 'update', contactsMax: 3 } as const;
  return { credential, version: 1, login, nonce: null, contacts, ...order, ...changes };
}
const named = async (by = login): Promise<string[]> =>
  ((await bindings.read([{ credential, login: by }]))[0] ?? []).map(({ contact: uri }) => uri).sort();

describe('bindings', () => {
  it('come back as they were written, with what is left of their time', async () => {
    const way = { ...source, receivedOn: '[2001:db8::1]:5062' };
    const full = contact('a', 60, { source: way, q: 300, path: ['sip:p1;lr', 'sip:p2;lr'], viaSource: false });
    const reply = await bindings.register(request([full]));
    const { key: _key, expiresSeconds: _seconds, ...kept } = full;
    expect(reply).toEqual({ result: 'ok', bindings: [{ ...kept, id: expect.any(String), remainingMs: 60_000, ageMs: 0 }] });
    const [[read] = []] = await bindings.read([{ credential, login }]);
    expect((read?.ageMs ?? -1) + (read?.remainingMs ?? 0)).toBe(60_000);
    ahead = 59_000;
    // A clock that was put ahead says nothing about how old a stream is.
    expect((await bindings.read([{ credential, login }]))[0]?.[0]).not.toHaveProperty('ageMs');
    const left = (await bindings.read([{ credential, login }]))[0]?.[0]?.remainingMs ?? 0;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(1000);
  });

  it.each(['udp', 'tcp', 'tls', 'ws', 'wss'] as const)('say that they came by %s', async (transport) => {
    await bindings.register(request([contact('a', 60, { source: { ...source, transport } })]));
    expect((await bindings.read([{ credential, login }]))[0]?.map((one) => one.source.transport)).toEqual([transport]);
  });

  it('expire to the millisecond of the clock, and make room', async () => {
    await bindings.register(request([contact('a', 60), contact('b', 61), contact('c', 62)]));
    expect(await bindings.register(request([contact('d')]))).toEqual({ result: 'full' });
    ahead = 60_000;
    expect(await named()).toEqual(['sip:b@192.0.2.7', 'sip:c@192.0.2.7']);
    expect((await bindings.register(request([contact('d')]))).result).toBe('ok');
    ahead = 121_000;
    expect(await named()).toEqual([]);
  });

  it('leave Redis by themselves', async () => {
    await bindings.register(request([contact('a', 60), contact('b', 600)]));
    const leftMs = await one.redis.pttl(keys.bindings(credential));
    expect(leftMs).toBeGreaterThan(590_000);
    expect(leftMs).toBeLessThanOrEqual(600_000);
    await bindings.register(request([contact('a', 0), contact('b', 0)]));
    expect(await one.redis.exists(keys.bindings(credential))).toBe(0);
  });

  it('change in the order of one call, all of a REGISTER or nothing', async () => {
    const at = (cseq: number, contacts: readonly NewBinding[], ask: RegisterRequest['ask'] = 'update') =>
      bindings.register(request(contacts, { callId: 'same', cseq, ask }));
    await at(5, [contact('a')]);
    expect(await at(5, [contact('b'), contact('a', 0)])).toEqual({ result: 'out_of_order' });
    expect(await named()).toEqual(['sip:a@192.0.2.7']);
    expect(await at(4, [], 'clear')).toEqual({ result: 'out_of_order' });
    expect((await at(6, [contact('b'), contact('a', 0)])).result).toBe('ok');
    expect(await named()).toEqual(['sip:b@192.0.2.7']);
    // Another call's numbers say nothing about this one's.
    expect((await bindings.register(request([contact('b', 0)]))).result).toBe('ok');
  });

  it('are those of one password: another mark sees none, and takes their place', async () => {
    await bindings.register(request([contact('a'), contact('b'), contact('c')]));
    expect(await named('id.other')).toEqual([]);
    expect((await bindings.register(request([contact('d')], { login: 'id.other' }))).result).toBe('ok');
    expect([await named(), await named('id.other')]).toEqual([[], ['sip:d@192.0.2.7']]);
  });

  it('are not taken for a login that changed since it was checked, was deleted, or is of another epoch', async () => {
    await put(2);
    expect(await bindings.register(request([contact('a')]))).toEqual({ result: 'stale' });
    expect((await bindings.register(request([contact('a')], { version: 2 }))).result).toBe('ok');
    await one.writer.apply(1, [{ ref: credential, version: 3, record: null }]);
    expect(await bindings.register(request([contact('a')], { version: 2 }))).toEqual({ result: 'stale' });
    await one.redis.del(keys.record(credential));
    expect(await bindings.register(request([contact('a')], { version: 2 }))).toEqual({ result: 'stale' });
  });

  it('end with their login: one that is turned on again, or made again, has none of its old ones', async () => {
    await bindings.register(request([contact('a')]));
    await put(2);
    expect(await named()).toEqual(['sip:a@192.0.2.7']);
    await put(3, false);
    await put(4);
    expect([await named(), await one.redis.exists(keys.bindings(credential))]).toEqual([[], 0]);
    await bindings.register(request([contact('a')], { version: 4 }));
    // Late news of an older version ends nothing.
    await put(3, false);
    expect(await named()).toEqual(['sip:a@192.0.2.7']);
    await one.writer.apply(1, [{ ref: credential, version: 5, record: null }]);
    expect(await one.redis.exists(keys.bindings(credential))).toBe(0);
  });

  it('use up each count of a nonce once, whatever comes of the REGISTER', async () => {
    const nonce = { id: 'n', count: 1, ttlSeconds: 10 };
    const many = ['a', 'b', 'c', 'd'].map((key) => contact(key));
    expect(await bindings.register(request(many, { nonce }))).toEqual({ result: 'full' });
    expect(await bindings.register(request([], { nonce, ask: 'fetch' }))).toEqual({ result: 'replay' });
    expect((await bindings.register(request([], { nonce: { ...nonce, count: 2 }, ask: 'fetch' }))).result).toBe('ok');
  });

  it('come with the admission of a call, in its one trip, and only for the login as it is', async () => {
    await bindings.register(request([contact('a')]));
    const other = recordRef.credential('dialplane.test', 'nobody');
    const users = [
      { credential, login },
      { credential, login: 'id.other' },
      { credential: other, login },
    ];
    const reply = await one.admission.admit({ ...admissionRequest([], [], { event: admittedEvent() }), users });
    expect(reply).toMatchObject({ result: 'ok', bindings: [[{ contact: 'sip:a@192.0.2.7' }], [], []] });
  });

  it('of damaged values are none, and forgetting says how many there were', async () => {
    await bindings.register(request([contact('a'), contact('b')]));
    const later = Date.now() + 60_000;
    const bad = [
      `${later} c 1 ${login} {}`,
      `${later} c 1 ${login} {"c":"x\\r\\ny","q":1,"s":"s","f":["1.2.3.4",1,"udp"]}`,
      'nothing at all',
    ];
    for (const [at, value] of bad.entries()) await one.redis.hset(keys.bindings(credential), `bad${at}`, value);
    expect(await named()).toHaveLength(2);
    expect((await bindings.register(request([contact('a')]))).result).toBe('ok');
    expect(await bindings.forget(credential)).toBeGreaterThanOrEqual(2);
    expect(await named()).toEqual([]);
  });

  it('are in one shard with all that a REGISTER touches (decision C24)', () => {
    const touched = [keys.bindings(credential), keys.registerNonce(credential, 'n'), keys.record(credential)];
    expect(touched.map((key) => key.slice(0, 5))).toEqual(touched.map(() => shardTag(credential)));
    expect(keys.flows('s').slice(0, 5)).toBe(keys.flowTimes('s').slice(0, 5));
  });
});

describe('flows', () => {
  const bob = recordRef.credential('dialplane.test', 'bob');
  const flow = (port: number, remainingMs = 60_000, ip: string = source.ip) => ({
    contact: `sip:a@${ip}`,
    source: { ...source, ip, port },
    remainingMs,
  });
  const ports = async (everyMs = 0, countMax = 10): Promise<number[]> =>
    (await createFlowKeeper(one.redis).due('s', everyMs, countMax)).map(({ source: { port } }) => port).sort();
  const left = () => one.redis.exists(keys.flows('s'), keys.flowTimes('s'));

  it('are due at once, then each time again, to one agent alone, until they end or are forgotten', async () => {
    const flows = createFlowKeeper(one.redis);
    await flows.keep('s', credential, [flow(1)]);
    await flows.keep('s', bob, [flow(2, 60_000, '192.0.2.8')]);
    const both = (await Promise.all([ports(40, 1), ports(40, 1), ports(40, 1)])).flat();
    expect(both.sort()).toEqual([1, 2]);
    // A refresh does not put off what is due.
    await flows.keep('s', bob, [flow(2, 60_000, '192.0.2.8')]);
    expect(await flows.due('t', 40, 10)).toEqual([]);
    await flows.keep('s', credential, []);
    const { remainingMs: _left, ...kept } = flow(2, 60_000, '192.0.2.8');
    await expect.poll(() => flows.due('s', 0, 10), { timeout: 2000 }).toEqual([kept]);
    await flows.keep('s', bob, [flow(2, 1)]);
    await expect.poll(async () => [await ports(), await left()]).toEqual([[], 0]);
  });

  it('are those of the contacts a login has now, however often it came from another port', async () => {
    const flows = createFlowKeeper(one.redis);
    for (let port = 1; port <= 20; port += 1) await flows.keep('s', credential, [flow(port), flow(100)]);
    expect(await ports()).toEqual([100, 20]);
    expect(await one.redis.hlen(keys.flows('s'))).toBe(1);
  });

  it('of logins behind one socket do not end each other', async () => {
    const flows = createFlowKeeper(one.redis);
    await flows.keep('s', credential, [flow(1)]);
    await flows.keep('s', bob, [flow(1)]);
    await flows.keep('s', bob, []);
    expect(await ports()).toEqual([1]);
  });

  it('leave Redis by themselves with the last of them, also where nobody asks for them again', async () => {
    const flows = createFlowKeeper(one.redis);
    await flows.keep('s', credential, [flow(1, 600_000)]);
    await flows.keep('s', bob, [flow(2, 60_000)]);
    for (const key of [keys.flows('s'), keys.flowTimes('s')]) {
      expect(await one.redis.pttl(key)).toBeGreaterThan(590_000);
      expect(await one.redis.pttl(key)).toBeLessThanOrEqual(600_000);
    }
  });

  it('are given out about as many as asked for, those of one login together, and the others stay due', async () => {
    const flows = createFlowKeeper(one.redis);
    await flows.keep('s', credential, [flow(1), flow(2), flow(3)]);
    await flows.keep('s', bob, [flow(4)]);
    const first = await ports(60_000, 1);
    const second = await ports(60_000, 1);
    expect([...first, ...second].sort()).toEqual([1, 2, 3, 4]);
    expect([1, 3]).toContain(first.length);
    expect(await ports(60_000, 1)).toEqual([]);
  });
});
