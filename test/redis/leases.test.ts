import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EndedEvent } from '../../src/domain/call-event.ts';
import { LEASE_SCOPE_KINDS, type LeaseScope, UNLIMITED, type WantedLease } from '../../src/domain/lease.ts';
import { newId } from '../../src/kit/ids.ts';
import { createJournalRegistry } from '../../src/redis/agent-journals.ts';
import { createAgentRegistry } from '../../src/redis/agents.ts';
import { keys } from '../../src/redis/keys.ts';
import { assertLeases } from '../../src/redis/leases.ts';
import { createTestRedis, type TestRedis } from '../support/services.ts';
import { admissionRequest, admittedEvent, freshPlane, type OpenPlane, openPlane, seededRandom } from './support/plane.ts';

let server: TestRedis;
let one: OpenPlane;
let other: OpenPlane;
/** Of a worker: it admits nothing, and closes the calls of others. */
let closer: OpenPlane;

beforeAll(async () => {
  server = await createTestRedis();
  one = await openPlane(server.url);
  other = await openPlane(server.url);
  closer = await openPlane(server.url);
});
afterAll(async () => {
  await closer.close();
  await one.close();
  await other.close();
  await server.close();
});
beforeEach(() => freshPlane(one));

const AT = 1_700_000_000_000;
const scopeOf = (kind: LeaseScope['kind'], id = newId()): LeaseScope => ({ kind, id });
const limited = (scope: LeaseScope, channelsMax: number | null, perSecondMax: number | null = null): WantedLease => ({
  ...scope,
  channelsMax,
  perSecondMax,
});
const unlimited = (scope: LeaseScope): WantedLease => ({ ...scope, ...UNLIMITED });
const ended = (callId: string, agentId: string, seq = 9): EndedEvent => ({
  type: 'ended',
  callId,
  seq,
  agentId,
  at: AT + 1000,
  outcome: 'completed',
  sipStatus: 200,
  code: null,
  endedBy: 'caller',
});

async function admit(plane: OpenPlane, leases: readonly WantedLease[], agentId = 'agent-1', numberIds: readonly string[] = []) {
  const event = admittedEvent({ agentId });
  const request = admissionRequest([], numberIds, { event, leases });
  let reply = await plane.admission.admit(request);
  // A plane that was marked anew since is learnt from the first answer.
  if (reply.result === 'stale') reply = await plane.admission.admit(request);
  return { reply, callId: event.callId };
}

/** Holders and counts of a scope as they lie in Redis; the counts must agree with the holders at any moment. */
async function stored(scope: LeaseScope): Promise<{ holders: string[]; counts: Record<string, number> }> {
  const fields = Object.entries(await one.redis.hgetall(keys.lease(scope)));
  const counts = Object.fromEntries(fields.filter(([name]) => name.startsWith('#')).map(([name, n]) => [name.slice(1), Number(n)]));
  const holders = fields.filter(([name]) => !name.startsWith('#'));
  const byAgent: Record<string, number> = {};
  for (const [, text] of holders) {
    const agent = text.slice(text.indexOf('.') + 1);
    byAgent[agent] = (byAgent[agent] ?? 0) + 1;
  }
  expect(counts).toEqual(byAgent);
  return { holders: holders.map(([callId]) => callId).sort(), counts };
}

/** Marks an agent's last sign of life as that long ago. */
const beatAgo = (agentId: string, ms: number) =>
  one.redis.time().then(([seconds]) => one.redis.hset(keys.agents, agentId, `${Number(seconds) * 1000 - ms}.1.normal`));

