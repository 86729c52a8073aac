import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createKeepMinutes } from '../../src/app/limits/keep-minutes.ts';
import type { AnsweredEvent, EndedEvent } from '../../src/domain/call-event.ts';
import { type LeaseScope, UNLIMITED, type WantedLease } from '../../src/domain/lease.ts';
import { fixedClock } from '../../src/kit/clock.ts';
import { newId } from '../../src/kit/ids.ts';
import { createJournalRegistry } from '../../src/redis/agent-journals.ts';
import { keys } from '../../src/redis/keys.ts';
import { createLeaseBook } from '../../src/redis/lease-book.ts';
import { createLostCalls } from '../../src/redis/lost-calls.ts';
import { createMinuteBook } from '../../src/redis/minute-book.ts';
import { createTestRedis, type TestRedis } from '../support/services.ts';
import { admissionRequest, admittedEvent, freshPlane, type OpenPlane, openPlane, seededRandom } from './support/plane.ts';

let server: TestRedis;
let one: OpenPlane;
let other: OpenPlane;

beforeAll(async () => {
  server = await createTestRedis();
  one = await openPlane(server.url);
  other = await openPlane(server.url);
});
afterAll(async () => {
  await other.close();
  await one.close();
  await server.close();
});
beforeEach(async () => {
  await freshPlane(one);
  await other.reader.read([]);
});

const DAY = 86_400_000;
/** Ten in the morning of some day. */
const AT = 19_675 * DAY + 36_000_000;
const MIN = 60_000;

const scopeOf = (kind: LeaseScope['kind'] = 'account', id = newId()): LeaseScope => ({ kind, id });
const limited = (scope: LeaseScope, minutesPerDayMax: number): WantedLease => ({ ...scope, ...UNLIMITED, minutesPerDayMax });
const used = (scope: LeaseScope, at: number) => createMinuteBook(one.redis).used(scope, at);

async function admit(plane: OpenPlane, leases: readonly WantedLease[], at = AT) {
  const event = admittedEvent({ at, leases });
  const request = admissionRequest([], [], { event, leases });
  let reply = await plane.admission.admit(request);
  if (reply.result === 'stale') reply = await plane.admission.admit(request);
  return { reply, callId: event.callId, event };
}
const answered = (callId: string, at: number, minutes: readonly LeaseScope[], seq = 1): AnsweredEvent => ({
  type: 'answered',
  callId,
  seq,
  agentId: 'agent-1',
  at,
  sipStatus: 200,
  minutes,
});
const ended = (callId: string, at: number, seq = 9): EndedEvent => ({
  type: 'ended',
  callId,
  seq,
  agentId: 'agent-1',
  at,
  outcome: 'completed',
  sipStatus: 200,
  code: null,
  endedBy: 'caller',
});

