import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Transaction } from '../../src/app/ports/store.ts';
import type { Account } from '../../src/domain/account.ts';
import { idAt } from '../../src/kit/ids.ts';
import { postgresAuditLog } from '../../src/store/audit.ts';
import { postgresCallReader } from '../../src/store/calls.ts';
import { postgresMinutes } from '../../src/store/minutes.ts';
import { ownedNumberRecordsAfter } from '../../src/store/number-records.ts';
import { numberStore } from '../../src/store/numbers.ts';
import { openCallsOfOthers } from '../../src/store/open-calls.ts';
import { listAllOrders, listOrders } from '../../src/store/order-lists.ts';
import { postgresOutbox } from '../../src/store/outbox.ts';
import type { Queryable } from '../../src/store/pool.ts';
import { stockLevels } from '../../src/store/stock-levels.ts';
import { postgresTraffic } from '../../src/store/traffic.ts';
import { addAccount, openStore, type StoreFixture, T0 } from './store-fixture.ts';

const ROWS = 20_000;

let store: StoreFixture;
let owner: Account;
beforeAll(async () => {
  store = await openStore('plans');
  owner = await addAccount(store);
  await store.sql(
    `insert into numbers (id, e164, mode, country, type, setup_fee_minor, monthly_fee_minor, currency, created_at, updated_at,
       owner_account_id, lifecycle)
     select gen_random_uuid(), '+44' || (2000000000 + n), 'live', (array['GB', 'FR', 'DE', 'US'])[n % 4 + 1], 'local', 0, 0, 'USD',
       to_timestamp($2::bigint / 1000 + n), now(), case when n % 100 = 0 then $3::uuid end, case when n % 100 = 0 then 'active' else 'available' end
     from generate_series(1, $1::int) n`,
    [ROWS, T0, owner.id],
  );
  await store.sql("select make_call_day('2026-01-01'::date + d) from generate_series(0, 9) d");
  await store.sql(
    'insert into open_calls (call_id, agent_id) select call_id_at(to_timestamp($2::bigint / 1000 + n * 40000)), $3 from generate_series(1, $1::int) n',
    [ROWS / 1000, T0, 'a2'],
  );
  await store.sql(
    `insert into calls (call_id, direction, mode, caller, called, number_id, account_id, origin, agent_id, started_at, ended_at, versions,
       sip_call_id, last_seq)
     select call_id_at(to_timestamp($2::bigint / 1000 + n * 40)), 'inbound', 'live', '+33' || n, '+44' || n % 1000, null, null, '{}',
       'a' || n % 5, to_timestamp($2::bigint / 1000 + n * 40), case when n % 1000 > 0 then now() end, '[]', n::text, 1
     from generate_series(1, $1::int) n`,
    [ROWS, T0],
  );
  await store.sql(
    `insert into call_attempts (call_id, n, trunk_group_id, gateway_id, sip_call_id)
     select call_id_at(to_timestamp($2::bigint / 1000 + n * 40)), 1, $3::uuid, md5((n % 500)::text)::uuid, n::text || '-1'
     from generate_series(1, $1::int) n`,
    [ROWS, T0, owner.id],
  );
  await store.sql(
    `insert into audit (id, at, actor, action, resource, account_id)
     select gen_random_uuid(), to_timestamp($2::bigint / 1000 + n), '{}', 'a' || n % 20, 'number:' || n % 500, null
       from generate_series(1, $1::int) n`,
    [ROWS, T0],
  );
  await store.sql(
    `insert into number_orders (id, mode, owner_account_id, status, requirements_met, phone_numbers_count, created_at, updated_at)
     select gen_random_uuid(), 'live', case when n % 100 = 0 then $3::uuid else $4::uuid end, 'success', true, 1,
       to_timestamp($2::bigint / 1000 + n), now() from generate_series(1, $1::int) n`,
    [ROWS, T0, owner.id, (await addAccount(store)).id],
  );
  await store.sql('analyze');
});
afterAll(() => store.close());

