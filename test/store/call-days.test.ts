import { afterAll, beforeEach, expect, test } from 'vitest';
import { keepCallLog } from '../../src/app/calls/keep-call-log.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { fixedClock } from '../../src/kit/clock.ts';
import { newIdAt } from '../../src/kit/ids.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { postgresCallKeeper } from '../../src/store/call-days.ts';
import { postgresCallReader } from '../../src/store/calls.ts';
import { postgresCallFolder } from '../../src/store/fold-calls.ts';
import { callEvents } from './call-history.ts';
import { addStock, openStore, type StoreFixture, T0 } from './store-fixture.ts';

const DAY_MS = 86_400_000;
const PLAN = { number: 0, startsAt: 0, lasts: 5000, attempts: 1, refused: false, answered: true, ends: true };

let store: StoreFixture;
beforeEach(async () => {
  await store?.close();
  store = await openStore('days');
});
afterAll(() => store.close());

/** The events of a call that started then, with the id it has for it. */
function callAt(at: number, numberIds: readonly string[] = [], lasts = 5000): readonly CallEvent[] {
  const callId = newIdAt(at);
  return callEvents({ ...PLAN, lasts }, numberIds).map((event) => ({ ...event, callId, at: event.at - T0 + at }));
}

const days = async (parent: string): Promise<string[]> =>
  (
    await store.sql<{ name: string }>(
      'select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass order by 1',
      [parent],
    )
  ).map(({ name }) => name.slice(-8));

const tables = async (): Promise<string[]> =>
  (await store.sql<{ name: string }>("select relname as name from pg_class where relkind = 'r' and relname ~ '_[0-9]{8}$'")).map(
    ({ name }) => name,
  );

const keep = (at: number, callsDays = 90, decisionsDays = 7) =>
  keepCallLog({
    keeper: postgresCallKeeper(store.pool),
    clock: fixedClock(at),
    log: silentLogger,
    callsMs: callsDays * DAY_MS,
    decisionsMs: decisionsDays * DAY_MS,
  });

test('there is room for today and three days more, however often it is made', async () => {
  const far = Date.UTC(2040, 1, 27, 23, 59);
  await keep(far);
  await keep(far);
  for (const parent of ['calls', 'call_attempts', 'call_decisions']) {
    expect((await days(parent)).slice(-4)).toEqual(['20400227', '20400228', '20400229', '20400301']);
  }
});

test('a call over midnight is one record, on the day it began, whatever day its events come', async () => {
  const folder = postgresCallFolder(store.pool, silentLogger);
  const midnight = Date.UTC(2026, 4, 2);
  const events = callAt(midnight - 1000, [], 2 * DAY_MS);
  for (const event of events.toReversed()) await folder.fold([event]);
  const first = callAt(midnight);
  await folder.fold(first);
  const where = await store.sql('select tableoid::regclass::text as day, call_id from calls order by call_id');
  expect(where).toEqual([
    { day: 'calls_20260501', call_id: events[0]!.callId },
    { day: 'calls_20260502', call_id: first[0]!.callId },
  ]);
  expect(await postgresCallReader(store.pool).get(events[0]!.callId)).toMatchObject({ outcome: 'completed', durationMs: 2 * DAY_MS });
});

test('a day goes when its time is over, decisions before records, and last calls stay', async () => {
  const number = await addStock(store);
  const folder = postgresCallFolder(store.pool, silentLogger);
  const reader = postgresCallReader(store.pool);
  const start = Date.UTC(2026, 4, 1, 12);
  const events = callAt(start, [number.id]);
  const { callId } = events[0]!;
  await folder.fold(events);
  await keep(start + 7 * DAY_MS);
  expect((await reader.get(callId))?.decisionInput).toBe('{}');
  await keep(start + 8 * DAY_MS);
  expect(await reader.get(callId)).toMatchObject({ decisionInput: null, outcome: 'completed' });
  await keep(start + 90 * DAY_MS);
  expect(await reader.get(callId)).not.toBeNull();
  await keep(start + 91 * DAY_MS);
  expect(await reader.get(callId)).toBeNull();
  expect((await tables()).filter((name) => name.endsWith('20260501'))).toEqual([]);
  const [row] = await store.sql<{ last_call_at: number }>('select last_call_at from numbers where id = $1', [number.id]);
  expect(row!.last_call_at).toBe(events.at(-1)!.at);
});

test('an event of a day that was dropped is put aside and holds up no other', async () => {
  const folder = postgresCallFolder(store.pool, silentLogger);
  const now = Date.UTC(2026, 7, 1);
  const [late, decided, today] = [callAt(now - 100 * DAY_MS), callAt(now - 10 * DAY_MS), callAt(now)];
  await keep(now);
  await folder.fold([...late, ...decided, ...today]);
  expect((await store.sql('select call_id from calls order by call_id')).map(({ call_id }) => call_id)).toEqual([
    decided[0]!.callId,
    today[0]!.callId,
  ]);
  expect((await store.sql('select call_id from call_decisions')).map(({ call_id }) => call_id)).toEqual([today[0]!.callId]);
  expect(await store.sql('select event from call_events_rejected')).toHaveLength(late.length);
  expect(await days('calls')).not.toContain('20260423');
});

test('an id that holds no time of ours makes no day', async () => {
  const folder = postgresCallFolder(store.pool, silentLogger);
  const before = await tables();
  for (const callId of [crypto.randomUUID(), 'ffffffff-ffff-7000-8000-000000000000', '']) {
    await folder.fold(callEvents(PLAN, []).map((event) => ({ ...event, callId })));
  }
  expect(await tables()).toEqual(before);
  expect(await store.sql('select 1 from calls')).toEqual([]);
});

test('a drop that was cut off at any step is finished by the next round, and folds go on meanwhile', async () => {
  const folder = postgresCallFolder(store.pool, silentLogger);
  const now = Date.UTC(2026, 7, 1);
  const old = [1, 2, 3].map((n) => now - (100 + n) * DAY_MS);
  for (const at of old) await folder.fold(callAt(at));
  const [pending, apart] = old.map((at) => new Date(at).toISOString().slice(0, 10).replaceAll('-', ''));
  await store.sql(`alter table calls detach partition calls_${apart} concurrently`);
  // A reader of the parent holds the detaching up; cut off there, it stays half done.
  const readerInside = await store.pool.connect();
  await readerInside.query('begin');
  await readerInside.query('select count(*) from calls');
  const client = await store.pool.connect();
  await client.query("set statement_timeout = '1s'");
  const detaching = expect(client.query(`alter table calls detach partition calls_${pending} concurrently`)).rejects.toThrow('timeout');
  await folder.fold(callAt(now));
  await detaching;
  client.release(true);
  await folder.fold(callAt(now));
  await readerInside.query('commit');
  readerInside.release();
  expect(await store.sql('select 1 from pg_inherits where inhdetachpending')).toHaveLength(1);
  await keep(now);
  expect((await tables()).filter((name) => /_20260[1-4]/.test(name))).toEqual([]);
  expect(await store.sql('select 1 from calls')).toHaveLength(2);
});
