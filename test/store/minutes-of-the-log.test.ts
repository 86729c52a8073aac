import { afterAll, beforeAll, expect, test } from 'vitest';
import { CallLeases, firstLeases } from '../../src/app/calls/call-leases.ts';
import { EventQueue } from '../../src/app/calls/event-queue.ts';
import { CallRecord } from '../../src/app/calls/record-call.ts';
import { createKeepMinutes } from '../../src/app/limits/keep-minutes.ts';
import type { CallRequest, Connect } from '../../src/domain/call.ts';
import type { AttemptEnd } from '../../src/domain/failover.ts';
import { isDue, type Tried } from '../../src/domain/fallback.ts';
import type { LeaseScope, Limits } from '../../src/domain/lease.ts';
import { numberIdsOf } from '../../src/domain/numbers-of-call.ts';
import type { EndpointRecord, RouteRecord } from '../../src/domain/records.ts';
import { fixedClock } from '../../src/kit/clock.ts';
import { newId, newIdAt } from '../../src/kit/ids.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { createCallLog } from '../../src/redis/call-log.ts';
import { closeRedis, connectRedis } from '../../src/redis/client.ts';
import { createMinuteBook } from '../../src/redis/minute-book.ts';
import { postgresCallFolder } from '../../src/store/fold-calls.ts';
import { postgresMinutes } from '../../src/store/minutes.ts';
import { postgresTraffic } from '../../src/store/traffic.ts';
import {
  account,
  credential,
  decide,
  endpoint,
  gateway,
  group,
  number,
  request,
  route,
  routeSet,
  source,
  worldOf,
} from '../domain/world.ts';
import { admissionRequest, admittedEvent, freshPlane, type OpenPlane, openPlane, seededRandom } from '../redis/support/plane.ts';
import { createTestRedis, type TestRedis } from '../support/services.ts';
import { addAccount, anAccount, openStore, type StoreFixture } from './store-fixture.ts';

let store: StoreFixture;
let server: TestRedis;
let plane: OpenPlane;
let blockingRedis: OpenPlane['redis'];
beforeAll(async () => {
  [store, server] = await Promise.all([openStore('minutes_log'), createTestRedis()]);
  plane = await openPlane(server.url);
  await freshPlane(plane);
  blockingRedis = await connectRedis({ url: server.url, name: 'drain', log: silentLogger, commandTimeoutMs: 5000, blocking: true });
});
afterAll(async () => {
  await closeRedis(blockingRedis);
  await plane.close();
  await Promise.all([store.close(), server.close()]);
});

const [A, SUB, G] = ['+442071838750', '+442071838760', '+12025550123'] as const;
const [FAR, FURTHER] = ['+4930123456', '+33142685300'] as const;
const limits: Limits = { channelsMax: null, perSecondMax: null, minutesPerDayMax: 1_000_000 };
const ids = Object.fromEntries(
  ['acme', 'sub', 'globex', 'nA', 'nSub', 'nG', 'carrier', 'other', 'pbx', 'alice', 'susan', 'gina', 'trunked'].map((name) => [
    name,
    newId(),
  ]),
) as Record<string, string>;
const id = (name: string): string => ids[name] ?? '';
const HOLDERS = [
  { e164: A, owner: 'acme', sub: null, of: 'nA' },
  { e164: SUB, owner: 'acme', sub: 'sub', of: 'nSub' },
  { e164: G, owner: 'globex', sub: null, of: 'nG' },
] as const;
const SCOPES: readonly LeaseScope[] = [
  ...['nA', 'nSub', 'nG'].map((name) => ({ kind: 'number' as const, id: id(name) })),
  ...['acme', 'sub', 'globex'].map((name) => ({ kind: 'account' as const, id: id(name) })),
  ...['carrier', 'other', 'pbx'].map((name) => ({ kind: 'trunk_group' as const, id: id(name) })),
];

/** Where the calls of a number go: to a desk, on by a forward, or from the one to the other. */
type Way = Pick<EndpointRecord, 'targets'> & Partial<EndpointRecord>;
const DESK = [{ uri: 'sip:desk@pbx.example', priority: 1, weight: 1 }];
const forward = (e164: string): Way => ({ targets: [], route: { kind: 'forward', e164: e164 as never } });

