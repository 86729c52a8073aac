import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CallFilter, CallFolder, CallReader } from '../../src/app/ports/calls.ts';
import type { AdmittedEvent, CallEvent } from '../../src/domain/call-event.ts';
import { recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { postgresCallReader } from '../../src/store/calls.ts';
import { postgresCallFolder } from '../../src/store/fold-calls.ts';
import { callEvents, callPlan } from './call-history.ts';
import { addStock, openStore, type StoreFixture, T0 } from './store-fixture.ts';

let store: StoreFixture;
let folder: CallFolder;
let reader: CallReader;
let numbers: string[];
beforeAll(async () => {
  store = await openStore('calls');
  folder = postgresCallFolder(store.pool, silentLogger);
  reader = postgresCallReader(store.pool);
  numbers = [];
  for (let i = 0; i < 3; i += 1) numbers.push((await addStock(store)).id);
});
afterAll(() => store.close());

const WHOLE = { number: 0, startsAt: 0, lasts: 5000, attempts: 2, refused: false, answered: true, ends: true };

/** All that the fold has ever written, for comparison. */
const everything = async () => ({
  calls: await store.sql('select * from calls order by call_id'),
  attempts: await store.sql('select * from call_attempts order by call_id, n'),
  decisions: await store.sql('select * from call_decisions order by call_id'),
  open: await store.sql('select * from open_calls order by call_id'),
  numbers: await store.sql('select id, last_call_at from numbers order by id'),
});

/** Cuts a list into batches of the given sizes, over and over. */
function batches<T>(items: readonly T[], sizes: readonly number[]): T[][] {
  const result: T[][] = [];
  for (let at = 0, i = 0; at < items.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    result.push(items.slice(at, at + size));
    at += size;
  }
  return result;
}

async function startAgain(): Promise<void> {
  for (const table of ['call_attempts', 'call_decisions', 'open_calls', 'calls']) await store.sql(`delete from ${table}`);
  await store.sql('update numbers set last_call_at = null');
}

test('a whole call becomes one record with its attempts, times, status and every Call-ID', async () => {
  const events = callEvents(WHOLE, numbers);
  const { callId } = events[0]!;
  await folder.fold(events);
  expect(await reader.get(callId)).toEqual({
    callId,
    direction: 'inbound',
    callee: null,
    shownCaller: null,
    mode: 'live',
    planeMode: 'normal',
    caller: '+33123456789',
    called: '+442070000001',
    numberId: numbers[0],
    accountId: null,
    subAccountId: null,
    origin: { sipCallId: `${callId}@carrier`, sourceIp: '192.0.2.1', sourcePort: 5060, transport: 'udp' },
    agentId: 'agent-1',
    startedAt: T0,
    answeredAt: T0 + 10,
    endedAt: T0 + 5010,
    postDialDelayMs: 10,
    durationMs: 5000,
    outcome: 'completed',
    sipStatus: 200,
    refusalCode: null,
    endedBy: 'caller',
    versions: [],
    decisionInput: '{}',
    sipCallIds: [`${callId}-1@us`, `${callId}-2@us`, `${callId}@carrier`],
    attempts: [1, 2].map((n) => ({
      n,
      trunkGroupId: null,
      gatewayId: null,
      uri: `sip:gw${n}@192.0.2.2`,
      sipCallId: `${callId}-${n}@us`,
      startedAt: T0 + n,
      endedAt: T0 + n,
      sipStatus: n === 2 ? 200 : 503,
      outcome: 'failed',
    })),
  });
});

test('a refused call is complete with its one event and is not a use of the number', async () => {
  await startAgain();
  const [event] = callEvents({ ...WHOLE, refused: true }, numbers);
  await folder.fold([event!]);
  expect(await reader.get(event!.callId)).toMatchObject({
    outcome: 'refused',
    sipStatus: 403,
    refusalCode: 'number_inbound_disabled',
    endedBy: 'platform',
    endedAt: T0,
  });
  expect(await store.sql('select 1 from numbers where last_call_at is not null')).toEqual([]);
});

test('invariant 5: a refused call that has an end is a use of the number, in whatever order and batches its events come', async () => {
  const [first, end] = callEvents({ ...WHOLE, attempts: 0, answered: false }, numbers);
  const ended = { ...end!, at: first!.at, outcome: 'refused', code: 'plane_degraded', sipStatus: 503 } as CallEvent;
  const refused = { ...first!, type: 'refused', code: 'plane_degraded', sipStatus: 503 } as CallEvent;
  for (const events of [
    [first!, { ...first!, planeMode: 'degraded' } as CallEvent, ended],
    [refused, ended],
  ])
    for (const order of [events, events.toReversed()])
      for (const size of [1, 2, 3]) {
        await startAgain();
        for (const batch of batches(order, [size])) await folder.fold(batch);
        expect(await reader.get(ended.callId)).toMatchObject({ outcome: 'refused', refusalCode: 'plane_degraded', endedAt: ended.at });
        const [row] = await store.sql<{ last_call_at: number | null }>('select last_call_at from numbers where id = $1', [numbers[0]]);
        expect(row!.last_call_at).toBe(ended.at);
      }
});

test('a call between two accounts is found by either side, whatever comes first, and by a third one never', async () => {
  const [calling, called, sub, third] = [newId(), newId(), newId(), newId()];
  const callee = { accountId: called, subAccountId: sub, numberId: numbers[1]!, caller: 'anonymous' };
  const [admitted, ...later] = callEvents({ ...WHOLE, attempts: 0 }, numbers);
  const parties = { ...(admitted as AdmittedEvent).parties, direction: 'internal', accountId: calling, callee };
  const first = { ...admitted, parties } as CallEvent;
  for (const order of [
    [first, ...later],
    [...later, first],
  ]) {
    await startAgain();
    for (const event of order) await folder.fold([event]);
    expect(await reader.get(first.callId)).toMatchObject({ accountId: calling, callee });
    const found = async (filter: CallFilter) => (await reader.list(filter, { limit: 5, after: null })).map(({ callId }) => callId);
    for (const filter of [{ accountId: calling }, { accountId: called }, { accountId: called, subAccountId: sub }, { subAccountId: sub }]) {
      expect(await found(filter), JSON.stringify(filter)).toEqual([first.callId]);
    }
    for (const filter of [{ accountId: third }, { accountId: calling, subAccountId: sub }, { accountId: sub }]) {
      expect(await found(filter), JSON.stringify(filter)).toEqual([]);
    }
    expect(await found({ accountId: called, number: '+442070000001', mode: 'live', sipCallId: `${first.callId}@carrier` })).toEqual([
      first.callId,
    ]);
  }
});

test('invariant 5: a call that was for several numbers is a use of each, whatever comes first, and lets go of all when it is closed', async () => {
  const [admitted, ...later] = callEvents({ ...WHOLE, attempts: 0 }, numbers);
  const forBoth = { ...admitted, parties: { ...(admitted as AdmittedEvent).parties, direction: 'internal', otherNumberIds: [numbers[1]] } };
  const events = [forBoth as CallEvent, ...later];
  for (const order of [events, events.toReversed()]) {
    await startAgain();
    for (const batch of batches(order, [1])) await folder.fold(batch);
    expect(await reader.get(events[0]!.callId)).toMatchObject({ direction: 'internal', numberId: numbers[0] });
    const rows = await store.sql<{ last_call_at: number | null }>('select last_call_at from numbers where id = any($1) order by id', [
      numbers.slice(0, 3),
    ]);
    expect(rows.map((row) => row.last_call_at).toSorted()).toEqual([later.at(-1)!.at, later.at(-1)!.at, null].toSorted());
  }
  await startAgain();
  await folder.fold(events.slice(0, 1));
  expect(await folder.openCallsOfOthers(['agent-2'], T0 + 1)).toMatchObject([{ numberIds: [numbers[0], numbers[1]] }]);
});

test('a caller who gave up while the answer was passed on was not answered, in whatever order and batches the events come', async () => {
  const events = callEvents({ ...WHOLE, attempts: 0 }, numbers).map((event) =>
    event.type === 'ended' ? ({ ...event, outcome: 'cancelled', sipStatus: 487 } as CallEvent) : event,
  );
  expect(events.map(({ type }) => type)).toEqual(['admitted', 'answered', 'ended']);
  for (const order of [events, events.toReversed()])
    for (const size of [1, 2, 3]) {
      await startAgain();
      for (const batch of batches(order, [size])) await folder.fold(batch);
      expect(await reader.get(events[0]!.callId)).toMatchObject({ outcome: 'cancelled', sipStatus: 487, answeredAt: null, durationMs: 0 });
    }
});

test('of two first events the versions and the mode are those of the decision input that is kept', async () => {
  await startAgain();
  const [first] = callEvents(WHOLE, numbers);
  const again = {
    ...first!,
    planeMode: 'degraded',
    versions: [{ record: recordRef.account('a'), version: 2 }],
    decisionInput: '{"v":0}',
  } as CallEvent;
  await folder.fold([first!]);
  await folder.fold([again]);
  expect(await reader.get(again.callId)).toMatchObject({ planeMode: 'normal', versions: [] });
  expect(await store.sql('select input from call_decisions')).toEqual([{ input: '{}' }]);
});

test('invariant 12/exactly-once: replayed event batches change nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(callPlan, { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.nat()),
      async (plans, sizes, random) => {
        await startAgain();
        const events = plans.flatMap((plan) => callEvents(plan, numbers));
        for (const batch of batches(events, sizes)) await folder.fold(batch);
        const once = await everything();
        // Again, twice, in any order and cut differently.
        const again = [...events, ...events].map((event) => ({ event, rank: random.next().value })).toSorted((a, b) => a.rank - b.rank);
        for (const batch of batches(again, [3, 1, 4])) await folder.fold(batch.map(({ event }) => event));
        expect(await everything()).toEqual(once);
        expect(once.calls).toHaveLength(plans.length);
      },
    ),
    { numRuns: 25 },
  );
});