describe('invariant 6: minutes of a day', () => {
  it('run from the answer to the end, in every scope that is limited, and count while the call goes on', async () => {
    const number = newId();
    const scopes = [scopeOf('number', number), scopeOf('account'), scopeOf('trunk_group')];
    const { callId } = await admit(
      one,
      scopes.map((scope) => limited(scope, 10)),
    );
    for (const scope of scopes) expect(await used(scope, AT + 30 * MIN)).toBe(0);
    await one.admission.append([answered(callId, AT + MIN, scopes)]);
    for (const scope of scopes) expect(await used(scope, AT + 3 * MIN)).toBe(2 * MIN);
    await one.admission.end(ended(callId, AT + 4 * MIN), [number]);
    for (const scope of scopes) expect(await used(scope, AT + 30 * MIN)).toBe(3 * MIN);
    expect(await one.redis.hkeys(keys.minutes(scopes[0] as LeaseScope))).toHaveLength(4);
  });

  it('once used up refuse the next call, not the one that goes on, nor the same call asking again', async () => {
    const scope = scopeOf('trunk_group');
    const first = await admit(one, [limited(scope, 2)]);
    await one.admission.append([answered(first.callId, AT, [scope])]);
    expect((await admit(one, [limited(scope, 2)], AT + 2 * MIN - 1)).reply).toEqual({ result: 'ok' });
    const { reply } = await admit(one, [limited(scope, 2)], AT + 2 * MIN);
    expect(reply).toEqual({ result: 'full', scope, why: 'minutes' });
    const again = admissionRequest([], [], { event: first.event, leases: [limited(scope, 2)], at: AT + 9 * MIN });
    expect(await one.admission.admit(again)).toEqual({ result: 'ok' });
    expect((await admit(one, [limited(scope, 3)], AT + 2 * MIN)).reply).toEqual({ result: 'ok' });
  });

  it('count a call that is told of twice, late or again after its end once', async () => {
    const scope = scopeOf();
    const { callId } = await admit(one, [limited(scope, 10)]);
    const start = answered(callId, AT, [scope]);
    await one.admission.append([start, start]);
    await other.admission.append([start]);
    await one.admission.end(ended(callId, AT + MIN), []);
    // A batch whose answer was lost is sent again, and a journal is replayed whole.
    await one.admission.append([start]);
    await one.admission.end(ended(callId, AT + 5 * MIN), []);
    await other.admission.end(ended(callId, AT + 6 * MIN, 10), []);
    expect(await used(scope, AT + 30 * MIN)).toBe(MIN);
  });

  it('of a call whose agent died run until somebody closes it', async () => {
    const scope = scopeOf();
    const { callId } = await admit(one, [limited(scope, 10)]);
    await one.admission.append([answered(callId, AT, [scope])]);
    expect(await used(scope, AT + 5 * MIN)).toBe(5 * MIN);
    // Another process knows of the call by what Redis lists for the dead agent alone.
    await other.admission.end(ended(callId, AT + 5 * MIN, 1_000_000), []);
    expect(await used(scope, AT + 50 * MIN)).toBe(5 * MIN);
    await one.admission.end(ended(callId, AT + 6 * MIN), []);
    expect(await used(scope, AT + 50 * MIN)).toBe(5 * MIN);
  });

  it('begin anew with the day: a call over midnight uses up each day what lies in it', async () => {
    const scope = scopeOf();
    const midnight = 19_676 * DAY;
    const { callId } = await admit(one, [limited(scope, 10)], midnight - 5 * MIN);
    await one.admission.append([answered(callId, midnight - 3 * MIN, [scope])]);
    expect(await used(scope, midnight - 1)).toBe(3 * MIN - 1);
    expect(await used(scope, midnight + 2 * MIN)).toBe(2 * MIN);
    const next = await admit(other, [limited(scope, 10)], midnight + 2 * MIN);
    await one.admission.append([answered(next.callId, midnight + 2 * MIN, [scope])]);
    expect(await used(scope, midnight + 4 * MIN)).toBe(6 * MIN);
    await one.admission.end(ended(callId, midnight + 4 * MIN), []);
    await one.admission.end(ended(next.callId, midnight + 4 * MIN), []);
    expect(await used(scope, midnight + 9 * MIN)).toBe(6 * MIN);
    expect(await used(scope, midnight + DAY)).toBe(0);
  });

  it('end with a channel that is taken away by hand', async () => {
    const scope = scopeOf();
    const { callId } = await admit(one, [limited(scope, 10)]);
    await one.admission.append([answered(callId, AT, [scope])]);
    expect(await createLeaseBook(one.redis).free(scope, callId, AT + MIN)).toBe(true);
    await one.admission.end(ended(callId, AT + 5 * MIN), []);
    expect(await used(scope, AT + 9 * MIN)).toBe(MIN);
  });

  it('are the sum of the parts of calls in the day, whatever the order of 400 steps', async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    const random = seededRandom(seed);
    const scope = scopeOf();
    const live = new Map<string, number | null>();
    let at = 19_675 * DAY + 20 * 3_600_000;
    const parts: [from: number, to: number][] = [];
    for (let step = 0; step < 400; step += 1) {
      at += random(60_000);
      const [callId, since] = [...live][live.size === 0 ? 0 : random(live.size)] ?? [];
      const dice = random(100);
      if (callId === undefined || dice < 40) live.set((await admit(one, [limited(scope, 1_000_000)], at)).callId, null);
      else if (since === null && dice < 80) {
        await one.admission.append([answered(callId, at, [scope])]);
        live.set(callId, at);
      } else {
        await one.admission.end(ended(callId, at), []);
        if (since !== null && since !== undefined) parts.push([since, at]);
        live.delete(callId);
      }
    }
    for (const since of live.values()) if (since !== null) parts.push([since, at]);
    const day = at - (at % DAY);
    const expected = parts.reduce((sum, [from, to]) => sum + Math.max(to - Math.max(from, day), 0), 0);
    expect(await used(scope, at), `seed ${seed}`).toBe(expected);
  });
});

