import { describe, expect, it } from 'vitest';
import { testSdp } from '../support/sip/sdp.ts';
import { refer, report, silent, sipfrag, transferStage } from './support/transfer-stage.ts';

const on = transferStage();
const { callIn, callOut, clean } = on;

describe('a REFER', () => {
  it('that names another call of the same party joins the two others, and lets the party go', async () => {
    const { call, caller, called } = await callIn();
    const { asked, arrived, place } = await callOut();
    const { remoteTag } = asked.leg().dialog;
    expect((await refer(called, place('guessed'))).status).toBe(403);
    caller.onReinvite = () => ({ status: 200, sdp: testSdp(45010) });
    arrived.leg().onReinvite = () => ({ status: 200, sdp: testSdp(41022) });
    expect((await refer(called, place(remoteTag))).status).toBe(202);
    expect([(await caller.waitReinvite()).body, (await arrived.leg().waitReinvite()).body]).toEqual(['', testSdp(45010)]);
    expect((await caller.waitAck()).body).toBe(testSdp(41022));
    expect(await report(called)).toEqual(sipfrag('100 Trying', 'active'));
    expect(await report(called)).toEqual(sipfrag('200 OK', 'terminated'));
    await Promise.all([called.waitBye(), asked.waitBye()]);
    await arrived.bye();
    await caller.waitBye();
    const ends = [(await on.stage.call(call.callId)).at(-1), (await on.stage.call(asked.callId)).at(-1)];
    expect(ends).toMatchObject([
      { outcome: 'completed', endedBy: 'callee' },
      { outcome: 'completed', endedBy: 'callee' },
    ]);
    await clean();
  });

  it('that joins two calls ends the other one too when its party has taken the session of who hangs up', async () => {
    const { caller, called } = await callIn();
    const { asked, arrived, place } = await callOut();
    let gone: Promise<unknown> | undefined;
    arrived.leg().onReinvite = () => {
      gone = caller.bye();
      return { status: 200, sdp: testSdp(41024) };
    };
    expect((await refer(called, place(), silent)).status).toBe(202);
    await Promise.all([called.waitBye(), arrived.waitBye(), asked.waitBye()]);
    await gone;
    await clean();
  });

  it('that joins two calls keeps further offers out until the one under way is answered', async () => {
    const { caller, called } = await callIn();
    const { asked, arrived, place } = await callOut();
    let answer = (): void => {};
    arrived.leg().onReinvite = () =>
      new Promise((resolve) => {
        answer = () => resolve({ status: 200, sdp: testSdp(41030) });
      });
    expect((await refer(called, place(), silent)).status).toBe(202);
    await arrived.leg().waitReinvite();
    const held = await called.reinvite(testSdp(41032, { direction: 'sendonly' }));
    expect([held.status, held.header('Retry-After')]).toEqual([500, '1']);
    answer();
    expect((await caller.waitAck()).body).toBe(testSdp(41030));
    await Promise.all([called.waitBye(), asked.waitBye()]);
    await arrived.bye();
    await caller.waitBye();
    await clean();
  });

  it('that joins two calls leaves the other one alone when a party makes no offer where it is asked for one', async () => {
    const { caller, called } = await callIn();
    const { asked, arrived, place } = await callOut();
    let offers = 0;
    caller.onReinvite = () => ({ status: 200 });
    arrived.leg().onReinvite = () => {
      offers += 1;
      return { status: 200, sdp: testSdp(41026) };
    };
    expect((await refer(called, place(), silent)).status).toBe(202);
    await Promise.all([caller.waitAck(), called.waitBye(), caller.waitBye()]);
    expect(offers).toBe(0);
    expect((await asked.reinvite(testSdp(41028))).status).toBe(200);
    await arrived.waitAck();
    await arrived.bye();
    await asked.waitBye();
    await clean();
  });
});
