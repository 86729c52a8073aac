import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { explainStored } from '../../src/app/calls/explain-call.ts';
import { decideStored } from '../../src/app/calls/stored-decision.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { type LeaseScope, type Limits, UNLIMITED } from '../../src/domain/lease.ts';
import { type GatewayRecord, recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import { createAgentRegistry } from '../../src/redis/agents.ts';
import { keys } from '../../src/redis/keys.ts';
import { createLeaseBook } from '../../src/redis/lease-book.ts';
import { createMinuteBook } from '../../src/redis/minute-book.ts';
import { admissionRequest, admittedEvent } from '../redis/support/plane.ts';
import { createMember } from '../support/fleet.ts';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage, SECRET, type StageAgent, until } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, PASSWORD } from './support/call-world.ts';

const HEARTBEAT_MS = 200;

let stage: CallStage;
let carrier: Party;
let second: Party;
let phone: Party;

beforeAll(async () => {
  stage = await openStage({ settings: { firstResponseMs: 1000, leaseReportMs: 60, leaseMissingMs: 150, heartbeatMs: HEARTBEAT_MS } });
  carrier = await stage.party({ user: 'carrier' });
  second = await stage.party({ user: 'second' });
  phone = await stage.party({ user: 'phone' });
});
afterAll(() => stage.close());
beforeEach(() => stage.world.site(carrier, phone));
afterEach(() => vi.restoreAllMocks());

const channels = (channelsMax: number): Limits => ({ channelsMax, perSecondMax: null });
const perSecond = (perSecondMax: number): Limits => ({ channelsMax: null, perSecondMax });
const at = (user: string) => `sip:${user}@${DOMAIN}`;
const callIn = () => carrier.invite({ to: NUMBER, target: stage.target });
const callOut = () =>
  phone.invite({
    to: at('+33142685300'),
    requestUri: at('+33142685300'),
    from: at(NUMBER),
    target: stage.target,
    auth: { username: LOGIN.username, password: PASSWORD },
  });
const holders = async (scope: LeaseScope) =>
  (await createLeaseBook(stage.plane.redis).page(scope, null, 500))?.holders.map(({ callId }) => callId) ?? [];
const account = (): LeaseScope => ({ kind: 'account', id: stage.world.ids.account });
const group = (): LeaseScope => ({ kind: 'trunk_group', id: stage.world.ids.carrier });

/** Two gateways, the first with these limits; returns their ids. */
async function gateways(limits: Limits): Promise<[string, string]> {
  const rows = [carrier, second].map(
    (party, index): GatewayRecord => ({ id: newId(), uri: `sip:127.0.0.1:${party.port}`, priority: index, weight: 1, enabled: true }),
  );
  await stage.world.carrier([], [carrier], { gateways: rows.map((row, index) => (index === 0 ? { ...row, limits } : row)) });
  return rows.map(({ id }) => id) as [string, string];
}

async function answered() {
  const call = callIn();
  const arrived = await phone.expectInvite();
  arrived.answer();
  await call.answered();
  await arrived.waitAck();
  return { call, arrived };
}
const none = (scope: LeaseScope) =>
  until(
    () => `${scope.kind} is held`,
    async () => (await holders(scope)).length === 0,
  );