test('invariant 12: the order in which events arrive makes no difference to the record', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(callPlan, { minLength: 1, maxLength: 3 }), fc.infiniteStream(fc.nat()), async (plans, random) => {
      const events = plans.flatMap((plan) => callEvents(plan, numbers));
      await startAgain();
      await folder.fold(events);
      const inOrder = await everything();
      await startAgain();
      const shuffled = events.map((event) => ({ event, rank: random.next().value })).toSorted((a, b) => a.rank - b.rank);
      for (const batch of batches(shuffled, [1, 2])) await folder.fold(batch.map(({ event }) => event));
      expect(await everything()).toEqual(inOrder);
    }),
    { numRuns: 25 },
  );
});

test('two events that know no SIP Call-ID, before the one that does', async () => {
  await startAgain();
  const events = callEvents({ number: 0, startsAt: 0, lasts: 0, attempts: 0, refused: false, answered: true, ends: true }, numbers);
  for (const event of events.toReversed()) await folder.fold([event]);
  expect(await store.sql('select 1 from call_events_rejected')).toEqual([]);
  expect(await reader.get(events[0]!.callId)).toMatchObject({ outcome: 'completed', sipStatus: 200 });
});

test('invariant 5: last_call_at never goes back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(callPlan, { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.nat()), async (plans, random) => {
      await startAgain();
      const calls = plans
        .map((plan) => callEvents({ ...plan, number: 0 }, numbers))
        .map((events) => ({ events, rank: random.next().value }));
      let before = 0;
      for (const { events } of calls.toSorted((a, b) => a.rank - b.rank)) {
        for (const batch of batches(events, [2])) {
          await folder.fold(batch);
          const [row] = await store.sql<{ last_call_at: number | null }>('select last_call_at from numbers where id = $1', [numbers[0]]);
          expect(row!.last_call_at ?? 0).toBeGreaterThanOrEqual(before);
          before = row!.last_call_at ?? 0;
        }
      }
      const used = calls.flatMap(({ events }) => events.filter((event) => event.type === 'admitted' || event.type === 'ended'));
      expect(before).toBe(Math.max(0, ...used.map((event) => event.at)));
    }),
    { numRuns: 25 },
  );
});

