import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { NEVER_CHECKED, NOT_CHECKED, type PresentState } from '../../src/app/calls/decide-at-present.ts';
import { type ExplainQuestion, explainCall } from '../../src/app/calls/explain-call.ts';
import { loginMark } from '../../src/domain/binding.ts';
import type { WantedLease } from '../../src/domain/lease.ts';
import { type CredentialRecord, type RouteRecord, recordRef } from '../../src/domain/records.ts';
import { fixedClock } from '../../src/kit/clock.ts';
import { newId } from '../../src/kit/ids.ts';
import { createAgentRegistry } from '../../src/redis/agents.ts';
import { createBindings } from '../../src/redis/bindings.ts';
import { createLeaseBook } from '../../src/redis/lease-book.ts';
import { createMinuteBook } from '../../src/redis/minute-book.ts';
import { createRegisteredSenders } from '../../src/redis/registered-senders.ts';
import { account, credential, endpoint, gateway, group, number, refOf, route, routeSet } from '../domain/world.ts';
import { redisDump } from '../support/redis-dump.ts';
import { createTestRedis, type TestRedis } from '../support/services.ts';
import { admissionRequest, admittedEvent, freshPlane, type OpenPlane, openPlane } from './support/plane.ts';

const [NUMBER, FAR, AT] = ['+442071838750', '+33142685300', 1_700_000_000_000];
const PBX = { ip: '198.51.100.7', port: 5062, transport: 'udp' } as const;
const one = { priority: 1 };
const LOGIN = credential('pbx', { trunkGroupId: 'pbx', sealedHa1: 'sealed-one' });
const SITE: readonly RouteRecord[] = [
  account('acme', { routeSetId: 'platform' }),
  number(NUMBER),
  endpoint('desk', { targets: [{ uri: 'sip:alice@sip.example', priority: 10, weight: 1 }] }),
  group('carrier', { gateways: [gateway('c1', one), gateway('c2', { priority: 2 })] }),
  group('pbx', { groupKind: 'customer', accountId: 'acme' }),
  routeSet('platform', route('33', 'carrier')),
  credential('alice', { sealedHa1: 'sealed-two' }),
  LOGIN,
  { kind: 'source', trunkGroupId: 'carrier', groupKind: 'carrier', accountId: null, mode: 'live', acl: ['192.0.2.0/24'] },
  { kind: 'source', trunkGroupId: 'pbx', groupKind: 'customer', accountId: 'acme', mode: 'live', acl: [], marks: { registered: true } },
];
const OUT: ExplainQuestion = { from: NUMBER, to: FAR, credential: { realm: 'sip.example', username: 'alice' } };
const IN: ExplainQuestion = { from: '+15550100', to: NUMBER, source: { ip: '192.0.2.7', port: 5060, transport: 'udp' } };

let server: TestRedis;
let plane: OpenPlane;
let present: PresentState;
beforeAll(async () => {
  server = await createTestRedis();
  plane = await openPlane(server.url);
  const { redis } = plane;
  const bindings = createBindings({ redis, plane: { marker: { epoch: 1, runId: '0', markId: '0' } } });
  const books = { leases: createLeaseBook(redis), minutes: createMinuteBook(redis), agents: createAgentRegistry(redis) };
  present = { senders: createRegisteredSenders(redis), bindings, ...books };
});
afterAll(async () => {
  await plane.close();
  await server.close();
});
beforeEach(async () => {
  await freshPlane(plane);
  await put(...SITE);
  await createAgentRegistry(plane.redis).heartbeat('agent-1', { epoch: 1, mode: 'normal' });
});

let version = 0;
async function put(...records: readonly RouteRecord[]): Promise<void> {
  version += 1;
  const done = await plane.writer.apply(
    1,
    records.map((record) => ({ ref: refOf(record), version, record })),
  );
  expect(new Set(done)).toEqual(new Set(['applied']));
}

/** Explains with the whole of Redis compared before and after. */
async function explain(question: ExplainQuestion, isLooking = true) {
  const settings = { defaultCountry: null, unknownSource: 'drop', sipDomain: 'sip.example' } as const;
  const deps = { reader: plane.reader, settings, clock: fixedClock(AT), newId, ...(isLooking ? { present } : {}) };
  const before = await redisDump(plane.redis);
  const explained = await explainCall(question, deps);
  expect(await redisDump(plane.redis)).toEqual(before);
  expect(before.length).toBeGreaterThanOrEqual(SITE.length);
  return explained;
}
const codeOf = async (question: ExplainQuestion) => (await explain(question)).code ?? 'connect';

/** A call on the wire that takes these leases. */
async function admit(...leases: readonly WantedLease[]) {
  const event = admittedEvent({ at: AT - 130_000, leases });
  const reply = await plane.admission.admit(admissionRequest([], [], { event, leases }));
  return { reply, callId: event.callId };
}