describe('invariant 6: leases', () => {
  it('are taken with the call, listed by it, and given back by its end, however often that is told', async () => {
    const number = newId();
    const scopes = [scopeOf('number', number), scopeOf('account'), scopeOf('trunk_group'), scopeOf('gateway')];
    const { callId } = await admit(one, scopes.map(unlimited), 'agent-1', [number]);
    for (const scope of scopes) expect(await stored(scope)).toEqual({ holders: [callId], counts: { 'agent-1': 1 } });
    for (let times = 0; times < 3; times += 1) await one.admission.end(ended(callId, 'agent-1'), [number]);
    for (const scope of scopes) expect(await one.redis.exists(keys.lease(scope))).toBe(0);
  });

  it('are all taken or none, and the full one is named', async () => {
    const full = scopeOf('trunk_group');
    await admit(one, [limited(full, 1)]);
    const scopes = [scopeOf('number'), scopeOf('account')];
    const { reply } = await admit(one, [...scopes.map(unlimited), limited(full, 1)]);
    expect(reply).toEqual({ result: 'full', scope: full, why: 'channels' });
    for (const scope of scopes) expect(await one.redis.exists(keys.lease(scope))).toBe(0);
    expect(await one.redis.hlen(keys.agentCalls('agent-1'))).toBe(1);
  });

  it('count before a limit is set, so that it is right at once', async () => {
    const scope = scopeOf('account');
    await admit(one, [unlimited(scope)]);
    await admit(other, [unlimited(scope)], 'agent-2');
    await beatAgo('agent-2', -600_000);
    expect((await admit(one, [limited(scope, 2)])).reply).toMatchObject({ result: 'full' });
    expect((await admit(one, [limited(scope, 3)])).reply).toEqual({ result: 'ok' });
    expect((await admit(one, [limited(scope, 0)])).reply).toMatchObject({ result: 'full' });
  });

  it('of an agent without a heartbeat do not count 6 s later', async () => {
    const scope = scopeOf('account');
    await beatAgo('agent-2', -600_000);
    const first = await admit(other, [limited(scope, 1)], 'agent-2');
    expect((await admit(one, [limited(scope, 1)])).reply).toMatchObject({ result: 'full' });
    await beatAgo('agent-2', 6001);
    expect((await admit(one, [limited(scope, 1)])).reply).toEqual({ result: 'ok' });
    await createAgentRegistry(one.redis).leave('agent-2');
    // Its end may still come, from itself or from whoever closes its calls.
    await closer.admission.end(ended(first.callId, 'agent-2'), []);
    await other.admission.end(ended(first.callId, 'agent-2', 10), []);
    expect((await stored(scope)).counts).toEqual({ 'agent-1': 1 });
  });

  it('are not more than the limit under 100 concurrent admissions of two agents', async () => {
    const scope = scopeOf('gateway');
    await beatAgo('agent-1', -600_000);
    await beatAgo('agent-2', -600_000);
    const asked = Array.from({ length: 100 }, (_, index) =>
      index % 2 === 0 ? admit(one, [limited(scope, 37)], 'agent-1') : admit(other, [limited(scope, 37)], 'agent-2'),
    );
    const results = (await Promise.all(asked)).map(({ reply }) => reply.result);
    expect(results.filter((result) => result === 'ok')).toHaveLength(37);
    expect(results.filter((result) => result === 'full')).toHaveLength(63);
    expect((await stored(scope)).holders).toHaveLength(37);
  });

  it('of the last target are traded for those of the next, all or none', async () => {
    const account = scopeOf('account');
    const [group, first, second] = [scopeOf('trunk_group'), scopeOf('gateway'), scopeOf('gateway')];
    const { callId } = await admit(one, [unlimited(account), unlimited(group), limited(first, 1)]);
    const move = (to: LeaseScope, held: LeaseScope[], max: number) =>
      one.admission.nextTarget({
        callId,
        agentId: 'agent-1',
        numberIds: [],
        since: AT,
        held,
        wanted: [unlimited(account), unlimited(group), limited(to, max)],
      });
    expect(await move(second, [account, group, first], 0)).toEqual({ result: 'full', scope: second, why: 'channels' });
    expect((await stored(first)).holders).toEqual([callId]);
    expect(await move(second, [account, group, first], 1)).toEqual({ result: 'ok' });
    expect((await stored(first)).holders).toEqual([]);
    for (const scope of [account, group, second]) expect((await stored(scope)).holders).toEqual([callId]);
    // Another process ends it: it finds what there is to give back.
    await closer.admission.end(ended(callId, 'agent-1'), []);
    for (const scope of [account, group, first, second]) expect(await one.redis.exists(keys.lease(scope))).toBe(0);
  });

  it('that a call holds already do not keep it out when it asks again after a lost answer', async () => {
    const scope = scopeOf('account');
    const event = admittedEvent();
    const request = admissionRequest([], [], { event, leases: [limited(scope, 1, 0.5)] });
    expect(await one.admission.admit(request)).toEqual({ result: 'ok' });
    expect(await one.admission.admit(request)).toEqual({ result: 'ok' });
    expect((await admit(one, [limited(scope, 1)])).reply).toMatchObject({ result: 'full' });
    expect((await stored(scope)).counts).toEqual({ 'agent-1': 1 });
  });

  it('are rated: a burst of a second, then one at a time, and only what was let in counts', async () => {
    const [scope, full] = [scopeOf('account'), scopeOf('number')];
    for (let times = 0; times < 20; times += 1)
      expect((await admit(one, [limited(scope, null, 3), limited(full, 0)])).reply).toMatchObject({ scope: full });
    const replies = [];
    for (let times = 0; times < 5; times += 1) replies.push((await admit(one, [limited(scope, null, 0.5)])).reply);
    expect(replies[0]).toEqual({ result: 'ok' });
    expect(replies.slice(1).every((reply) => reply.result === 'full' && reply.why === 'rate')).toBe(true);
    const burst = scopeOf('account');
    const results = [];
    for (let times = 0; times < 40; times += 1) results.push((await admit(one, [limited(burst, null, 20)])).reply.result);
    const allowed = results.filter((result) => result === 'ok').length;
    expect(results.slice(0, 20).every((result) => result === 'ok')).toBe(true);
    expect(allowed).toBeLessThan(40);
    expect(await one.redis.pttl(keys.rate(burst))).toBeLessThanOrEqual(1002);
  });

  it('are put in again without a check after Redis forgot them, once', async () => {
    const scopes = [scopeOf('account'), scopeOf('gateway')];
    const call = { callId: newId(), agentId: 'agent-1', since: AT, numberIds: [newId()], leases: scopes };
    expect(await assertLeases(one.redis, [call])).toBe(2);
    expect(await assertLeases(one.redis, [call])).toBe(0);
    await one.redis.del(keys.lease(scopes[0] as LeaseScope));
    let counted = 0;
    const registry = createJournalRegistry(one.redis, 1000, (leases) => {
      counted += leases;
    });
    for (let times = 0; times < 2; times += 1) await registry.reAssert([call]);
    expect(counted).toBe(1);
    await other.admission.end(ended(call.callId, 'agent-1'), call.numberIds);
    for (const scope of scopes) expect(await one.redis.exists(keys.lease(scope))).toBe(0);
  });

  it('are not put in behind the end of their call by a Redis that was restarted and knows no script', async () => {
    const [scope, numberId] = [scopeOf('account'), newId()];
    const { callId } = await admit(one, [limited(scope, 5)]);
    const call = { callId, agentId: 'agent-1', since: AT, numberIds: [numberId], leases: [scope] };
    const registry = createJournalRegistry(one.redis, 1000, () => {});
    await one.redis.del(keys.lease(scope));
    await one.redis.script('FLUSH');
    await Promise.all([registry.reAssert([call]), one.admission.end(ended(callId, 'agent-1'), [numberId])]);
    expect(await one.redis.exists(keys.lease(scope), keys.agentCalls('agent-1'))).toBe(0);
    expect(await one.redis.hget(keys.use(numberId), callId)).toBeNull();
  });
});

