import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DeliverJournalDeps, JournalDelivery } from '../../../src/app/calls/deliver-journal.ts';
import { EventQueue } from '../../../src/app/calls/event-queue.ts';
import { PlaneContact } from '../../../src/app/calls/plane-contact.ts';
import type { Journal } from '../../../src/app/ports/journal.ts';
import type { CallEvent } from '../../../src/domain/call-event.ts';
import type { LeaseScope } from '../../../src/domain/lease.ts';
import { createJournalAdopter } from '../../../src/journal/adopt-journals.ts';
import { openFileJournal } from '../../../src/journal/file-journal.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { newId } from '../../../src/kit/ids.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { createJournalRegistry } from '../../../src/redis/agent-journals.ts';
import { createAgentRegistry } from '../../../src/redis/agents.ts';
import { decodeCallEvent } from '../../../src/redis/call-event-codec.ts';
import { createHolderFence } from '../../../src/redis/holder-fence.ts';
import { keys } from '../../../src/redis/keys.ts';
import { createLiveCalls } from '../../../src/redis/live-calls.ts';
import { createLostCalls } from '../../../src/redis/lost-calls.ts';
import { createMinuteBook } from '../../../src/redis/minute-book.ts';
import { readUses } from '../../redis/support/last-calls.ts';
import { admittedEvent, type OpenPlane, openPlane } from '../../redis/support/plane.ts';
import { createTestRedis, type TestRedis } from '../../support/services.ts';

let server: TestRedis;
let one: OpenPlane;
let root: string;
let journal: Journal;
let events: EventQueue;
let delivery: JournalDelivery;
const agentId = 'agent-now';
const PROMISE_MS = 5000;

beforeAll(async () => {
  server = await createTestRedis();
  one = await openPlane(server.url);
});
afterAll(async () => {
  await one.close();
  await server.close();
});
/** What stands in for a part of a delivery. */
const deliver = (changes: Partial<DeliverJournalDeps> = {}) =>
  new JournalDelivery({
    agentId,
    journal,
    adopter: createJournalAdopter(root, silentLogger),
    registry: createJournalRegistry(one.redis, PROMISE_MS),
    admission: one.admission,
    agents: createAgentRegistry(one.redis),
    liveCalls: createLiveCalls(one.redis),
    lostCalls: createLostCalls(one.redis),
    isSteady: () => true,
    events,
    contact: new PlaneContact(60_000, PROMISE_MS),
    clock: systemClock,
    log: silentLogger,
    ...changes,
  });
beforeEach(async () => {
  await one.redis.flushdb();
  await one.plane.markPlane(1, { first: true });
  root = mkdtempSync(join(tmpdir(), 'dialplane-deliver-'));
  journal = openFileJournal({ folder: join(root, agentId), bytesMax: 1e9, segmentBytes: 400, log: silentLogger });
  events = new EventQueue(one.admission, silentLogger, 1000, journal);
  delivery = deliver();
});
afterEach(() => {
  journal.close(true);
  rmSync(root, { recursive: true, force: true });
});

const AT = 1_700_000_000_000;
const callOf = (numberId: string, at = AT, agent = agentId) => {
  const event = admittedEvent({ agentId: agent, at });
  return { ...event, parties: { ...event.parties, numberId } };
};
const endOf = ({ callId }: CallEvent, at: number, agent = agentId): CallEvent => ({
  type: 'ended',
  callId,
  seq: 1,
  agentId: agent,
  at,
  outcome: 'completed',
  sipStatus: 200,
  code: null,
  endedBy: 'caller',
});
const logged = async () => (await one.redis.xrange(keys.callLog, '-', '+')).map(([, fields]) => decodeCallEvent(fields[1]));
/** What the drain does once Postgres has it. */
const commitAll = async () => {
  const ids = (await one.redis.xrange(keys.callLog, '-', '+')).map(([id]) => id);
  if (ids.length > 0) await one.redis.xdel(keys.callLog, ...ids);
};
const use = async (numberId: string) => (await readUses(one.redis, [numberId])).get(numberId);
const freeze = async () => {
  const fence = createHolderFence({ redis: one.redis, log: silentLogger, settleMs: 60_000, promiseMs: PROMISE_MS });
  return (await fence.freeze([newId()], 'token')).status;
};
const segments = () => readdirSync(join(root, agentId)).filter((name) => name.endsWith('.log')).length;

