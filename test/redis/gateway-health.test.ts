import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { GatewayHealth } from '../../src/app/gateways/gateway-health.ts';
import type { GatewayHealthStore, HealthNote } from '../../src/app/ports/gateway-health.ts';
import { excludedGroup } from '../../src/domain/candidates.ts';
import type { AttemptEnd } from '../../src/domain/failover.ts';
import { newId } from '../../src/kit/ids.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { createGatewayHealthStore } from '../../src/redis/gateway-health.ts';
import { keys } from '../../src/redis/keys.ts';
import { createTestRedis, type TestRedis } from '../support/services.ts';
import { type OpenPlane, openPlane } from './support/plane.ts';

let server: TestRedis;
let plane: OpenPlane;
let store: GatewayHealthStore;
beforeAll(async () => {
  server = await createTestRedis();
  plane = await openPlane(server.url);
  store = createGatewayHealthStore(plane.redis);
});
afterAll(async () => {
  await plane.close();
  await server.close();
});
beforeEach(() => plane.redis.flushdb());

const NOTE = {
  gatewayId: 'g',
  trunkGroupId: 't',
  from: 'call',
  why: '503',
  ofCall: null,
  downAfter: 3,
  upAfter: 2,
  retryMs: 60_000,
} as const satisfies Partial<HealthNote>;
const note = (isGood: boolean, more: Partial<HealthNote> = {}) => store.note({ ...NOTE, isGood, ...more });
const state = async () => (await store.read(null)).states?.[0];

it('goes down after so many failures in a row and up after so many good ones, and tells each change once', async () => {
  const told = [];
  for (const isGood of [false, false, true, false, false, false, false, true, false, true, true, true]) told.push(await note(isGood));
  expect(told).toEqual([null, null, null, null, null, 'down', null, null, null, null, 'up', null]);
  expect(await state()).toMatchObject({ state: 'up', failures: 0, why: '503', by: 'call' });
});

/** Rows of failures: `x1` of a call of x to number 1, `-` silence, `+` a good call; `!` after the one that brings the gateway down. */
it.each([
  ['one number, as often as it is dialled', 'x1 x1 x1 x1 x1 y1 z1', 3],
  ['three numbers of two origins', 'x1 x2 y3!', 3],
  ['three numbers of three origins, one of them twice', 'x1 x1 y2 z3!', 3],
  ['one origin that dials many bad numbers', 'x1 x2 x3 x4 x5 x6 x7 x8', 3],
  ['then another one’s, of a number of its own', 'x1 x2 x3 x4 x5 y6!', 3],
  ['then another one’s, of a number that was bad already', 'x1 x2 x3 x4 y1', 3],
  ['one origin, and silence, which is nobody’s', 'x1 x2 -!', 3],
  ['silence, and one origin', '- x1 x2!', 3],
  ['silence alone, whoever calls', '- - -!', 3],
  ['a good call of anybody between them', 'x1 x2 + y3 y4 x5!', 3],
  ['a good call behind what one dialled, which then goes on', 'x1 x2 x3 x4 + x5 x6 x7 x8', 3],
  ['where one failure is enough, one is', 'x1!', 1],
  ['two of two', 'x1 y2!', 2],
  ['two of one', 'x1 x2', 2],
])('a gateway that answers calls with failures: %s', async (_name, row, downAfter) => {
  const told = [];
  for (const one of row.replaceAll('!', '').split(' ')) {
    const ofCall = one.length === 2 ? { origin: one.slice(0, 1), called: `sip:${one.slice(1)}@gw` } : null;
    told.push(`${one}${(await note(one === '+', { ofCall, downAfter })) === 'down' ? '!' : ''}`);
  }
  expect(told.join(' ')).toBe(row);
});

it('is brought down by the only one who uses it too, when its calls have failed for a while', async () => {
  const calls =
    (patient: GatewayHealthStore) =>
    async (called: string, isGood = false) =>
      patient.note({ ...NOTE, isGood, ofCall: { origin: 'x', called } });
  const [now, later] = [calls(createGatewayHealthStore(plane.redis, 0)), calls(store)];
  for (const called of ['1', '2', '3', '4']) expect(await later(called)).toBeNull();
  expect(await now('5')).toBe('down');
  await store.forget(['g']);
  // Numbers, and time: one number that is bad for ever is no news of the gateway.
  for (let count = 0; count < 5; count += 1) expect(await now('1')).toBeNull();
  expect([await now('2'), await now('1', true), await now('3'), await now('4'), await now('5')]).toEqual([null, null, null, null, 'down']);
});

it('is brought up by OPTIONS at once where they brought it down, and after its time only where calls did', async () => {
  const ping = { from: 'ping', downAfter: 1, upAfter: 1 } as const;
  await note(false, { ...ping, why: 'no_response' });
  expect(await state()).toMatchObject({ state: 'down', by: 'ping', pingedWith: 'no_response' });
  expect(await store.takeTrial('g')).toBe(false);
  expect(await note(true, ping)).toBe('up');
  await note(false, { downAfter: 1 });
  expect(await note(true, ping)).toBeNull();
  expect(await note(true, { ...ping, retryMs: 0 })).toBe('up');
});

