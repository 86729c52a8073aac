import { describe, expect, it } from 'vitest';
import { decideStored } from '../../src/app/calls/stored-decision.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { LOGIN, NUMBER, PASSWORD } from './support/call-world.ts';
import { DTMF, refer, report, silent, sipfrag, THERE, transferStage, uriAt } from './support/transfer-stage.ts';

const on = transferStage();
const { allowCarriers, callIn, clean, records } = on;

describe('a transfer to a number', () => {
  it('is a call of the account with a record of its own: reported, joined with the other party, and the transferor hung up', async () => {
    const { call, caller, called } = await callIn();
    caller.onReinvite = () => ({ status: 200, sdp: testSdp(45002) });
    expect((await refer(called, uriAt(THERE))).status).toBe(202);
    expect(await report(called)).toEqual(sipfrag('100 Trying', 'active'));
    const there = await on.carrier.expectInvite();
    expect([there.request.body, there.request.header('From').includes(NUMBER)]).toEqual(['', true]);
    there.ring();
    expect(await report(called)).toEqual(sipfrag('180 Ringing', 'active'));
    there.answer(testSdp(46000));
    expect((await caller.waitReinvite()).body).toBe(testSdp(46000));
    expect((await there.waitAck()).body).toBe(testSdp(45002));
    expect(await report(called)).toEqual(sipfrag('200 OK', 'terminated'));
    await called.waitBye();
    // The two now talk to each other.
    there.leg().onReinvite = () => ({ status: 200, sdp: testSdp(46002) });
    expect((await caller.reinvite(testSdp(45004))).body).toBe(testSdp(46002));
    expect((await there.leg().request('INFO', { body: 'x', headers: { 'Content-Type': 'text/plain' } })).status).toBe(200);
    expect((await caller.waitRequest('INFO')).body).toBe('x');
    await there.bye();
    await caller.waitBye();
    const { first, second } = await records(call.callId);
    expect(first.at(-1)).toMatchObject({ type: 'ended', outcome: 'completed', endedBy: 'callee' });
    expect(second.map(({ type }) => type)).toEqual(['admitted', 'attempt', 'attempt_ended', 'answered', 'ended']);
    expect(second[0]).toMatchObject({
      parties: { direction: 'outbound', called: THERE, caller: NUMBER, accountId: on.stage.world.ids.account },
    });
    expect(second.at(-1)).toMatchObject({ outcome: 'completed', endedBy: 'callee' });
    // Invariant 9: explained from what was stored it is the same call.
    const [admitted] = second;
    const explained = admitted?.type === 'admitted' ? decideStored(admitted.decisionInput).decision : null;
    expect(explained).toMatchObject({ outcome: 'connect', parties: { called: THERE, identifiedBy: { kind: 'call' } } });
    expect(explained?.steps[0]).toMatchObject({ step: 'transfer' });
    await clean();
  });

  it('goes on as it was when the place is busy, and says so', async () => {
    const { call, caller, called } = await callIn();
    expect((await refer(called, uriAt(THERE))).status).toBe(202);
    expect(await report(called)).toEqual(sipfrag('100 Trying', 'active'));
    (await on.carrier.expectInvite()).reject(486);
    expect(await report(called)).toEqual(sipfrag('486 Busy Here', 'terminated'));
    expect((await caller.reinvite(testSdp(45006))).status).toBe(200);
    await called.bye();
    await caller.waitBye();
    const { first, second } = await records(call.callId);
    expect([first.at(-1), second.at(-1)]).toMatchObject([
      { outcome: 'completed', endedBy: 'callee' },
      { outcome: 'failed', sipStatus: 486 },
    ]);
    await clean();
  });

  it('is told no more to who knows of no subscription, and the call it is made in goes on (RFC 5057 §5.1)', async () => {
    const { call, caller, called } = await callIn();
    let told = 0;
    called.onRequest = async ({ method }) => {
      if (method !== 'NOTIFY') return 200;
      told += 1;
      return 481;
    };
    expect((await refer(called, uriAt(THERE))).status).toBe(202);
    expect(await report(called)).toEqual(sipfrag('100 Trying', 'active'));
    (await on.carrier.expectInvite()).reject(486);
    expect((await caller.request('INFO', DTMF)).status).toBe(200);
    await called.bye();
    await caller.waitBye();
    expect((await records(call.callId)).second.at(-1)).toMatchObject({ outcome: 'failed', sipStatus: 486 });
    await clean();
    expect(told).toBe(1);
  });

  it('is refused where calls of the account may not go, in a record of its own', async () => {
    await on.stage.world.account({ destinations: { blocked: ['33'] } });
    const { call, caller, called } = await callIn();
    expect((await refer(called, `tel:${THERE}`)).status).toBe(202);
    await report(called);
    const notify = await called.waitRequest('NOTIFY');
    // The code is in the record; a place that a tenant wrote is a stranger's (decision C11).
    expect([notify.body.slice(0, 11), notify.header('X-Dialplane-Reason')]).toEqual(['SIP/2.0 403', '']);
    await caller.bye();
    await called.waitBye();
    const { second } = await records(call.callId);
    expect(second).toMatchObject([{ type: 'refused', code: 'destination_blocked', sipStatus: 403 }]);
    await clean();
  });

  it('leaves the call as it was when the other party does not take the new session', async () => {
    const { call, caller, called } = await callIn();
    caller.onReinvite = () => ({ status: 488 });
    await refer(called, uriAt(THERE), silent);
    const there = await on.carrier.expectInvite();
    there.answer(testSdp(46006));
    await there.leg().waitBye();
    caller.onReinvite = undefined;
    expect((await called.reinvite(testSdp(41002))).status).toBe(200);
    await caller.bye();
    await called.waitBye();
    expect((await records(call.callId)).second.at(-1)).toMatchObject({ outcome: 'failed', code: 'not_acceptable' });
    await clean();
  });

  it('goes back once to the number the party called, and no second time', async () => {
    await allowCarriers('handle');
    const { caller, called } = await callIn();
    expect((await refer(called, uriAt(NUMBER), silent)).status).toBe(202);
    const there = await on.carrier.expectInvite();
    there.answer(testSdp(46030));
    await there.waitAck();
    await called.waitBye();
    expect((await refer(caller, uriAt(NUMBER))).status).toBe(202);
    expect(await report(caller)).toEqual(sipfrag('100 Trying', 'active'));
    expect(await report(caller)).toEqual(sipfrag('482 Loop Detected', 'terminated'));
    await caller.bye();
    await there.waitBye();
    await clean();
  });

  it('is not acceptable to who picks up without an offer; nobody is asked for anything, and the call goes on', async () => {
    const { call, caller, called } = await callIn();
    let offers = 0;
    caller.onReinvite = () => {
      offers += 1;
      return { status: 200, sdp: testSdp(45028) };
    };
    await refer(called, uriAt(THERE));
    const there = await on.carrier.expectInvite();
    there.answer(null);
    await there.waitAck();
    await there.leg().waitBye();
    await report(called);
    expect((await report(called))[0]).toMatch(/^SIP\/2\.0 488 /);
    expect(offers).toBe(0);
    expect((await called.reinvite(testSdp(41004))).status).toBe(200);
    await caller.bye();
    await called.waitBye();
    expect((await records(call.callId)).second.at(-1)).toMatchObject({ outcome: 'failed', code: 'not_acceptable' });
    await clean();
  });

  it('can be made again by whoever is there now, and a call whose parties have all gone is over', async () => {
    const { call, caller, called } = await callIn();
    await refer(called, uriAt(THERE), silent);
    const there = await on.carrier.expectInvite();
    there.answer(testSdp(46008));
    await there.waitAck();
    await called.waitBye();
    // Both speak for a carrier now, which may not.
    expect((await refer(there.leg(), uriAt(THERE))).status).toBe(403);
    await allowCarriers('handle');
    expect((await refer(caller, uriAt('+33142685301'), silent)).status).toBe(202);
    const third = await on.carrier.expectInvite();
    third.answer(testSdp(46010));
    await third.waitAck();
    await caller.waitBye();
    // Nobody of the first call is left.
    expect((await on.stage.call(call.callId)).at(-1)).toMatchObject({ outcome: 'completed', endedBy: 'caller' });
    await third.bye();
    await there.waitBye();
    await clean();
  });
});

describe('a REFER', () => {
  it('of a login that called out transfers whom it called', async () => {
    const auth = { username: LOGIN.username, password: PASSWORD };
    const call = on.phone.invite({ to: uriAt(THERE), requestUri: uriAt(THERE), from: uriAt(NUMBER), target: on.stage.target, auth });
    const arrived = await on.carrier.expectInvite();
    arrived.answer(testSdp(41010));
    await call.answered();
    await arrived.waitAck();
    expect((await refer(call.leg(), uriAt('+33142685301'), silent)).status).toBe(202);
    const there = await on.carrier.expectInvite();
    there.answer(testSdp(46014));
    expect((await arrived.leg().waitReinvite()).body).toBe(testSdp(46014));
    await there.waitAck();
    await call.waitBye();
    await arrived.bye();
    await there.waitBye();
    const { first, second } = await records(call.callId);
    expect([first.at(-1), second.at(-1)]).toMatchObject([{ endedBy: 'callee' }, { endedBy: 'caller' }]);
    await clean();
  });
});