describe('delivering the journal', () => {
  it('keeps what Postgres does not have and deletes what it has', async () => {
    for (let count = 0; count < 5; count += 1) {
      events.push(callOf(newId()));
      events.flush();
    }
    await events.drain(2000);
    for (let count = 0; count < 3; count += 1) await delivery.round();
    expect(segments()).toBe(5);
    await commitAll();
    await delivery.round();
    expect(segments()).toBe(1);
  });

  it('invariant 5: a flushed Redis gets live calls, their numbers and leases, last calls and every event that is not in Postgres', async () => {
    const [liveNumber, endedNumber] = [newId(), newId()];
    const live = callOf(liveNumber, AT);
    const ended = callOf(endedNumber, AT);
    await delivery.round();
    for (const event of [live, ended]) events.push(event);
    events.pushEnd(endOf(ended, AT + 7000), [endedNumber]);
    await events.drain(2000);
    await delivery.round();
    await one.redis.flushdb();
    await one.plane.markPlane(1);
    await one.redis.del(keys.planeUnsettled);
    expect(await logged()).toEqual([]);
    await delivery.round();
    expect(await use(liveNumber)).toEqual({ lastCallAt: AT, liveCalls: 1 });
    expect(await use(endedNumber)).toEqual({ lastCallAt: AT + 7000, liveCalls: 0 });
    expect((await logged()).map(({ callId, type }) => [callId, type])).toEqual([
      [live.callId, 'admitted'],
      [ended.callId, 'admitted'],
      [ended.callId, 'ended'],
    ]);
    const [held] = await createLiveCalls(one.redis).liveCallsOf(agentId);
    expect(held).toMatchObject({ callId: live.callId, numberIds: [liveNumber] });
    for (const scope of live.leases) expect(await one.redis.hexists(keys.lease(scope), live.callId)).toBe(1);
    expect(await freeze()).toBe('frozen');
    events.pushEnd(endOf(live, AT + 9000), [liveNumber]);
    await events.drain(2000);
    expect(await use(liveNumber)).toEqual({ lastCallAt: AT + 9000, liveCalls: 0 });
  });

  it('invariant 6: a flushed Redis counts the minutes of calls that go on from their answer, and of a replayed answer once', async () => {
    const live = callOf(newId(), AT);
    const [scope] = live.leases as [LeaseScope];
    const answered = { type: 'answered', callId: live.callId, seq: 1, agentId, at: AT + 1000, sipStatus: 200, minutes: [scope] } as const;
    await delivery.round();
    for (const event of [live, answered]) events.push(event);
    await events.drain(2000);
    await one.redis.flushdb();
    await one.plane.markPlane(1);
    await delivery.round();
    await delivery.round();
    const used = (at: number) => createMinuteBook(one.redis).used(scope, at);
    expect(await used(AT + 61_000)).toBe(60_000);
    events.pushEnd({ ...endOf(live, AT + 31_000), seq: 2 }, []);
    await events.drain(2000);
    await one.admission.append([answered]);
    expect(await used(AT + 61_000)).toBe(30_000);
  });

  it('invariant 4: says that all is here only when every call let in without Redis is', async () => {
    await delivery.round();
    const before = await one.redis.hget(keys.agentJournals, agentId);
    const stuck = new EventQueue({ append: () => new Promise(() => {}), end: async () => {} }, silentLogger, 1000, null);
    stuck.push(callOf(newId()));
    expect(stuck.holdsUnseen).toBe(true);
    Object.defineProperty(events, 'holdsUnseen', { get: () => stuck.holdsUnseen, configurable: true });
    await delivery.round();
    expect(await one.redis.hget(keys.agentJournals, agentId)).toBe(before);
  });

  it('leaves nothing behind once all is in Postgres, and everything when it is not', async () => {
    events.push(callOf(newId()));
    expect(await delivery.finish(1000, 0)).toBe(true);
    expect(existsSync(join(root, agentId))).toBe(true);
    expect(await one.redis.hget(keys.agentJournals, agentId)).toMatch(/^ended:/);
    await commitAll();
  });
});