test('invariant 5: the end of a call that was given up stays its last call, whatever its agent says and in whatever order', async () => {
  const own = callEvents(WHOLE, numbers);
  const end = own.at(-1)!;
  const guess = { ...end, seq: 1_000_000, at: end.at + 4800, outcome: 'agent_lost', code: 'agent_lost' } as CallEvent;
  for (const events of [
    [...own, guess],
    [guess, ...own],
    [...own.slice(0, -1), guess, end],
  ])
    for (const size of [1, 2, 9]) {
      await startAgain();
      for (const batch of batches(events, [size])) await folder.fold(batch);
      expect(await reader.get(end.callId)).toMatchObject({ outcome: 'completed', endedAt: end.at });
      const [row] = await store.sql<{ last_call_at: number | null }>('select last_call_at from numbers where id = $1', [numbers[0]]);
      expect(row!.last_call_at).toBe(guess.at);
    }
});

test('two drains that fold the same batches side by side end in the same records', async () => {
  await startAgain();
  const events = Array.from({ length: 20 }, (_, i) => callEvents({ ...WHOLE, number: i % 3, startsAt: i }, numbers)).flat();
  await Promise.all([folder.fold(events), folder.fold(events.toReversed()), ...batches(events, [7]).map((batch) => folder.fold(batch))]);
  const parallel = await everything();
  await startAgain();
  await folder.fold(events);
  expect(parallel).toEqual(await everything());
});

