import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { LegNotes } from '../../src/app/calls/leg-notes.ts';
import { CallRecord } from '../../src/app/calls/record-call.ts';
import type { CallMetrics } from '../../src/app/ports/metrics.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import type { Leg } from '../support/sip/leg.ts';
import type { Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, PASSWORD } from './support/call-world.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;
const THERE = '+33142685300';

beforeAll(async () => {
  stage = await openStage({ agents: 1, settings: { refer: { fromCarriers: 'refuse', fromAccounts: 'handle' }, transferByeMs: 100 } });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(carrier, phone);
});
afterAll(() => stage.close());
afterEach(() => vi.restoreAllMocks());

const metrics = () => stage.agents[0]!.metrics as { -readonly [K in keyof CallMetrics]: CallMetrics[K] };
const quiet = () => {};
beforeEach(() => Object.assign(metrics(), { attempt: quiet, setup: quiet, postDialDelay: quiet }));
const fail = () => {
  throw new Error('a fault of ours');
};

async function isRecorded(callId: string): Promise<void> {
  const events = await stage.call(callId);
  expect(events.filter(({ type }) => type === 'ended')).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'failed', code: 'internal_error' });
  await until(
    () => 'the call is still held',
    () => stage.agents[0]!.agent.callCount === 0,
  );
}

describe('a fault of ours', () => {
  it('invariant 12: as the target answers: 500 to the caller, BYE to the target, one closed record', async () => {
    metrics().attempt = fail;
    const call = carrier.invite({ to: NUMBER, target: stage.target });
    const arrived = await phone.expectInvite();
    arrived.answer();
    const final = await call.final();
    expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([500, 'internal_error']);
    await arrived.waitBye();
    await isRecorded(call.callId);
  });

  it('invariant 12: behind the answer: BYE to both sides, one closed record', async () => {
    metrics().setup = fail;
    const call = carrier.invite({ to: NUMBER, target: stage.target });
    const arrived = await phone.expectInvite();
    arrived.answer();
    await call.answered();
    await Promise.all([call.waitBye(), arrived.waitBye()]);
    await isRecorded(call.callId);
  });

  it('while it rings: the call goes on', async () => {
    metrics().postDialDelay = fail;
    const call = carrier.invite({ to: NUMBER, target: stage.target });
    const arrived = await phone.expectInvite();
    arrived.ring();
    await call.provisional(180);
    arrived.reject(486);
    expect((await call.final()).status).toBe(486);
    await stage.call(call.callId);
  });
});

/** Throws at the call of that number, counted from now; the others do what they did. */
const failAt = (of: { answered(...args: never): void }, count: number): void => {
  const original = of.answered;
  let n = 0;
  vi.spyOn(of, 'answered').mockImplementation(function (this: unknown, ...args: never) {
    n += 1;
    if (n === count) fail();
    original.apply(this, args);
  });
};

/** The ends of a call, once there is one. */
async function ended(of: string | undefined): Promise<readonly CallEvent[]> {
  let found: readonly CallEvent[] = [];
  await until(
    () => `no end of ${of}`,
    async () => {
      found = (await stage.events()).filter(({ callId, type }) => callId === of && type === 'ended');
      return found.length > 0;
    },
  );
  return found;
}

/** A call of the carrier's to the phone that is up. */
async function callIn() {
  const call = carrier.invite({ to: NUMBER, target: stage.target });
  const arrived = await phone.expectInvite();
  arrived.answer(testSdp(41000));
  await call.answered();
  await arrived.waitAck();
  return { call, arrived };
}

/** A call of the phone's to the carrier that is up, and the place that names it. */
async function callOut() {
  const [there, auth] = [`sip:${THERE}@${DOMAIN}`, { username: LOGIN.username, password: PASSWORD }];
  const call = phone.invite({ to: there, requestUri: there, from: `sip:${NUMBER}@${DOMAIN}`, target: stage.target, auth });
  const arrived = await carrier.expectInvite();
  arrived.answer(testSdp(41020));
  await call.answered();
  await arrived.waitAck();
  const { localTag, remoteTag } = call.leg().dialog;
  const place = `${there}?Replaces=${encodeURIComponent(`${call.callId};to-tag=${remoteTag};from-tag=${localTag}`)}`;
  return { call, arrived, place };
}

async function refer(leg: Leg, place: string): Promise<void> {
  const headers = { 'Refer-To': `<${place}>`, 'Refer-Sub': 'false' };
  expect((await leg.request('REFER', { headers })).status).toBe(202);
}

async function nothingIsLeft(): Promise<void> {
  await until(
    () => 'a call is still held',
    () => stage.agents[0]!.agent.callCount === 0,
  );
  expect([carrier.violations, phone.violations]).toEqual([[], []]);
}

describe('a fault of ours as a transfer is joined', () => {
  it.each([
    ['as its answer is recorded', CallRecord.prototype, 1],
    ['as the party is taken over', LegNotes.prototype, 1],
    ['as the party is in another bridge', LegNotes.prototype, 2],
    ['as both are in one', LegNotes.prototype, 3],
  ] as const)('invariant 12: %s: nobody is left with a session to nobody, and both records close', async (_when, of, count) => {
    const { call, arrived } = await callIn();
    await refer(arrived.leg(), `sip:${THERE}@${DOMAIN}`);
    const there = await carrier.expectInvite();
    call.leg().onReinvite = () => {
      failAt(of, count);
      return { status: 200, sdp: testSdp(45002) };
    };
    there.answer(testSdp(46000));
    await Promise.all([there.waitAck(), there.waitBye(), call.waitBye(), arrived.waitBye()]);
    expect((await stage.call(call.callId)).filter(({ type }) => type === 'ended')).toHaveLength(1);
    const begun = (await stage.events()).findLast(({ type }) => type === 'admitted');
    expect(await ended(begun?.callId)).toMatchObject([{ code: 'internal_error', endedBy: 'platform' }]);
    await nothingIsLeft();
  });

  it.each([
    ['as the first party is taken over', 1],
    ['as the second one is', 2],
    ['as both are in one bridge', 4],
  ])('invariant 12: of two calls, %s: all four legs are hung up, and both records close', async (_when, count) => {
    const [one, other] = [await callIn(), await callOut()];
    one.call.leg().onReinvite = () => ({ status: 200, sdp: testSdp(45010) });
    other.arrived.leg().onReinvite = () => {
      failAt(LegNotes.prototype, count);
      return { status: 200, sdp: testSdp(41022) };
    };
    await refer(one.arrived.leg(), other.place);
    await Promise.all([one.call, one.arrived, other.call, other.arrived].map((leg) => leg.waitBye()));
    for (const { call } of [one, other]) expect((await stage.call(call.callId)).filter(({ type }) => type === 'ended')).toHaveLength(1);
    await nothingIsLeft();
  });
});