it('gives the trial of its time to one of ten that ask', async () => {
  await note(false, { downAfter: 1, retryMs: 0 });
  const taken = await Promise.all(Array.from({ length: 10 }, () => store.takeTrial('g')));
  expect(taken.filter((one) => one)).not.toEqual([]);
  await note(false, { retryMs: 60_000 });
  expect(await Promise.all(Array.from({ length: 10 }, () => store.takeTrial('g')))).toEqual(Array(10).fill(false));
});

it('says that nothing moved, and reads past what nobody can read', async () => {
  await note(false);
  await plane.redis.hset(keys.gatewayHealth, { bad: '{"s":1}', worse: 'x' });
  const { version, states } = await store.read(null);
  expect(states).toHaveLength(1);
  expect((await store.read(version)).states).toBeNull();
  await note(false);
  expect((await store.read(version)).states).toHaveLength(1);
  // What was damaged begins anew.
  await note(false, { gatewayId: 'worse' });
  expect((await store.read(null)).states).toHaveLength(2);
  await store.forget(['g', 'worse', 'bad']);
  expect((await store.read(null)).states).toEqual([]);
});

it('has one agent that looks after gateways, until it resigns or is silent', async () => {
  expect([await store.lead('a', 60_000), await store.lead('b', 60_000), await store.lead('a', 60_000)]).toEqual([true, false, true]);
  await store.resign('b');
  expect(await store.lead('b', 60_000)).toBe(false);
  await store.resign('a');
  expect(await store.lead('b', 60_000)).toBe(true);
});

it('keeps how a registration stands', async () => {
  const one = { gatewayId: 'g', trunkGroupId: 't', state: 'registered', status: '200', at: 1, expiresAt: 2 } as const;
  await store.saveRegistration(one);
  expect(await store.registrations()).toEqual([one]);
});

const gateway = { ...excludedGroup(newId(), ''), gatewayId: newId() };
const call = (called: string, origin = 'acme') => ({ called: `sip:${called}@gw`, origin });
const end = (outcome: AttemptEnd['outcome'], sipStatus: number | null = null): AttemptEnd => ({ outcome, sipStatus });

it('asks Redis nothing about the good calls of a gateway that is well', async () => {
  let notes = 0;
  const counted: GatewayHealthStore = {
    ...store,
    async note(one) {
      notes += 1;
      return store.note(one);
    },
  };
  const health = new GatewayHealth({ store: counted, log: silentLogger });
  await health.refresh();
  for (const good of [end('answered', 200), end('failed', 486), end('failed', 404), end('ring_timeout'), end('cancelled')])
    health.noted(gateway, good, 'x', call('1'));
  for (const ours of ['target_forbidden', 'Error: not connected', 'control connection lost'])
    health.noted(gateway, end('unreachable'), ours, call('1'));
  health.noted(gateway, end('limit_reached'), 'x', call('1'));
  expect(notes).toBe(0);
  health.noted(gateway, end('failed', 503), 'refused', call('1'));
  health.noted(gateway, end('answered', 200), 'x', call('1'));
  health.noted(gateway, end('answered', 200), 'x', call('1'));
  expect(notes).toBe(2);
  expect(health.known).toEqual([{ gatewayId: gateway.gatewayId, trunkGroupId: gateway.trunkGroupId, up: true }]);
});

it('is not brought down for all by one caller whose number is refused everywhere', async () => {
  const health = new GatewayHealth({ store, log: silentLogger });
  const state = async () => (await store.read(null)).states?.[0];
  for (let count = 0; count < 4; count += 1) health.noted(gateway, end('failed', 503), 'refused', call('+19005550100'));
  health.noted(gateway, end('no_response'), 'x', call('+19005550100'));
  await expect.poll(state).toMatchObject({ state: 'up', failures: 2 });
  health.noted(gateway, end('failed', 503), 'refused', call('+33142685300'));
  await expect.poll(state).toMatchObject({ state: 'down', failures: 3 });
});

it('is the same to another agent after a look, and kept when all agents are gone', async () => {
  const [one, other] = [1, 2].map(() => new GatewayHealth({ store, log: silentLogger })) as [GatewayHealth, GatewayHealth];
  await note(false, { gatewayId: gateway.gatewayId, downAfter: 1 });
  await one.refresh();
  expect(one.unwell).toEqual([{ gatewayId: gateway.gatewayId, state: 'down', why: '503' }]);
  const same = one.unwell;
  await one.refresh();
  expect(one.unwell).toBe(same);
  await other.refresh();
  expect(other.unwell).toEqual(one.unwell);
});