describe('limits on the wire', () => {
  it('a trunk group with two channels: the third call is 503 limit_reached with Retry-After, and after one ended the next passes', async () => {
    await stage.world.carrier([carrier], [carrier], { limits: channels(2) });
    const [one, two] = [await answered(), await answered()];
    const third = callIn();
    const refused = await third.final();
    expect([refused.status, refused.header('X-Dialplane-Reason')]).toEqual([503, 'limit_reached']);
    expect(Number(refused.header('Retry-After'))).toBeGreaterThan(0);
    const [event] = await stage.call(third.callId);
    expect(event).toMatchObject({ type: 'refused', code: 'limit_reached' });
    await one.call.bye();
    await stage.call(one.call.callId);
    const next = await answered();
    for (const { call } of [two, next]) await call.bye();
    await stage.call(next.call.callId);
    await none(group());
  });

  it('a number over its rate: 503 rate_exceeded with Retry-After', async () => {
    await stage.world.number({ limits: perSecond(0.01) });
    const passed = callIn();
    (await phone.expectInvite()).reject(486);
    expect((await passed.final()).status).toBe(486);
    const refused = await callIn().final();
    expect([refused.status, refused.header('X-Dialplane-Reason')]).toEqual([503, 'rate_exceeded']);
    expect(Number(refused.header('Retry-After'))).toBeGreaterThan(0);
  });

  it('an account whose minutes are used up: 403 minutes_exhausted for the next call out, while calls that go on, and calls in, are let be', async () => {
    await stage.world.account({ limits: { ...UNLIMITED, minutesPerDayMax: 1 } });
    const book = createMinuteBook(stage.plane.redis);
    const first = callOut();
    (await carrier.expectInvite()).answer();
    await first.answered();
    // The call that goes on counts; Postgres knows of fifty-nine seconds before it, and one more.
    await book.check(account(), Date.now(), 60_000);
    const refused = await callOut().final();
    expect([refused.status, refused.header('X-Dialplane-Reason'), refused.header('Retry-After')]).toEqual([403, 'minutes_exhausted', '']);
    const { call } = await answered();
    await until(
      () => 'the call out does not use up minutes',
      async () => (await book.used(account(), Date.now())) > 60_000,
    );
    for (const one of [call, first]) await one.bye();
    const events = await stage.call(first.callId);
    expect(events.find(({ type }) => type === 'answered')).toMatchObject({ minutes: [account()] });
    // The end counts once, and nothing runs on.
    const [one, other] = [await book.used(account(), Date.now()), await book.used(account(), Date.now() + 60_000)];
    expect(other).toBe(one);
    await stage.call(call.callId);
    await none(account());
  });

  it('an outbound profile with one channel: one call of its two trunks together', async () => {
    const profile = { id: newId(), limits: channels(1) };
    const byTrunk = async () => {
      const id = newId();
      const plain = { numberFormat: null, country: null, gateways: [], enabled: true, mode: 'live', name: 'pbx' } as const;
      const group = { kind: 'trunk_group', id, groupKind: 'customer', accountId: stage.world.ids.account, profile, ...plain } as const;
      await stage.world.put(recordRef.trunkGroup(id), group);
      await stage.world.credential({ trunkGroupId: id });
    };
    await byTrunk();
    const first = callOut();
    (await carrier.expectInvite()).answer();
    await first.answered();
    await byTrunk();
    const refused = await callOut().final();
    expect([refused.status, refused.header('X-Dialplane-Reason'), Number(refused.header('Retry-After')) > 0]).toEqual([
      503,
      'limit_reached',
      true,
    ]);
    await first.bye();
    await stage.call(first.callId);
    await none({ kind: 'outbound_profile', id: profile.id });
  });

  it('a gateway that is full is passed over for the next one, and both decisions explain themselves', async () => {
    const [first, next] = await gateways(channels(1));
    const one = callOut();
    (await carrier.expectInvite()).answer();
    await one.answered();
    const two = callOut();
    (await second.expectInvite()).answer();
    await two.answered();
    expect(await holders({ kind: 'gateway', id: first })).toHaveLength(1);
    expect(await holders({ kind: 'gateway', id: next })).toHaveLength(1);
    for (const call of [one, two]) await call.bye();
    const events = await stage.call(two.callId);
    const { decisionInput } = events[0] as Extract<CallEvent, { type: 'admitted' }>;
    const explained = explainStored(decisionInput);
    expect(explained.candidates.map(({ chosen, reason }) => [chosen, reason])).toEqual([
      [true, expect.anything()],
      [false, 'gateway full'],
    ]);
    const tried = events.flatMap((event) => (event.type === 'attempt' ? [event.gatewayId] : []));
    expect(tried).toEqual([next]);
    await none(account());
  });

  it('invariant 9: explain of a call refused for full targets equals what the wire got', async () => {
    await gateways(channels(0));
    await stage.world.carrier([carrier, second], [carrier], { limits: channels(0) });
    const call = callOut();
    const refused = await call.final();
    const [event] = await stage.call(call.callId);
    const stored = event as Extract<CallEvent, { type: 'refused' }>;
    const { decision } = decideStored(stored.decisionInput);
    expect(decision).toMatchObject({ outcome: 'reject', code: stored.code, sipStatus: refused.status });
    expect(explainStored(stored.decisionInput)).toMatchObject({ outcome: 'reject', code: 'limit_reached', sipStatus: 503 });
  });
});