describe('invariant 6: minutes of calls that were closed by mistake', () => {
  const SIGN = '1.1.normal';
  const lostEnd = (callId: string, at: number): EndedEvent => ({ ...ended(callId, at, 1_000_000), outcome: 'agent_lost', sipStatus: null });
  /** What a worker does that takes the agent for dead. */
  const closeAll = (at: number) =>
    createLostCalls(one.redis).closeListed(
      'agent-1',
      SIGN,
      (callId) => lostEnd(callId, at),
      () => true,
    );
  const putBack = (calls: readonly { callId: string; since: number | null }[], scope: LeaseScope) =>
    createJournalRegistry(one.redis).reAssert(
      calls.map(({ callId, since }) => {
        const held = { callId, agentId: 'agent-1', since: AT, numberIds: [], leases: [scope] };
        return since === null ? held : { ...held, minutes: { since, scopes: [scope] } };
      }),
    );
  beforeEach(() => one.redis.hset(keys.agents, 'agent-1', SIGN));

  it('count once, and what lay between the false end and the return counts too', async () => {
    const scope = scopeOf();
    const { callId } = await admit(one, [limited(scope, 1000)]);
    await one.admission.append([answered(callId, AT, [scope])]);
    for (const minute of [6, 20]) {
      expect(await closeAll(AT + minute * MIN)).toEqual({ closed: [callId], left: 'none' });
      expect(await used(scope, AT + (minute + 1) * MIN)).toBe(minute * MIN);
      const counted = await putBack([{ callId, since: AT }], scope);
      expect([...counted]).toEqual([[callId, AT + minute * MIN]]);
      expect(await used(scope, AT + (minute + 4) * MIN)).toBe((minute + 4) * MIN);
    }
    await one.admission.append([answered(callId, AT, [scope])]);
    await one.admission.end(ended(callId, AT + 30 * MIN), []);
    expect(await used(scope, AT + 60 * MIN)).toBe(30 * MIN);
  });

  it.each([1, 2, 3])(
    'are the sum of the parts of calls whatever the order of false ends, returns, ends, losses and checks (%i)',
    async (salt) => {
      const seed = Number(process.env.SEED ?? Date.now() % 1_000_000) + salt;
      const random = seededRandom(seed);
      const scope = scopeOf();
      /** Calls that go on: since when they talk, up to where a false end in Postgres says, and whether Redis has them. */
      const live = new Map<string, { since: number | null; told: number; falseEnd: number | null; isThere: boolean }>();
      const parts: [from: number, to: number][] = [];
      let at = 19_676 * DAY - 90 * MIN;
      let isExact = true;
      const inDay = (from: number, to: number): number => Math.max(to - Math.max(from, at - (at % DAY)), 0);
      const total = (): number => {
        const ofEnded = parts.reduce((sum, [from, to]) => sum + inDay(from, to), 0);
        return [...live.values()].reduce((sum, { since }) => sum + (since === null ? 0 : inDay(since, at)), ofEnded);
      };
      const inPostgres = (): number => {
        const ofEnded = parts.reduce((sum, [from, to]) => sum + inDay(from, to), 0);
        return [...live.values()].reduce(
          (sum, { since, falseEnd }) => sum + (since === null || falseEnd === null ? 0 : inDay(since, falseEnd)),
          ofEnded,
        );
      };
      const reAssert = async () => {
        const counted = await putBack(
          [...live].map(([callId, { since, told }]) => ({ callId, since: since === null ? null : Math.max(since, told) })),
          scope,
        );
        for (const [callId, call] of live) Object.assign(call, { isThere: true, told: Math.max(call.told, counted.get(callId) ?? 0) });
      };
      for (let step = 0; step < 250; step += 1) {
        at += random(50_000);
        const [callId, call] = [...live][live.size === 0 ? 0 : random(live.size)] ?? [];
        const dice = random(100);
        if (callId === undefined || call === undefined || dice < 25) {
          const { callId: added } = await admit(one, [limited(scope, 1_000_000)], at);
          live.set(added, { since: null, told: 0, falseEnd: null, isThere: true });
        } else if (dice < 50) {
          // The first time or once more.
          call.since ??= at;
          await one.admission.append([answered(callId, call.since, [scope])]);
        } else if (dice < 62) {
          await closeAll(at);
          for (const one of live.values()) {
            if (one.isThere) one.falseEnd ??= at;
            one.isThere = false;
          }
        } else if (dice < 80) await reAssert();
        else if (dice < 84) await createMinuteBook(one.redis).check(scope, at, inPostgres());
        else if (dice < 86) {
          await freshPlane(one);
          await one.redis.hset(keys.agents, 'agent-1', SIGN);
          isExact = false;
          await reAssert();
        } else {
          await one.admission.end(ended(callId, at), []);
          // What it talked behind a false end is known when its record is.
          if (!call.isThere && call.since !== null) isExact = false;
          if (call.since !== null) parts.push([call.since, at]);
          live.delete(callId);
        }
        if ([...live.values()].every(({ isThere }) => isThere) && isExact) expect(await used(scope, at), `seed ${seed}`).toBe(total());
        else expect(await used(scope, at), `seed ${seed}`).toBeLessThanOrEqual(total());
      }
      await reAssert();
      for (const [callId, { since }] of live) {
        await one.admission.end(ended(callId, at), []);
        if (since !== null) parts.push([since, at]);
      }
      live.clear();
      await createMinuteBook(one.redis).check(scope, at, inPostgres());
      expect(await used(scope, at), `seed ${seed}`).toBe(total());
    },
  );
});