test("invariant 12: the agent's own word replaces the platform's guess that it was lost, and never the other way round", async () => {
  await startAgain();
  const events = callEvents(WHOLE, numbers);
  const ended = events.at(-1)!;
  const lost: CallEvent = { ...(ended as CallEvent & { type: 'ended' }), at: T0 + 99, outcome: 'agent_lost', endedBy: 'platform' };
  await folder.fold(events.slice(0, -1));
  await folder.fold([lost]);
  expect(await reader.get(ended.callId)).toMatchObject({ outcome: 'agent_lost', endedAt: T0 + 99, endedBy: 'platform' });
  await folder.fold([ended]);
  await folder.fold([lost]);
  expect(await reader.get(ended.callId)).toMatchObject({ outcome: 'completed', endedAt: ended.at, endedBy: 'caller' });
});

test('text that Postgres cannot store and Call-IDs of any length neither stop the drain nor lose the call', async () => {
  const [opening] = callEvents(WHOLE, numbers) as [CallEvent & { type: 'admitted' }];
  const sipCallId = 'x'.repeat(9000);
  const hostile = {
    ...opening,
    parties: { ...opening.parties, caller: `\u0000\ud800${'y'.repeat(9000)}` },
    origin: { ...opening.origin, sipCallId },
    versions: [{ record: 'credential:\u0000:\udfff' as never, version: 1 }],
    decisionInput: '{"a":"\u0000\ud800"}',
  };
  await folder.fold([hostile]);
  const [found] = await reader.list({ sipCallId }, { limit: 10, after: null });
  expect(found?.callId).toBe(opening.callId);
  expect(found?.caller).toHaveLength(255);
});

test('events that no record can be made of are put aside and hold up no other call', async () => {
  await startAgain();
  const good = [callEvents(WHOLE, numbers), callEvents(WHOLE, numbers), callEvents(WHOLE, numbers)];
  const bad = callEvents(WHOLE, numbers).map((event) => ({ ...event, callId: 'not-a-uuid' }));
  await folder.fold([...good[0]!, ...bad, ...good[1]!, ...good[2]!]);
  for (const events of good) expect((await reader.get(events[0]!.callId))?.outcome).toBe('completed');
  const aside = await store.sql<{ event: string }>('select event from call_events_rejected');
  expect(aside.map((row) => JSON.parse(row.event).callId)).toEqual(bad.map(() => 'not-a-uuid'));
});

test('calls are found by any leg, by either party and by time, newest first, page by page', async () => {
  await startAgain();
  const calls = Array.from({ length: 5 }, (_, i) => callEvents({ ...WHOLE, startsAt: i * 1000 }, numbers));
  await folder.fold(calls.flat());
  const ids = calls.map((events) => events[0]!.callId);
  const byLeg = await reader.list({ sipCallId: `${ids[2]}-2@us` }, { limit: 10, after: null });
  expect(byLeg.map((call) => call.callId)).toEqual([ids[2]]);
  for (const number of ['+442070000001', '+33123456789']) {
    expect(await reader.list({ number, since: T0 + 3000 }, { limit: 10, after: null })).toHaveLength(2);
  }
  const first = await reader.list({}, { limit: 3, after: null });
  const last = first.at(-1)!;
  const rest = await reader.list({}, { limit: 3, after: { createdAt: last.startedAt, id: last.callId } });
  expect([...first, ...rest].map((call) => call.callId)).toEqual(ids.toReversed());
  expect(await reader.get('x')).toBeNull();
  expect(await reader.get(newId())).toBeNull();
});

test('open calls of agents that are gone are listed with what is needed to close them', async () => {
  await startAgain();
  const open = callEvents({ ...WHOLE, ends: false, answered: false }, numbers);
  await folder.fold([...open, ...callEvents(WHOLE, numbers)]);
  const found = await folder.openCallsOfOthers(['agent-2'], T0 + 1);
  expect(found).toEqual([{ callId: open[0]!.callId, agentId: 'agent-1', lastSeq: 4, numberIds: [numbers[0]] }]);
  expect(await folder.openCallsOfOthers(['agent-1', 'agent-2'], T0 + 1)).toEqual([]);
  expect(await folder.openCallsOfOthers(['agent-2'], T0)).toEqual([]);
});