/** Runs `work` and returns the plans of its statements as text. */
async function plansOf(work: (db: Queryable) => Promise<unknown>): Promise<string[]> {
  const plans: string[] = [];
  const explaining: Queryable = {
    async query(text, values) {
      // What only asks for a plan reads nothing.
      if (text.startsWith('explain')) return store.pool.query(text, values);
      const explained = await store.sql<{ 'QUERY PLAN': string }>(`explain ${text}`, values === undefined ? [] : [...values]);
      plans.push(explained.map((row) => row['QUERY PLAN']).join('\n'));
      return store.pool.query(text, values);
    },
  };
  await work(explaining);
  return plans;
}

const GATEWAY = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b';
const page = { limit: 20, after: { createdAt: T0 + 400_000_000, id: idAt(T0 + 400_000_000) } };
const numbers = (work: (tx: Transaction['numbers']) => Promise<unknown>) => (db: Queryable) => work(numberStore(db));
const stock = () => ({ mode: 'live' as const, buyer: holder(), at: T0 });
const holder = () => ({ ownerAccountId: owner.id, subAccountId: null });

/** Only the days of these calls count: those of the migration are empty, and reading nothing whole is the best plan. */
const FULL_SCAN = /Seq Scan on (numbers|number_orders|audit|(calls|call_attempts)_202601)/;

const HOT: readonly [string, (db: Queryable) => Promise<unknown>][] = [
  ['numbers by holder', numbers((n) => n.list({ holder: holder() }, page))],
  ['numbers by holder with count', numbers((n) => n.listByOffset({ holder: holder(), mode: 'live' }, { limit: 20, offset: 0 }))],
  ['numbers by owner', numbers((n) => n.list({ ownerAccountId: owner.id }, page))],
  ['number by E.164', numbers((n) => n.byE164('live', '+442000000100'))],
  ['numbers by E.164 without mode', numbers((n) => n.list({ e164: '+442000000100' }, { limit: 20, after: null }))],
  ['all numbers', numbers((n) => n.list({}, page))],
  ['numbers of an endpoint', numbers((n) => n.countUsing({ endpointId: owner.id }))],
  ['numbers of a trunk group', numbers((n) => n.countUsing({ trunkGroupId: owner.id }))],
  ['stock by prefix', numbers((n) => n.stock({ ...stock(), startsWith: '+44200000012' }, { limit: 20, offset: 0 }))],
  ['stock of a country', numbers((n) => n.stock({ ...stock(), country: 'FR', type: 'local' }, { limit: 20, offset: 40 }))],
  ['orders of a holder', (db) => listOrders(db, { holder: holder(), mode: 'live' }, { limit: 20, offset: 40 })],
  ['orders of a holder by time', (db) => listOrders(db, { holder: holder(), mode: 'live', createdAfter: T0 }, { limit: 20, offset: 0 })],
  ['all orders', (db) => listAllOrders(db, {}, page)],
  ['calls by Call-ID', (db) => postgresCallReader(db).list({ sipCallId: '77' }, { limit: 20, after: null })],
  ['calls by number', (db) => postgresCallReader(db).list({ number: '+44500' }, { limit: 20, after: null })],
  ['calls by account', (db) => postgresCallReader(db).list({ accountId: owner.id }, page)],
  ['calls through a gateway', (db) => postgresCallReader(db).list({ gatewayId: GATEWAY }, page)],
  ['calls through a trunk group', (db) => postgresCallReader(db).list({ trunkGroupId: owner.id }, page)],
  ['calls by refusal', (db) => postgresCallReader(db).list({ refusalCode: 'rate_exceeded' }, page)],
  ['calls through a gateway that were answered', (db) => postgresCallReader(db).list({ gatewayId: GATEWAY, durationMinMs: 1 }, page)],
  ['calls that go on', (db) => postgresCallReader(db).list({ live: true }, page)],
  [
    'calls of an account through a gateway that go on',
    (db) => postgresCallReader(db).list({ live: true, accountId: owner.id, gatewayId: GATEWAY }, page),
  ],
  ['all calls', (db) => postgresCallReader(db).list({}, page)],
  ['minutes of a number', (db) => postgresMinutes(db).ended({ kind: 'number', id: owner.id }, T0)],
  ['minutes of an account', (db) => postgresMinutes(db).ended({ kind: 'account', id: owner.id }, T0)],
  ['minutes of a trunk group', (db) => postgresMinutes(db).ended({ kind: 'trunk_group', id: owner.id }, T0)],
  ['calls out of an hour', (db) => postgresTraffic(db as never).between(T0 + 400_000_000, T0 + 403_600_000)],
  ['numbers with minutes', (db) => postgresMinutes(db).limited('number', null, 200)],
  ['audit of a resource', (db) => postgresAuditLog(db).list({ resource: 'number:7' }, page)],
  ['audit of an action', (db) => postgresAuditLog(db).list({ action: 'a7' }, page)],
  ['all audit', (db) => postgresAuditLog(db).list({}, page)],
];