describe('minutes behind an emptied Redis', () => {
  it('go on for calls that are put in again, from their answer on', async () => {
    const scope = scopeOf();
    const { callId, event } = await admit(one, [limited(scope, 10)]);
    await freshPlane(one);
    const held = { callId, agentId: 'agent-1', since: event.at, numberIds: [], leases: [scope] };
    const registry = createJournalRegistry(one.redis);
    for (let times = 0; times < 2; times += 1) await registry.reAssert([{ ...held, minutes: { since: AT, scopes: [scope] } }]);
    expect(await used(scope, AT + 4 * MIN)).toBe(4 * MIN);
    await one.admission.end(ended(callId, AT + 5 * MIN), []);
    expect(await used(scope, AT + 9 * MIN)).toBe(5 * MIN);
  });

  it('are raised to what ended calls used in Postgres, once a scope and never lowered', async () => {
    const clock = fixedClock(AT);
    const scopes = [scopeOf('number'), scopeOf('account'), scopeOf('trunk_group')];
    const asked: string[] = [];
    let endedMs = 7 * MIN;
    const keep = createKeepMinutes({
      book: createMinuteBook(one.redis),
      clock,
      reader: {
        limited: async (kind) => scopes.filter((scope) => scope.kind === kind).map(({ id }) => id),
        ended: async ({ kind }) => {
          asked.push(kind);
          return endedMs;
        },
      },
    });
    await keep();
    await keep();
    expect(asked).toEqual(['number', 'account', 'trunk_group']);
    for (const scope of scopes) expect(await used(scope, AT)).toBe(7 * MIN);
    // Ten minutes later, or on another day, they are compared again.
    endedMs = 5 * MIN;
    clock.set(AT + 10 * MIN);
    await keep();
    expect(asked).toHaveLength(6);
    for (const scope of scopes) expect(await used(scope, AT)).toBe(7 * MIN);
    clock.set(AT + DAY);
    await keep();
    for (const scope of scopes) expect(await used(scope, AT + DAY)).toBe(5 * MIN);
  });
});