async function register(login: CredentialRecord, source: typeof PBX): Promise<void> {
  const ref = recordRef.credential(login.realm, login.username);
  const way = { server: '127.0.0.1:9022', source, viaSource: true, path: [], userAgent: 'phone' };
  const contact = { key: 'k', contact: 'sip:x@198.51.100.7:5062', q: 500, expiresSeconds: 600, ...way };
  const order = { version, login: loginMark(login), nonce: null, callId: 'x', cseq: 1, contactsMax: 10 };
  const bindings = createBindings({ redis: plane.redis, plane: { marker: { epoch: 1, runId: '0', markId: '0' } } });
  const { result } = await bindings.register({ credential: ref, ask: 'update', contacts: [contact], ...order });
  expect(result).toBe('ok');
}

it('invariant 9: knows the trunk of whoever registered exactly there, as the wire does, and nobody else from there', async () => {
  const question = { from: NUMBER, to: FAR, source: PBX };
  expect(await codeOf(question)).toBe('authentication_required');
  await register(LOGIN, PBX);
  await createRegisteredSenders(plane.redis).note(PBX, recordRef.credential('sip.example', 'pbx'), 60_000);
  const explained = await explain(question);
  expect(explained).toMatchObject({ outcome: 'connect', notChecked: NEVER_CHECKED });
  expect(JSON.stringify(explained.steps)).toContain('registered pbx@sip.example');
  expect(await codeOf({ ...question, source: { ...PBX, port: 5063 } })).toBe('authentication_required');
  // Its password was changed: what registered with the old one is nobody's.
  await put({ ...LOGIN, sealedHa1: 'sealed-three' });
  expect(await codeOf(question)).toBe('authentication_required');
});

it('invariant 9: passes over what is full and refuses where nothing is left, as admission would now', async () => {
  const limits = { channelsMax: 1, perSecondMax: null };
  await put(
    account('acme', { routeSetId: 'platform', limits }),
    group('carrier', { gateways: [gateway('c1', { ...one, limits }), gateway('c2', { priority: 2 })] }),
  );
  expect((await explain(OUT)).candidates.map(({ gateway: id, chosen }) => [id, chosen])).toEqual([
    ['c1', true],
    ['c2', true],
  ]);
  expect((await admit({ kind: 'gateway', id: 'c1', ...limits })).reply).toEqual({ result: 'ok' });
  expect((await explain(OUT)).candidates.map(({ gateway: id, chosen, reason }) => [id, chosen, reason])).toEqual([
    ['c2', true, expect.any(String)],
    ['c1', false, 'gateway full'],
  ]);
  const acme = { kind: 'account', id: 'acme', ...limits } as const;
  expect((await admit(acme)).reply).toEqual({ result: 'ok' });
  expect((await admit(acme)).reply).toMatchObject({ result: 'full', scope: { kind: 'account', id: 'acme' }, why: 'channels' });
  const refused = await explain(OUT);
  expect(refused).toMatchObject({ outcome: 'reject', code: 'limit_reached', sipStatus: 503, notChecked: NEVER_CHECKED });
  expect(refused.steps.at(-1)).toMatchObject({ step: 'limits', ok: false, facts: { kind: 'account', id: 'acme', why: 'channels' } });
  // Calls for help are blocked by no limit (decision C15).
  await put(routeSet('platform', route('33', 'carrier'), route('=112', 'carrier')));
  expect(await codeOf({ ...OUT, to: '112' })).toBe('connect');
});

it('says that the minutes of the day are used up', async () => {
  const limits = { channelsMax: null, perSecondMax: null, minutesPerDayMax: 2 };
  await put(account('acme', { routeSetId: 'platform', limits }));
  const { callId } = await admit({ kind: 'account', id: 'acme', ...limits });
  expect(await codeOf(OUT)).toBe('connect');
  const minutes = [{ kind: 'account', id: 'acme' }] as const;
  await plane.admission.append([{ type: 'answered', callId, seq: 1, agentId: 'agent-1', at: AT - 121_000, sipStatus: 200, minutes }]);
  expect(await codeOf(OUT)).toBe('minutes_exhausted');
});

it('says that no phone of the called SIP user is registered, and rings the one that is', async () => {
  const nobody = await explain(IN);
  expect(nobody).toMatchObject({ outcome: 'reject', code: 'not_registered', sipStatus: 480, remedy: expect.any(String) });
  expect(nobody.candidates).toMatchObject([{ uri: 'sip:alice@sip.example', chosen: false, reason: 'no phone is registered' }]);
  await register(SITE[6] as CredentialRecord, PBX);
  expect(await explain(IN)).toMatchObject({ outcome: 'connect', notChecked: NEVER_CHECKED });
});

it('says what it did not look at: of another time nobody knows what will be in use', async () => {
  expect(await explain({ ...IN, at: AT + 1 })).toMatchObject({ outcome: 'connect', notChecked: NOT_CHECKED });
  expect(await explain(IN, false)).toMatchObject({ outcome: 'connect', notChecked: NOT_CHECKED });
});