test.each(HOT)('the query for %s uses an index', async (_name, work) => {
  const plans = await plansOf(work);
  expect(plans.length).toBeGreaterThan(0);
  for (const plan of plans) expect(plan).not.toMatch(FULL_SCAN);
});

test('a span of time opens only its days, and so does a page', async () => {
  const day = Date.UTC(2026, 0, 4);
  const days = (plans: readonly string[]) => new Set(plans.flatMap((plan) => [...plan.matchAll(/calls_(\d{8})/g)].map(([, name]) => name)));
  const span = await plansOf((db) =>
    postgresCallReader(db).list({ since: day + 7_200_000, until: day + 10_800_000 }, { limit: 20, after: null }),
  );
  expect(days(span)).toEqual(new Set(['20260104']));
  const [keys] = await plansOf((db) =>
    postgresCallReader(db).list({ since: day + 7_200_000 }, { limit: 20, after: { createdAt: 0, id: idAt(day + 90_000_000) } }),
  );
  expect(days([keys!])).toEqual(new Set(['20260104', '20260105']));
  expect(keys).not.toContain('Sort');
});

test('a page of the stock is read in index order, and one of a country from the index of that country', async () => {
  const [all] = await plansOf(numbers((n) => n.stock(stock(), { limit: 20, offset: 0 })));
  expect(all).toMatch(/Index Scan using numbers_(in_stock_)?by_created/);
  expect(all).not.toMatch(/Sort|Seq Scan/);
  const plans = await plansOf(numbers((n) => n.stock({ ...stock(), country: 'FR', type: 'local' }, { limit: 20, offset: 0 })));
  expect(plans[0]).toMatch(/Index Scan using numbers_/);
  expect(plans[1]).toContain('numbers_in_stock');
  for (const plan of plans) expect(plan).not.toMatch(/Sort|Seq Scan/);
});