function worldWith(ways: readonly Way[], behind: string) {
  const gates = (name: string) => [gateway(id(`${name}1`), { priority: 1 }), gateway(id(`${name}2`), { priority: 2 })];
  const user = (name: string, owner: string, more: object = {}) => credential(name, { id: id(name), accountId: id(owner), ...more });
  const records: RouteRecord[] = [
    account(id('acme'), { country: 'GB', limits }),
    account(id('sub'), { parentId: id('acme'), limits }),
    account(id('globex'), { country: 'US', limits }),
    group(id('carrier'), { limits, gateways: gates('carrier') }),
    group(id('other'), { limits, gateways: gates('other') }),
    group(id('pbx'), { groupKind: 'customer', accountId: id('acme'), limits }),
    user('alice', 'acme'),
    user('trunked', 'acme', { trunkGroupId: id('pbx') }),
    user('susan', 'acme', { subAccountId: id('sub') }),
    user('gina', 'globex'),
    routeSet('platform', route('49', id('carrier')), route('33', id('carrier')), route('33', id('other')), route('=112', id('other'))),
  ];
  for (const [index, { e164, owner, sub, of }] of HOLDERS.entries()) {
    const accountId = id(sub ?? owner);
    const holder = { ownerAccountId: id(owner), subAccountId: sub === null ? null : id(sub) };
    records.push(number(e164, { id: id(of), ...holder, endpointId: `e${index}`, limits }));
    records.push(endpoint(`e${index}`, { accountId, ...ways[index] }), endpoint(`f${index}`, { accountId, ...forward(behind) }));
  }
  return worldOf(...records);
}

const CALLERS = [
  ['alice', A],
  ['trunked', A],
  ['susan', SUB],
  ['gina', G],
] as const;

function someRequest(random: (below: number) => number, at: number): CallRequest {
  const pick = <T>(of: readonly T[]): T => of[random(of.length)] as T;
  const base = { callId: newIdAt(at), at };
  const [username, own] = pick(CALLERS);
  const to = pick([A, SUB, G, FAR, FURTHER, '112']);
  const asked = { requestUser: to, toUser: to, caller: { from: own } };
  const sources = [source(id('pbx'), { groupKind: 'customer' })];
  const transfer = { callId: newId(), accountId: id('acme'), subAccountId: null, mode: 'live', e164: A } as const;
  switch (random(5)) {
    case 0:
      return request({ ...base, ...asked, auth: { result: 'valid', realm: 'sip.example', username } });
    case 1:
      return request({ ...base, ...asked, caller: { from: A }, sources });
    case 2:
      return request({ ...base, ...asked, caller: { from: A }, transfer: { ...transfer, ...pick([{}, { trunkGroupId: id('pbx') }]) } });
    default: {
      const called = pick([A, SUB, G]);
      return request({ ...base, requestUser: called, toUser: called, caller: { from: '+33612345678' }, sources: [source(id('carrier'))] });
    }
  }
}

interface Call {
  readonly decision: Connect;
  readonly record: CallRecord;
  readonly leases: CallLeases;
  readonly tried: Tried[];
  n: number;
  answered: boolean;
}

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

