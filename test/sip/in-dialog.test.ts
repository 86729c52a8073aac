import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type CallStage, openStage } from './support/call-stage.ts';
import { NUMBER } from './support/call-world.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;

beforeAll(async () => {
  stage = await openStage();
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(carrier, phone);
});
afterAll(() => stage.close());

let call: ReturnType<Party['invite']>;
let arrived: Awaited<ReturnType<Party['expectInvite']>>;

beforeEach(async () => {
  call = carrier.invite({ to: NUMBER, target: stage.target });
  arrived = await phone.expectInvite();
  arrived.answer();
  await call.answered();
  await arrived.waitAck();
});

const hangUp = async () => {
  await call.bye();
  await arrived.waitBye();
  expect((await stage.call(call.callId)).at(-1)).toMatchObject({ type: 'ended', outcome: 'completed' });
  expect([carrier.violations, phone.violations]).toEqual([[], []]);
};

describe('inside a call', () => {
  it('a re-INVITE of the caller is answered by the called side, and the ACK follows', async () => {
    arrived.leg().onReinvite = () => ({ status: 200, sdp: testSdp(45002, { direction: 'recvonly' }) });
    const final = await call.reinvite(testSdp(45000, { direction: 'sendonly', version: 2 }));
    expect([final.status, final.body]).toEqual([200, testSdp(45002, { direction: 'recvonly' })]);
    expect((await arrived.leg().waitReinvite()).body).toBe(testSdp(45000, { direction: 'sendonly', version: 2 }));
    await arrived.waitAck();
    await hangUp();
  });

  it('a re-INVITE of the called side is answered by the caller', async () => {
    call.leg().onReinvite = () => ({ status: 200, sdp: testSdp(45004) });
    const final = await arrived.reinvite(testSdp(45006, { version: 2 }));
    expect([final.status, final.body]).toEqual([200, testSdp(45004)]);
    await hangUp();
  });

  it('several re-INVITEs follow one another from both sides', async () => {
    for (let round = 0; round < 5; round += 1) {
      expect((await call.reinvite(testSdp(45100 + round))).status).toBe(200);
      await arrived.waitAck();
      expect((await arrived.reinvite(testSdp(45200 + round))).status).toBe(200);
    }
    await hangUp();
  });

  it('a re-INVITE without offer brings the offer in the 200 and the answer in the ACK', async () => {
    arrived.leg().onReinvite = () => ({ status: 200, sdp: testSdp(45008) });
    const final = await call.reinvite(null, { ackSdp: testSdp(45010) });
    expect(final.body).toBe(testSdp(45008));
    expect((await arrived.waitAck()).body).toBe(testSdp(45010));
    await hangUp();
  });

  it('a refused re-INVITE leaves the call as it was', async () => {
    arrived.leg().onReinvite = () => ({ status: 488 });
    expect((await call.reinvite(testSdp(45012))).status).toBe(488);
    arrived.leg().onReinvite = undefined;
    expect((await call.reinvite(testSdp(45014))).status).toBe(200);
    await hangUp();
  });

  it('re-INVITEs that cross get 491 on one side at least, and the call goes on', async () => {
    call.leg().onReinvite = () => 'silent';
    const pending = arrived.reinvite(testSdp(45016));
    await call.leg().waitReinvite();
    expect((await call.reinvite(testSdp(45018))).status).toBe(491);
    call.leg().onReinvite = undefined;
    await pending.catch(() => undefined);
    await call.bye();
    await arrived.waitBye();
    await stage.call(call.callId);
  });

  it('INFO, UPDATE and MESSAGE go through with their bodies, REFER is refused, OPTIONS is ours', async () => {
    const info = { headers: { 'Content-Type': 'application/dtmf-relay' }, body: 'Signal=5\r\nDuration=160\r\n' };
    expect((await call.leg().request('INFO', info)).status).toBe(200);
    expect((await arrived.leg().waitRequest('INFO')).body).toBe(info.body);
    expect((await arrived.leg().request('UPDATE', {})).status).toBe(200);
    await call.leg().waitRequest('UPDATE');
    expect((await call.leg().request('REFER', { headers: { 'Refer-To': '<sip:x@192.0.2.1>' } })).status).toBe(403);
    expect((await call.leg().request('OPTIONS', {})).status).toBe(200);
    await hangUp();
  });

  it('an UPDATE that brings an offer meets another one: 491 from the other side, 500 with Retry-After from the same (RFC 3311 §5.2)', async () => {
    call.leg().onReinvite = () => 'silent';
    const pending = arrived.reinvite(testSdp(45020));
    await call.leg().waitReinvite();
    const offer = { headers: { 'Content-Type': 'application/sdp' }, body: testSdp(45022) };
    expect((await call.leg().request('UPDATE', offer)).status).toBe(491);
    const again = await arrived.leg().request('UPDATE', offer);
    expect([again.status, again.header('Retry-After')]).toEqual([500, expect.stringMatching(/^\d+$/)]);
    call.leg().onReinvite = undefined;
    await pending.catch(() => undefined);
    await call.bye();
    await arrived.waitBye();
    await stage.call(call.callId);
  });

  it('MESSAGE both ways and INFO packages keep what they carry, an answer its body; SUBSCRIBE and a NOTIFY of nothing are 489', async () => {
    const message = { headers: { 'Content-Type': 'text/plain', Subject: 'hello', 'X-Secret': 'no' }, body: 'one line\r\n' };
    expect((await arrived.leg().request('MESSAGE', message)).status).toBe(200);
    const heard = await call.leg().waitRequest('MESSAGE');
    expect([heard.body, heard.header('Subject'), heard.header('X-Secret')]).toEqual(['one line\r\n', 'hello', '']);
    const info = { headers: { 'Content-Type': 'application/x', 'Info-Package': 'dtmf', 'Content-Disposition': 'Info-Package' }, body: '5' };
    expect((await call.leg().request('INFO', info)).status).toBe(200);
    const told = await arrived.leg().waitRequest('INFO');
    expect([told.header('Info-Package'), told.header('Content-Disposition')]).toEqual(['dtmf', 'Info-Package']);
    expect((await call.leg().request('SUBSCRIBE', { headers: { Event: 'refer' } })).status).toBe(489);
    const report = { headers: { Event: 'refer', 'Subscription-State': 'active' } };
    expect((await arrived.leg().request('NOTIFY', report)).status).toBe(489);
    await hangUp();
  });

  it('a NOTIFY of hold, talk and keys passes both ways and ends nothing, whatever is said to it; one of anything else is 489', async () => {
    const [caller, called] = [call.leg(), arrived.leg()];
    for (const [from, to, event] of [
      [caller, called, 'talk'],
      [called, caller, 'Hold'],
      [caller, called, 'telephone-event;Duration=2000;rate=1000'],
    ] as const) {
      const headers = { Event: event, 'Subscription-State': 'active', 'Content-Type': 'text/plain', 'X-Secret': 'no' };
      expect((await from.request('NOTIFY', { headers, body: 'x' })).status).toBe(200);
      const heard = await to.waitRequest('NOTIFY');
      const seen = ['Event', 'Subscription-State', 'X-Secret'].map((name) => heard.header(name));
      expect([heard.body, ...seen]).toEqual(['x', event, 'active', '']);
    }
    called.onRequest = async () => 489;
    expect((await caller.request('NOTIFY', { headers: { Event: 'talk', 'Subscription-State': 'active' } })).status).toBe(489);
    called.onRequest = undefined;
    expect((await caller.request('NOTIFY', { headers: { Event: 'dialog', 'Subscription-State': 'active' } })).status).toBe(489);
    await hangUp();
  });

  it('hold and its end are what the other side hears, whoever holds, and both may hold at once', async () => {
    const held = async (
      from: typeof call | typeof arrived,
      to: typeof call | typeof arrived,
      direction: 'sendonly' | 'inactive' | 'sendrecv',
    ) => {
      const answer = testSdp(45030, { direction: direction === 'sendonly' ? 'recvonly' : direction });
      to.leg().onReinvite = () => ({ status: 200, sdp: answer });
      const offer = testSdp(45032, { direction });
      expect((await from.reinvite(offer)).body).toBe(answer);
      expect((await to.leg().waitReinvite()).body).toBe(offer);
      if (to === arrived) await arrived.waitAck();
    };
    await held(call, arrived, 'sendonly');
    await held(arrived, call, 'inactive');
    await held(call, arrived, 'inactive');
    await held(arrived, call, 'sendrecv');
    await hangUp();
  });
});