describe('random lives of calls', () => {
  const SCOPES = LEASE_SCOPE_KINDS.flatMap((kind) => [scopeOf(kind), scopeOf(kind)]);
  interface ModelCall {
    readonly callId: string;
    readonly agentId: string;
    held: LeaseScope[];
  }

  it.each([1, 2, 3, 4])('leave holders and counts as a model says, and nothing at rest (seed %i)', async (salt) => {
    const seed = salt * 7919;
    const random = seededRandom(seed);
    let calls: ModelCall[] = [];
    const alive = new Set(['a0', 'a1', 'a2']);
    let born = 3;
    // However slow the machine is, whoever lives has a heartbeat.
    for (const agentId of alive) await beatAgo(agentId, -600_000);
    const planeOf = (agentId: string) => (Number(agentId.slice(1)) % 2 === 0 ? one : other);
    const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
    const inUse = (scope: LeaseScope) => calls.filter(({ agentId, held }) => alive.has(agentId) && held.includes(scope)).length;
    const some = () => SCOPES.filter(() => random(2) === 0).map((scope) => limited(scope, random(3) === 0 ? null : random(6)));
    const fits = (wanted: WantedLease[], held: LeaseScope[]) =>
      wanted.every((lease) => {
        const scope = SCOPES.find(({ id }) => id === lease.id) as LeaseScope;
        return held.includes(scope) || lease.channelsMax === null || inUse(scope) < lease.channelsMax;
      });
    const scopesOf = (wanted: WantedLease[]) => SCOPES.filter(({ id }) => wanted.some((lease) => lease.id === id));
    for (let step = 0; step < 150; step += 1) {
      const call = calls.length === 0 ? undefined : pick(calls);
      const what = random(10);
      if (what < 4 || call === undefined) {
        const [agentId, wanted] = [pick([...alive]), some()];
        const { reply, callId } = await admit(planeOf(agentId), wanted, agentId);
        expect(reply.result, `seed ${seed} step ${step}`).toBe(fits(wanted, []) ? 'ok' : 'full');
        if (reply.result === 'ok') calls.push({ callId, agentId, held: scopesOf(wanted) });
      } else if (what < 7 && alive.has(call.agentId)) {
        const wanted = some();
        const { callId, agentId, held } = call;
        const reply = await planeOf(agentId).admission.nextTarget({ callId, agentId, numberIds: [], since: AT, held, wanted });
        expect(reply.result, `seed ${seed} step ${step}`).toBe(fits(wanted, held) ? 'ok' : 'full');
        if (reply.result === 'ok') call.held = scopesOf(wanted);
      } else if (what === 9 && alive.size > 1 && random(3) === 0) {
        alive.delete(call.agentId);
        await beatAgo(call.agentId, 7000);
        alive.add(`a${born}`);
        await beatAgo(`a${born}`, -600_000);
        born += 1;
      } else {
        const closers = [planeOf(call.agentId), closer];
        for (const plane of random(2) === 0 ? closers : closers.reverse()) {
          await plane.admission.end(ended(call.callId, call.agentId), []);
          if (random(2) === 0) break;
        }
        calls = calls.filter((one) => one !== call);
      }
      const scope = pick(SCOPES);
      const held = calls.filter((one) => one.held.includes(scope)).map(({ callId }) => callId);
      expect((await stored(scope)).holders, `seed ${seed} step ${step}`).toEqual(held.sort());
    }
    for (const { callId, agentId } of calls) await closer.admission.end(ended(callId, agentId), []);
    for (const scope of SCOPES) expect(await one.redis.exists(keys.lease(scope)), `seed ${seed}`).toBe(0);
  });
});
