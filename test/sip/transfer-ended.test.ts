import { describe, expect, it } from 'vitest';
import type { Leg } from '../support/sip/leg.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { DTMF, refer, silent, THERE, transferStage, uriAt } from './support/transfer-stage.ts';

const on = transferStage();
const { allowCarriers, callIn, clean, records } = on;

/** From now on the leg answers requests with what the function returned is called with. */
const answersLate = (leg: Leg): ((status: number) => void) => {
  let answer: (status: number) => void = () => {};
  leg.onRequest = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  return (status) => answer(status);
};

describe('a transfer to a number', () => {
  it('does not end the call of a transferor who hangs up at once: the other waits, and is hung up when nobody comes', async () => {
    for (const comes of [true, false]) {
      const { call, caller, called } = await callIn();
      await refer(called, uriAt(THERE), silent);
      const there = await on.carrier.expectInvite();
      there.ring();
      expect((await called.bye()).status).toBe(200);
      if (comes) {
        there.answer(testSdp(46004));
        await there.waitAck();
        await caller.bye();
        await there.waitBye();
      } else {
        there.reject(480);
        await caller.waitBye();
      }
      const { first, second } = await records(call.callId);
      expect([first.at(-1), second.at(-1)]).toMatchObject(
        comes
          ? [
              { outcome: 'completed', endedBy: 'caller' },
              { outcome: 'completed', endedBy: 'caller' },
            ]
          : [{ outcome: 'completed', endedBy: 'callee' }, { outcome: 'failed' }],
      );
      await clean();
    }
  });

  it('lets the one who waits hold and press keys: it hears to come again, and never that its call is gone', async () => {
    const { caller, called } = await callIn();
    await refer(called, uriAt(THERE), silent);
    const there = await on.carrier.expectInvite();
    there.ring();
    await called.bye();
    expect((await caller.reinvite(testSdp(45024, { direction: 'sendonly' }))).status).toBe(491);
    const [offered, pressed] = [
      await caller.request('UPDATE', { headers: { 'Content-Type': 'application/sdp' }, body: testSdp(45024) }),
      await caller.request('INFO', DTMF),
    ];
    expect([offered.status, pressed.status, pressed.header('Retry-After')]).toEqual([500, 500, '2']);
    there.answer(testSdp(46026));
    await there.waitAck();
    await caller.bye();
    await there.waitBye();
    await clean();
  });

  it('is given up when the party to be transferred hangs up', async () => {
    const { call, caller, called } = await callIn();
    await refer(called, uriAt(THERE));
    const there = await on.carrier.expectInvite();
    there.ring();
    await caller.bye();
    await called.waitBye();
    await there.waitCancel();
    const { first, second } = await records(call.callId);
    expect([first.at(-1), second.at(-1)]).toMatchObject([
      { outcome: 'completed', endedBy: 'caller' },
      { outcome: 'cancelled', sipStatus: 487 },
    ]);
    await clean();
  });
});

describe('a call that is being transferred', () => {
  it.each(['before', 'after'] as const)('goes on when who transferred knows of no dialog any more %s it is joined', async (when) => {
    const { caller, called } = await callIn();
    await refer(called, uriAt(THERE), silent);
    const there = await on.carrier.expectInvite();
    there.ring();
    const answer = answersLate(called);
    const pressed = caller.request('INFO', DTMF);
    await called.waitRequest('INFO');
    if (when === 'before') {
      answer(481);
      expect((await pressed).status).toBe(500);
    }
    there.answer(testSdp(46020));
    await there.waitAck();
    if (when === 'after') {
      await called.waitBye();
      answer(481);
      await pressed;
    }
    expect((await caller.reinvite(testSdp(45020))).status).toBe(200);
    await there.waitAck();
    await there.bye();
    await caller.waitBye();
    await clean();
  });

  it('is not hung up with a call that who transferred has left', async () => {
    const { caller, called } = await callIn();
    await refer(called, uriAt(THERE), silent);
    const there = await on.carrier.expectInvite();
    there.answer(testSdp(46022));
    await there.waitAck();
    await called.waitBye();
    await allowCarriers('handle');
    const begun = (await on.stage.events()).findLast(({ type }) => type === 'admitted');
    expect((await refer(there.leg(), uriAt('+33142685301'), silent)).status).toBe(202);
    const third = await on.carrier.expectInvite();
    third.answer(testSdp(46024));
    await third.waitAck();
    const ended = on.stage.agents[0]?.agent.hangUp(begun?.callId ?? '');
    await there.waitBye();
    expect(await ended).toBe('ended');
    expect((await caller.reinvite(testSdp(45022))).status).toBe(200);
    await third.waitAck();
    await third.bye();
    await caller.waitBye();
    await clean();
  });

  it.each(['first', 'second'] as const)('hung up on an order: the %s one', async (which) => {
    const { call, caller, called } = await callIn();
    await refer(called, uriAt(THERE), silent);
    const there = await on.carrier.expectInvite();
    there.ring();
    const all = await on.stage.events();
    const begun = all.findLast((event) => event.type === 'admitted' && event.parties.identifiedBy?.kind === 'call');
    const callId = which === 'second' ? begun?.callId : begun?.type === 'admitted' ? begun.parties.identifiedBy?.id : undefined;
    const ended = on.stage.agents[0]?.agent.hangUp(callId ?? '');
    await there.waitCancel();
    if (which === 'second') await called.bye();
    else await called.waitBye();
    await caller.waitBye();
    expect(await ended).toBe('ended');
    const { first, second } = await records(call.callId);
    expect([first.at(-1), second.at(-1)]).toMatchObject(
      which === 'second'
        ? [{ outcome: 'completed' }, { outcome: 'failed', code: 'hung_up' }]
        : [{ outcome: 'completed', code: 'hung_up' }, { outcome: 'cancelled' }],
    );
    await clean();
  });

  it('hung up on an order while the other party takes the new session: that one is not left with media to nobody', async () => {
    const { call, caller, called } = await callIn();
    await refer(called, uriAt(THERE), silent);
    const there = await on.carrier.expectInvite();
    there.ring();
    const begun = (await on.stage.events()).findLast(({ type }) => type === 'admitted');
    let ended: Promise<unknown> | undefined;
    caller.onReinvite = () => {
      ended = on.stage.agents[0]?.agent.hangUp(begun?.callId ?? '');
      return { status: 200, sdp: testSdp(45026) };
    };
    there.answer(testSdp(46028));
    await Promise.all([there.leg().waitBye(), caller.waitBye(), called.waitBye()]);
    expect(await ended).toBe('ended');
    const { first, second } = await records(call.callId);
    expect([first.at(-1), second.at(-1)]).toMatchObject([{ outcome: 'completed' }, { outcome: 'failed', code: 'hung_up' }]);
    await clean();
  });

  it('hung up on an order after it was joined: both records close', async () => {
    const { call, caller, called } = await callIn();
    await refer(called, uriAt(THERE), silent);
    const there = await on.carrier.expectInvite();
    there.answer(testSdp(46012));
    await there.waitAck();
    await called.waitBye();
    const [begun] = await on.stage.events().then((all) => all.filter(({ type }) => type === 'admitted').slice(-1));
    const ended = on.stage.agents[0]?.agent.hangUp(begun?.callId ?? '');
    await Promise.all([caller.waitBye(), there.waitBye()]);
    expect(await ended).toBe('ended');
    const { first, second } = await records(call.callId);
    expect([first.at(-1), second.at(-1)]).toMatchObject([{ code: 'hung_up' }, { code: 'hung_up', endedBy: 'platform' }]);
    await clean();
  });
});