test.each([
  ['newest first, as Telnyx lists them', 'purchased_at', true],
  ['by their digits', 'e164', false],
  ['by their digits, last first', 'e164', true],
] as const)(
  'a page of a holder’s numbers %s is read in that order, for an account and for a sub-account',
  async (_name, by, descending) => {
    for (const subAccountId of [null, owner.id]) {
      const filter = { holder: { ownerAccountId: owner.id, subAccountId }, mode: 'live' as const };
      const [plan] = await plansOf(numbers((n) => n.listByOffset(filter, { limit: 20, offset: 0 }, [{ by, descending }])));
      expect(plan).toMatch(subAccountId === null ? /Index Scan( Backward)? using numbers_own/ : /using numbers_(of_sub|by_sub)/);
      // Of rows that are equal so far at most: what is sorted is no list.
      if (subAccountId === null) expect(plan?.replaceAll('Incremental Sort', '')).not.toMatch(/Sort {2}\(|Seq Scan/);
    }
  },
);

test('the stock by its last digits is found by them', async () => {
  const [plan] = await plansOf(numbers((n) => n.stock({ ...stock(), endsWith: '00000012' }, { limit: 20, offset: 0 })));
  expect(plan).toContain('numbers_in_stock_by_end');
});

test('the counts of the stock read a bounded number of rows of each country and type', async () => {
  for (const more of [{}, { country: 'FR' }, { startsWith: '+44200000012' }, { region: 'Nowhere' }]) {
    const plans = await plansOf((db) => stockLevels(db, { ...stock(), ...more }, 'region', 1000, 1000));
    expect(plans).toHaveLength(2);
    for (const plan of plans) {
      expect(plan).toContain('Limit');
      expect(plan).not.toMatch(/Seq Scan on numbers/);
    }
  }
  const levels = await store.read((tx) => tx.numbers.stockLevels(stock(), null, 1000));
  expect(levels.map(({ country, type, count }) => [country, type, count])).toEqual([
    ['DE', 'local', ROWS / 4],
    ['FR', 'local', ROWS / 4],
    ['GB', 'local', (ROWS * 24) / 100],
    ['US', 'local', ROWS / 4],
  ]);
  // Of more than may be read a count says how many there are at least.
  const some = await store.read(() => stockLevels(store.pool, stock(), null, 1000, 8000));
  expect(some.map(({ count }) => count)).toEqual([2000, 2000, 2000, 2000]);
});

test('a total is exact up to 10,000 and on the last page; beyond, one that is never reached before the rows end', async () => {
  const total = (filter: object, offset: number) =>
    store.read(async (tx) => (await tx.numbers.stock({ ...stock(), ...filter }, { limit: 20, offset })).total);
  const all = (ROWS * 99) / 100;
  // Every fourth number is French, and none of those is owned.
  expect(await total({ country: 'FR' }, 0)).toBe(ROWS / 4);
  for (const offset of [0, 9980, 9990, 15_000, all - 20]) {
    const told = await total({}, offset);
    expect(told, `at ${offset}`).toBeGreaterThan(offset + 20);
    expect(Math.abs(told - all), `at ${offset}`).toBeLessThan(all / 10);
  }
  expect(await total({}, all - 7)).toBe(all);
  expect(await total({}, all + 500)).toBeLessThanOrEqual(all + 500);
  const uncounted = { limit: 20, offset: 0, isCounted: false } as const;
  const statements = await plansOf(numbers((n) => n.stock(stock(), uncounted)));
  expect(statements).toHaveLength(1);
});

test('the sweep of open calls and the walk over owned numbers read neither all calls nor all numbers', async () => {
  const plans = await plansOf(async (db) => {
    await openCallsOfOthers(db, ['a1'], Date.now());
    await ownedNumberRecordsAfter(db, null, 100);
  });
  expect(plans).toHaveLength(3);
  for (const plan of plans) expect(plan).not.toMatch(FULL_SCAN);
  expect((await postgresOutbox(store.pool).scanRecords('number', null, 500)).writes).toHaveLength(ROWS / 100);
});

test('a thousand stock rows go in with one statement', async () => {
  const rows = Array.from({ length: 1000 }, (_, i) => ({
    id: crypto.randomUUID(),
    e164: `+4930${10_000_000 + i}`,
    mode: 'live' as const,
    country: 'DE',
    type: 'local',
    region: null,
    capabilities: ['voice'],
    setupFeeMinor: 0,
    monthlyFeeMinor: 0,
    currency: 'EUR',
    carrierTrunkGroupId: null,
  }));
  let statements = 0;
  const counting: Queryable = {
    query(text, values) {
      statements += 1;
      return store.pool.query(text, values);
    },
  };
  const outcomes = await numberStore(counting).putInventory(rows, T0);
  expect(new Set(outcomes)).toEqual(new Set(['created']));
  expect(statements).toBe(1);
  await expect(numberStore(counting).putInventory([...rows, rows[0]!], T0)).rejects.toThrow('at most 1000');
});
