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

  it('INFO, UPDATE and MESSAGE go through with their bodies, REFER is declined, OPTIONS is ours', async () => {
    const info = { headers: { 'Content-Type': 'application/dtmf-relay' }, body: 'Signal=5\r\nDuration=160\r\n' };
    expect((await call.leg().request('INFO', info)).status).toBe(200);
    expect((await arrived.leg().waitRequest('INFO')).body).toBe(info.body);
    expect((await arrived.leg().request('UPDATE', {})).status).toBe(200);
    await call.leg().waitRequest('UPDATE');
    expect((await call.leg().request('REFER', { headers: { 'Refer-To': '<sip:x@192.0.2.1>' } })).status).toBe(603);
    expect((await call.leg().request('OPTIONS', {})).status).toBe(200);
    await hangUp();
  });
});