describe('invariant 6', () => {
  it('invariant 6: a fault between two attempts leaves no lease', async () => {
    await gateways(channels(5));
    for (const { plane } of stage.agents) vi.spyOn(plane.admission, 'nextTarget').mockRejectedValue(new Error('no answer'));
    const call = callOut();
    (await carrier.expectInvite()).reject(503);
    expect((await call.final()).status).toBe(503);
    await stage.call(call.callId);
    for (const scope of [account(), group(), { kind: 'number', id: stage.world.ids.number } as const]) await none(scope);
  });

  it('invariant 6: an agent lets go of a call it does not have, and closes its record; calls that go on keep their leases', async () => {
    const { call } = await answered();
    const [own] = await holders(account());
    const [agent] = stage.agents as [StageAgent];
    const { agentId } = agent.agent;
    const before = agent.metrics.leaked;
    const event = admittedEvent({ agentId });
    const leases = [account(), group()].map((scope) => ({ ...scope, channelsMax: null, perSecondMax: null }));
    const request = admissionRequest([], [stage.world.ids.number], { event, leases });
    expect(await stage.plane.admission.admit(request)).toEqual({ result: 'ok' });
    expect(await holders(account())).toHaveLength(2);
    await until(
      () => 'the leases are not let go',
      async () => (await holders(account())).length === 1,
    );
    expect(await holders(account())).toEqual([own]);
    expect(await holders(group())).toEqual([own]);
    await until(
      () => 'it was not counted',
      () => agent.metrics.leaked === before + 2,
    );
    const events = (await stage.events()).filter(({ callId }) => callId === event.callId);
    expect(events.map(({ type }) => type)).toEqual(['admitted', 'ended']);
    expect(events[1]).toMatchObject({ outcome: 'agent_lost' });
    await call.bye();
    await none(account());
  });

  it('invariant 6: a lease that was taken away from a call does not come back, neither by itself nor with the next target', async () => {
    const { call } = await answered();
    const [callId = ''] = await holders(account());
    const agent = stage.agents.find((one) => one.agent.forgetLease(callId, account()) === 'released');
    expect(agent?.agent.forgetLease(newId(), account())).toBe('unknown');
    await createLeaseBook(stage.plane.redis).free(account(), callId, Date.now());
    // A Redis that was emptied is told again of everything that goes on.
    await stage.plane.redis.del(keys.lease(group()));
    await stage.plane.redis.flushdb();
    await stage.plane.plane.markPlane(1);
    await until(
      () => 'leases are not asserted again',
      async () => (await holders(group())).join() === callId,
    );
    expect(await holders(account())).toEqual([]);
    await call.bye();
    await stage.call(call.callId).catch(() => undefined);
    await none(group());
  });

  it('invariant 6: leases counted are live calls again within 10 s after an agent with calls was killed', async () => {
    const victim = createMember('victim', 'agent', {
      REDIS_URL: stage.redis.url,
      DRACHTIO_URL: `drachtio://:${SECRET}@${stage.engine.control.host}:${stage.engine.control.port}`,
      SEALING_KEY: randomBytes(32).toString('base64'),
      SIP_DOMAIN: DOMAIN,
      PLANE_HEARTBEAT_MS: String(HEARTBEAT_MS),
      LOG_LEVEL: 'error',
    });
    try {
      await victim.start();
      const registry = createAgentRegistry(stage.plane.redis);
      const counted = async () => {
        const alive = (await registry.list()).flatMap((agent) => (agent.alive ? [agent.id] : []));
        return createLeaseBook(stage.plane.redis).inUse(account(), alive);
      };
      const calls = [];
      for (let count = 0; count < 9; count += 1) calls.push(await answered());
      expect(await counted()).toBe(9);
      const own = stage.agents.reduce((sum, { agent }) => sum + agent.callCount, 0);
      expect(own).toBeLessThan(9);
      await victim.kill();
      await until(
        () => 'the leases of the dead agent count',
        async () => (await counted()) === own,
        10_000,
      );
      // And the limit is right at once: exactly that many may still come.
      await stage.world.account({ limits: channels(own + 1) });
      calls.push(await answered());
      expect((await callIn().final()).header('X-Dialplane-Reason')).toBe('limit_reached');
      await Promise.all(calls.map(({ call }) => call.bye().catch(() => undefined)));
    } finally {
      await victim.kill();
      victim.remove();
    }
  }, 60_000);
});