describe('a journal that is long, or a Redis that is slow', () => {
  it('is sent on from the last trip that arrived, not from its beginning, whatever fails in between', async () => {
    await delivery.round();
    for (let count = 0; count < 1500; count += 1) events.push(callOf(newId()));
    await events.drain(5000);
    await one.redis.flushdb();
    await one.plane.markPlane(1);
    let trips = 0;
    let failed = 0;
    // Every other trip is carried out and heard of too late.
    const append: DeliverJournalDeps['admission']['append'] = async (all) => {
      trips += 1;
      await one.admission.append(all);
      if (trips % 2 === 0) {
        failed += 1;
        throw new Error('Command timed out');
      }
    };
    const late = deliver({ admission: { append, end: one.admission.end } });
    for (let rounds = 0; rounds < 40; rounds += 1) await late.round().catch(() => {});
    const sent = await logged();
    expect(new Set(sent.map(({ callId }) => callId)).size).toBe(1500);
    expect(sent.length).toBeLessThanOrEqual(1500 + failed * 200);
    expect(await one.redis.hget(keys.agentJournals, agentId)).toMatch(/^live:/);
  });

  it('is sent a slice in each round, and the promise to the fence waits for all of it only where Redis is new', async () => {
    const calls = Array.from({ length: 150 }, () => callOf(newId()));
    for (const event of calls) events.push(event);
    await events.drain(5000);
    let most = 0;
    const real = createJournalRegistry(one.redis, PROMISE_MS);
    const slow = deliver({
      registry: {
        ...real,
        reAssert: async (some) => {
          most = Math.max(most, some.length);
          await new Promise((resolve) => setTimeout(resolve, 450));
          return real.reAssert(some);
        },
      },
    });
    const entry = () => one.redis.hget(keys.agentJournals, agentId);
    let rounds = 1;
    for (; await slow.round(); rounds += 1) expect(await entry()).toBeNull();
    expect(await entry()).toMatch(/^live:/);
    // Two of calls, in the second of which the events go.
    expect([most, rounds]).toEqual([100, 2]);
    expect(await createLiveCalls(one.redis).liveCallsOf(agentId, 1000)).toHaveLength(150);
    // Somebody let go of them: promised again when they are there again.
    slow.oweAll();
    const before = await entry();
    expect(await slow.round()).toBe(true);
    expect(await entry()).toBe(before);
    expect(await slow.round()).toBe(false);
    expect(await entry()).not.toBe(before);
  }, 20_000);

  it('invariant 6: live calls are put in again every half minute, also when the clock of Redis is set back', async () => {
    const live = callOf(newId());
    const [scope] = live.leases as [LeaseScope];
    events.push(live);
    await events.drain(2000);
    const real = createJournalRegistry(one.redis, PROMISE_MS);
    let backMs = 0;
    const contact = new PlaneContact(600_000, PROMISE_MS);
    const registry = { ...real, look: async () => real.look().then((seen) => ({ ...seen, at: seen.at - backMs })) };
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const watched = deliver({ registry, contact });
      await watched.round();
      await one.redis.del(keys.lease(scope));
      await watched.round();
      expect(await one.redis.exists(keys.lease(scope))).toBe(0);
      backMs = 3_600_000;
      // A promise in between, or the agent would think that it was alone.
      for (let beats = 0; beats < 16; beats += 1) {
        vi.advanceTimersByTime(2000);
        await watched.round();
      }
      expect(await one.redis.exists(keys.lease(scope))).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('puts a call in that was let in without Redis before it promises anything', async () => {
    await delivery.round();
    const alone = callOf(newId());
    events.push(alone);
    await events.drain(2000);
    expect(await use(alone.parties.numberId ?? '')).toMatchObject({ liveCalls: 0 });
    await delivery.round();
    expect(await use(alone.parties.numberId ?? '')).toMatchObject({ liveCalls: 1 });
  });
});

describe('the journal of an agent that was killed while Redis was away', () => {
  const leave = (agent: string, records: readonly { event: CallEvent; release: readonly string[] | null }[]) =>
    new Promise<unknown>((resolve) => {
      const script = new URL('../../journal/left-behind.ts', import.meta.url).pathname;
      execFile(process.execPath, ['--import', 'tsx', script, root, agent, JSON.stringify(records)], (error) => resolve(error?.signal));
    });

  it('invariant 12: is adopted by the next one: every record complete, open calls closed, last calls moved', async () => {
    const [endedNumber, openNumber] = [newId(), newId()];
    const ended = callOf(endedNumber, AT, 'gone');
    const open = callOf(openNumber, AT, 'gone');
    const signal = await leave('gone', [
      { event: ended, release: null },
      { event: open, release: null },
      { event: endOf(ended, AT + 5000, 'gone'), release: [endedNumber] },
    ]);
    expect(signal).toBe('SIGKILL');
    await one.redis.hset(keys.agentJournals, 'gone', `live:${Date.now() - 10_000}:`);
    expect(await freeze()).toBe('unknown');
    await delivery.round();
    const all = await logged();
    expect(all.filter(({ callId }) => callId === ended.callId).map(({ type }) => type)).toEqual(['admitted', 'ended']);
    expect(all.filter(({ callId }) => callId === open.callId)).toMatchObject([
      { type: 'admitted' },
      { type: 'ended', outcome: 'agent_lost' },
    ]);
    expect((await use(endedNumber))?.lastCallAt).toBe(AT + 5000);
    expect((await use(openNumber))?.lastCallAt).toBeGreaterThanOrEqual(AT + 60_000);
    expect(await freeze()).toBe('frozen');
    // Kept until Postgres has it.
    await delivery.round();
    await delivery.round();
    expect(existsSync(join(root, 'gone'))).toBe(true);
    await commitAll();
    await delivery.round();
    expect(existsSync(join(root, 'gone'))).toBe(false);
  });

  it('invariant 12: is kept until what Redis listed is closed: behind a flush its calls, all committed, are closed all the same', async () => {
    const registry = createJournalRegistry(one.redis, PROMISE_MS);
    const [noted, older] = [callOf(newId(), AT, 'gone'), callOf(newId(), AT, 'gone')];
    const heldOf = ({ callId, parties }: typeof noted) => ({
      callId,
      agentId: 'gone',
      since: AT,
      numberIds: [parties.numberId],
      leases: [],
    });
    await leave('gone', [{ event: noted, release: null }]);
    // The beginning of the older one is committed and no longer in the journal.
    await registry.reAssert([noted, older].map(heldOf));
    for (let count = 0; count < 4; count += 1) {
      await delivery.round();
      await commitAll();
    }
    expect(await createLiveCalls(one.redis).liveCallsOf('gone')).toHaveLength(2);
    await one.redis.flushdb();
    await one.plane.markPlane(1);
    await delivery.round();
    const ends = (await logged()).filter(({ type }) => type === 'ended');
    expect(ends.map(({ callId }) => callId).sort()).toEqual([noted.callId, older.callId].sort());
    expect(ends).toMatchObject([{ outcome: 'agent_lost' }, { outcome: 'agent_lost' }]);
    await delivery.round();
    await delivery.round();
    expect(existsSync(join(root, 'gone'))).toBe(true);
    await commitAll();
    await delivery.round();
    expect(existsSync(join(root, 'gone'))).toBe(false);
  });

  it('is given back to an agent that lives, whose calls nobody closes', async () => {
    const open = callOf(newId(), AT, 'gone');
    await leave('gone', [{ event: open, release: null }]);
    const agents = createAgentRegistry(one.redis);
    // It lives where nobody here can see its process.
    await agents.heartbeat('gone', { epoch: 1, mode: 'normal' });
    await delivery.round();
    await delivery.round();
    expect((await logged()).map(({ type }) => type)).toEqual(['admitted']);
    expect(await one.redis.hget(keys.agentJournals, 'gone')).toBeNull();
    writeFileSync(join(root, 'gone', 'owner.json'), JSON.stringify({ pid: 1, started: '1', world: 'elsewhere' }));
    await agents.leave('gone');
    for (let count = 0; count < 4; count += 1) {
      await delivery.round();
      await commitAll();
    }
    expect(existsSync(join(root, 'gone'))).toBe(true);
    expect(await logged()).toEqual([]);
  });
});