test('invariant 6: minutes counted anew from the log of 300 random calls are those Redis had, and the guard sees each that left', async () => {
  await insertHolders();
  const random = seededRandom(seed);
  const clock = fixedClock(Date.UTC(2026, 0, 1, 23));
  const began = clock.now();
  const queue = new EventQueue(plane.admission, silentLogger);
  const leaseDeps = { agentId: 'agent-1', admission: plane.admission, metrics: { limitsOpen: () => {} }, log: silentLogger };
  const live = new Set<Call>();
  const went = new Map<string, number>();

  async function begin(): Promise<void> {
    const at = clock.now();
    const ways = HOLDERS.map(({ e164 }, index): Way => {
      const ahead = [FAR, FURTHER, ...HOLDERS.map((one) => one.e164).filter((one) => one !== e164)];
      const fallback = { on: ['busy', 'unreachable', 'no_answer'] as const, endpointId: `f${index}` };
      return [{ targets: DESK }, { targets: DESK, fallback }, forward(ahead[random(ahead.length)] ?? FAR)][random(3)] ?? { targets: DESK };
    });
    const asked = someRequest(random, at);
    const { decision } = decide(worldWith(ways, random(2) === 0 ? FAR : FURTHER), asked, {
      ...{ defaultCountry: null, unknownSource: 'drop', onNet: 'internal' },
    });
    if (decision.outcome !== 'connect') return;
    const numberIds = numberIdsOf(decision.parties);
    const leases = firstLeases(decision);
    const event = admittedEvent({ callId: asked.callId, at, parties: decision.parties, leases });
    expect(await plane.admission.admit(admissionRequest([], numberIds, { event, leases }))).toMatchObject({ result: 'ok' });
    const of = { callId: asked.callId, agentId: 'agent-1', numberIds, seq: 1 };
    const record = new CallRecord(of, clock, queue);
    const held = new CallLeases(decision, { ...of, since: at }, leaseDeps);
    live.add({ decision, record, leases: held, tried: [], n: 0, answered: false });
  }

  /** The next target's turn: it does not answer, is busy or picks up. */
  async function attempt(call: Call): Promise<void> {
    const { decision, record, leases, tried } = call;
    const chosen = decision.candidates.filter((one) => one.chosen);
    const index = chosen.findIndex((one, at) => at >= call.n && isDue(one, tried));
    const candidate = chosen[index];
    if (candidate === undefined) return end(call, false);
    call.n = index + 1;
    if (index > 0) expect(await leases.moveTo(candidate)).toBe('taken');
    record.attempt(call.n, candidate, candidate.uri, newId(), leases.held);
    const finish: AttemptEnd = random(3) === 0 ? { outcome: 'failed', sipStatus: 503 } : { outcome: 'answered', sipStatus: 200 };
    const { parties } = decision;
    const [by, to] =
      candidate.leaves === undefined ? [parties.accountId, parties.called] : [candidate.leaves.accountId, candidate.leaves.called];
    if (candidate.leaves !== undefined || parties.direction === 'outbound')
      went.set(`${parties.direction} ${record.callId} ${by} ${to}`, 1);
    record.attemptEnded(call.n, finish, newId());
    tried.push({ candidate, ends: [finish], isFinal: false });
    if (finish.outcome !== 'answered') return;
    call.answered = true;
    record.answered(200, leases.minutes);
  }

  function end(call: Call, answered: boolean): void {
    live.delete(call);
    call.record.close({ outcome: answered ? 'completed' : 'failed', sipStatus: answered ? 200 : 503, code: null, endedBy: 'caller' });
  }

  for (let calls = 0; calls < 300 || live.size > 0; ) {
    clock.set(clock.now() + random(20_000));
    const call = [...live][random(Math.max(live.size, 1))];
    if (calls < 300 && (call === undefined || random(3) === 0)) {
      calls += 1;
      await begin();
    } else if (call?.answered) end(call, true);
    else if (call !== undefined) await attempt(call);
  }
  expect(await queue.drain(10_000)).toBe(true);
  await foldLog();

  const book = createMinuteBook(plane.redis);
  const reader = postgresMinutes(store.pool);
  const at = clock.now();
  const used = async () => Promise.all(SCOPES.map((scope) => book.used(scope, at)));
  const before = await used();
  expect(await Promise.all(SCOPES.map((scope) => reader.ended(scope, at))), `seed ${seed}`).toEqual(before);
  expect(
    before.every((ms) => ms > 0),
    `seed ${seed}: ${before.join(' ')}`,
  ).toBe(true);
  // A Redis that forgot everything.
  await plane.redis.flushdb();
  const limited = async (kind: LeaseScope['kind']) => SCOPES.filter((scope) => scope.kind === kind).map((scope) => scope.id);
  await createKeepMinutes({ book, clock, reader: { ...reader, limited } })();
  expect(await used(), `seed ${seed}`).toEqual(before);

  const seen = (await postgresTraffic(store.pool).between(began, at + 1)).flatMap(({ accountId, rows }) =>
    rows.map(({ prefix, attempts }) => `${accountId} ${prefix} ${attempts}`),
  );
  const told = new Map<string, number>();
  for (const call of went.keys()) {
    const [, , by, to = ''] = call.split(' ');
    if (to.startsWith('+')) told.set(`${by} ${to.slice(1, 5)}`, (told.get(`${by} ${to.slice(1, 5)}`) ?? 0) + 1);
  }
  expect(seen.toSorted(), `seed ${seed}`).toEqual([...told].map(([of, attempts]) => `${of} ${attempts}`).toSorted());
  // Of each kind there were some.
  for (const kind of ['inbound', 'internal', 'outbound'])
    expect(
      [...went.keys()].some((one) => one.startsWith(kind)),
      kind,
    ).toBe(true);
});

async function insertHolders(): Promise<void> {
  for (const name of ['carrier', 'other']) for (const n of [1, 2]) ids[`${name}${n}`] = newId();
  const acme = await addAccount(store, anAccount({ id: id('acme') }));
  await addAccount(store, anAccount({ id: id('sub'), kind: 'sub_account', parentId: acme.id }));
  await addAccount(store, anAccount({ id: id('globex') }));
  for (const name of ['carrier', 'other', 'pbx'])
    await store.sql('insert into trunk_groups (id, name, kind, account_id, created_at, updated_at) values ($1, $2, $3, $4, now(), now())', [
      id(name),
      name,
      name === 'pbx' ? 'customer' : 'carrier',
      name === 'pbx' ? id('acme') : null,
    ]);
  await store.sql(
    `insert into sip_credentials (id, realm, username, account_id, trunk_group_id, mode, sealed_password, sealed_ha1, created_at, updated_at)
     values ($1, 'sip.example', 'trunked', $2, $3, 'live', '', '', now(), now())`,
    [id('trunked'), id('acme'), id('pbx')],
  );
}

/** As the worker does: what the agents said, as it went over the wire. */
async function foldLog(): Promise<void> {
  const bad: string[] = [];
  const log = createCallLog({ redis: plane.redis, blockingRedis, onBadValue: (where, why) => bad.push(`${where} ${why}`) });
  const folder = postgresCallFolder(store.pool, silentLogger);
  for (let left = await log.backlog(); left > 0; left = await log.backlog()) {
    const events = await log.read(997, 10);
    await folder.fold(events.map(({ event }) => event));
    await log.forget(events.map(({ streamId }) => streamId));
  }
  expect(bad).toEqual([]);
  expect(await store.sql('select * from call_events_rejected')).toEqual([]);
}