describe('on an order of the platform', () => {
  const order = async (callId: string) => (await Promise.all(stage.agents.map(({ agent }) => agent.hangUp(callId)))).toSorted();
  const idOf = async (sipCallId: string) => {
    const found = (await stage.events()).find((event) => 'origin' in event && event.origin.sipCallId === sipCallId);
    return found?.callId ?? '';
  };
  const ended = async () =>
    expect((await stage.call(call.callId)).at(-1)).toMatchObject({ outcome: 'completed', code: 'hung_up', endedBy: 'platform' });

  it('a call that is up ends with a BYE to both, and once', async () => {
    const callId = await idOf(call.callId);
    const told = order(callId);
    const byes = await Promise.all([call.waitBye(), arrived.waitBye()]);
    expect(byes.map((bye) => bye.header('Reason').includes('Call ended by the platform'))).toEqual([true, true]);
    expect(await told).toEqual(['ended', 'unknown']);
    await ended();
    expect(await order(callId)).toEqual(['unknown', 'unknown']);
  });

  it('so does one whose offer is on its way, and the offer is forgotten', async () => {
    call.leg().onReinvite = () => 'silent';
    const pending = arrived.reinvite(testSdp(45040)).catch(() => undefined);
    await call.leg().waitReinvite();
    expect(await order(await idOf(call.callId))).toEqual(['ended', 'unknown']);
    await Promise.all([call.waitBye(), arrived.waitBye()]);
    await ended();
    await pending;
  });

  it('one that sends early media is cancelled, and its caller hears 480 hung_up', async () => {
    const early = carrier.invite({ to: NUMBER, target: stage.target });
    const ringing = await phone.expectInvite();
    ringing.ring(183, testSdp(45042));
    await early.provisional();
    const told = order(await idOf(early.callId));
    const final = await early.final();
    expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([480, 'hung_up']);
    await ringing.waitCancel();
    expect(await told).toEqual(['ended', 'unknown']);
    await hangUp();
  });
});
