import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideStored } from '../../src/app/calls/stored-decision.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import type { IncomingCall } from '../support/sip/incoming-call.ts';
import type { Leg } from '../support/sip/leg.ts';
import type { OutgoingCall } from '../support/sip/outgoing-call.ts';
import type { Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, PASSWORD } from './support/call-world.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;
const THERE = '+33142685300';
const uriAt = (user: string) => `sip:${user}@${DOMAIN}`;

beforeAll(async () => {
  stage = await openStage({ agents: 1, settings: { refer: { fromCarriers: 'refuse', fromAccounts: 'handle' }, transferByeMs: 100 } });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
});
afterAll(() => stage.close());
beforeEach(() => stage.world.site(carrier, phone));

/** A call in that is up: the carrier's leg and the phone's. */
async function callIn(): Promise<{ call: OutgoingCall; arrived: IncomingCall; caller: Leg; called: Leg }> {
  const call = carrier.invite({ to: NUMBER, from: '+15550100', target: stage.target });
  const arrived = await phone.expectInvite();
  arrived.answer(testSdp(41000));
  await call.answered();
  await arrived.waitAck();
  return { call, arrived, caller: call.leg(), called: arrived.leg() };
}
/** A call of the phone's out that is up, and the place that names it. */
async function callOut(): Promise<{ asked: OutgoingCall; arrived: IncomingCall; place: (toTag?: string) => string }> {
  const auth = { username: LOGIN.username, password: PASSWORD };
  const asked = phone.invite({ to: uriAt(THERE), requestUri: uriAt(THERE), from: uriAt(NUMBER), target: stage.target, auth });
  const arrived = await carrier.expectInvite();
  arrived.answer(testSdp(41020));
  await asked.answered();
  await arrived.waitAck();
  const { localTag, remoteTag } = asked.leg().dialog;
  const place = (toTag = remoteTag): string =>
    `${uriAt(THERE)}?Replaces=${encodeURIComponent(`${asked.callId};to-tag=${toTag};from-tag=${localTag}`)}`;
  return { asked, arrived, place };
}
const refer = (leg: Leg, to: string, headers: Record<string, string> = {}) =>
  leg.request('REFER', { headers: { 'Refer-To': `<${to}>`, ...headers } });
const report = async (leg: Leg) => {
  const notify = await leg.waitRequest('NOTIFY');
  return [notify.body.split('\r\n')[0], notify.header('Subscription-State').split(';')[0]];
};
const silent = { 'Refer-Sub': 'false' };
const DTMF = { headers: { 'Content-Type': 'application/dtmf-relay' }, body: 'Signal=5\r\n' };
/** From now on the leg answers requests with what the function returned is called with. */
const answersLate = (leg: Leg): ((status: number) => void) => {
  let answer: (status: number) => void = () => {};
  leg.onRequest = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  return (status) => answer(status);
};
const sipfrag = (status: string, state: string) => [`SIP/2.0 ${status}`, state];
const restOf = async (callId: string, ms = 5000): Promise<CallEvent[]> => {
  let events: CallEvent[] = [];
  await until(
    () => `no end of ${callId}: ${events.map(({ type }) => type)}`,
    async () => {
      events = (await stage.events()).filter((event) => event.callId === callId).sort((a, b) => a.seq - b.seq);
      return events.some(({ type }) => type === 'ended' || type === 'refused');
    },
    ms,
  );
  return events;
};
/** Both records of a transfer whose call it is known by its first Call-ID. */
async function records(sipCallId: string): Promise<{ first: CallEvent[]; second: CallEvent[] }> {
  const first = await stage.call(sipCallId);
  const isSecond = (event: CallEvent): boolean =>
    'parties' in event && event.parties.identifiedBy?.kind === 'call' && event.parties.identifiedBy.id === first[0]?.callId;
  const begun = (await stage.events()).find(isSecond);
  return { first, second: begun === undefined ? [] : await restOf(begun.callId) };
}
const live = () => stage.agents.reduce((sum, { metrics }) => sum + metrics.live, 0);
const clean = async () => {
  await until(
    () => `${live()} calls are left`,
    () => live() === 0,
  );
  expect([carrier.violations, phone.violations]).toEqual([[], []]);
};

describe('a transfer to a number', () => {
  it('is a call of the account with a record of its own: reported, joined with the other party, and the transferor hung up', async () => {
    const { call, caller, called } = await callIn();
    caller.onReinvite = () => ({ status: 200, sdp: testSdp(45002) });
    expect((await refer(called, uriAt(THERE))).status).toBe(202);
    expect(await report(called)).toEqual(sipfrag('100 Trying', 'active'));
    const there = await carrier.expectInvite();
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
      parties: { direction: 'outbound', called: THERE, caller: NUMBER, accountId: stage.world.ids.account },
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
    (await carrier.expectInvite()).reject(486);
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
    (await carrier.expectInvite()).reject(486);
    expect((await caller.request('INFO', DTMF)).status).toBe(200);
    await called.bye();
    await caller.waitBye();
    expect((await records(call.callId)).second.at(-1)).toMatchObject({ outcome: 'failed', sipStatus: 486 });
    await clean();
    expect(told).toBe(1);
  });

  it('is refused by every check of a call out, in a record of its own', async () => {
    await stage.world.account({ destinations: { blocked: ['33'] } });
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

  it('does not end the call of a transferor who hangs up at once: the other waits, and is hung up when nobody comes', async () => {
    for (const comes of [true, false]) {
      const { call, caller, called } = await callIn();
      await refer(called, uriAt(THERE), { 'Refer-Sub': 'false' });
      const there = await carrier.expectInvite();
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
    const there = await carrier.expectInvite();
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
    const there = await carrier.expectInvite();
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

  it('leaves the call as it was when the other party does not take the new session', async () => {
    const { call, caller, called } = await callIn();
    caller.onReinvite = () => ({ status: 488 });
    await refer(called, uriAt(THERE), { 'Refer-Sub': 'false' });
    const there = await carrier.expectInvite();
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
    const there = await carrier.expectInvite();
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
    const there = await carrier.expectInvite();
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
    await refer(called, uriAt(THERE), { 'Refer-Sub': 'false' });
    const there = await carrier.expectInvite();
    there.answer(testSdp(46008));
    await there.waitAck();
    await called.waitBye();
    // Both speak for a carrier now, which may not.
    expect((await refer(there.leg(), uriAt(THERE))).status).toBe(403);
    await allowCarriers('handle');
    expect((await refer(caller, uriAt('+33142685301'), { 'Refer-Sub': 'false' })).status).toBe(202);
    const third = await carrier.expectInvite();
    third.answer(testSdp(46010));
    await third.waitAck();
    await caller.waitBye();
    // Nobody of the first call is left.
    expect((await stage.call(call.callId)).at(-1)).toMatchObject({ outcome: 'completed', endedBy: 'caller' });
    await third.bye();
    await there.waitBye();
    await clean();
  });
});

/** From now on a REFER of the carrier's side is dealt with like that, and the agent knows it. */
async function allowCarriers(refer: 'handle' | 'relay'): Promise<void> {
  const [{ plane, local }] = stage.agents as [(typeof stage.agents)[number]];
  const ref = recordRef.trunkGroup(stage.world.ids.carrier);
  const group = (await plane.reader.read([ref])).get(ref)?.record;
  if (group?.kind !== 'trunk_group') throw new Error('no group');
  const version = await stage.world.put(ref, { ...group, terms: { refer } });
  await until(
    () => 'the group is known as it was',
    () => (local.lastKnown(ref)?.version ?? version) === version,
  );
}

describe('a call that is being transferred', () => {
  it.each(['before', 'after'] as const)('goes on when who transferred knows of no dialog any more %s it is joined', async (when) => {
    const { caller, called } = await callIn();
    await refer(called, uriAt(THERE), silent);
    const there = await carrier.expectInvite();
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
    const there = await carrier.expectInvite();
    there.answer(testSdp(46022));
    await there.waitAck();
    await called.waitBye();
    await allowCarriers('handle');
    const begun = (await stage.events()).findLast(({ type }) => type === 'admitted');
    expect((await refer(there.leg(), uriAt('+33142685301'), silent)).status).toBe(202);
    const third = await carrier.expectInvite();
    third.answer(testSdp(46024));
    await third.waitAck();
    const ended = stage.agents[0]?.agent.hangUp(begun?.callId ?? '');
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
    await refer(called, uriAt(THERE), { 'Refer-Sub': 'false' });
    const there = await carrier.expectInvite();
    there.ring();
    const all = await stage.events();
    const begun = all.findLast((event) => event.type === 'admitted' && event.parties.identifiedBy?.kind === 'call');
    const callId = which === 'second' ? begun?.callId : begun?.type === 'admitted' ? begun.parties.identifiedBy?.id : undefined;
    const ended = stage.agents[0]?.agent.hangUp(callId ?? '');
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
    const there = await carrier.expectInvite();
    there.ring();
    const begun = (await stage.events()).findLast(({ type }) => type === 'admitted');
    let ended: Promise<unknown> | undefined;
    caller.onReinvite = () => {
      ended = stage.agents[0]?.agent.hangUp(begun?.callId ?? '');
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
    await refer(called, uriAt(THERE), { 'Refer-Sub': 'false' });
    const there = await carrier.expectInvite();
    there.answer(testSdp(46012));
    await there.waitAck();
    await called.waitBye();
    const [begun] = await stage.events().then((all) => all.filter(({ type }) => type === 'admitted').slice(-1));
    const ended = stage.agents[0]?.agent.hangUp(begun?.callId ?? '');
    await Promise.all([caller.waitBye(), there.waitBye()]);
    expect(await ended).toBe('ended');
    const { first, second } = await records(call.callId);
    expect([first.at(-1), second.at(-1)]).toMatchObject([{ code: 'hung_up' }, { code: 'hung_up', endedBy: 'platform' }]);
    await clean();
  });
});

describe('a REFER', () => {
  it('403 transfer_refused where nobody allows it, and the call goes on', async () => {
    const { call, caller, called } = await callIn();
    const refused = await refer(caller, uriAt(THERE));
    expect([refused.status, refused.header('X-Dialplane-Reason')]).toEqual([403, 'transfer_refused']);
    // Not to an address out there, however it is named; and a number is needed at all.
    const outside = await refer(called, 'sip:+33142685300@192.0.2.1');
    // Who is at an address that a tenant wrote nobody knows: a stranger learns the status alone (decision C11).
    const told = ['X-Dialplane-Reason', 'X-Dialplane-Call-Id', 'Reason'].map((name) => outside.header(name));
    expect([outside.status, ...told]).toEqual([403, '', '', '']);
    expect((await refer(called, `${uriAt(THERE)};method=BYE`)).status).toBe(400);
    expect((await called.request('REFER', {})).status).toBe(400);
    expect((await caller.reinvite(testSdp(45008))).status).toBe(200);
    await call.bye();
    await called.waitBye();
    await clean();
  });

  it('of a carrier whose trunk group is gone is not taken for one of the account', async () => {
    const { call, caller, called } = await callIn();
    const ref = recordRef.trunkGroup(stage.world.ids.carrier);
    await stage.world.put(ref, null);
    await until(
      () => 'the group is still known',
      () => stage.agents[0]?.local.lastKnown(ref)?.record === null,
    );
    expect((await refer(caller, uriAt(THERE), silent)).status).toBe(403);
    await call.bye();
    await called.waitBye();
    await clean();
  });

  it('of a SIP user that was called is held to the trunk group of its login', async () => {
    const [aor, auth, groupId] = [uriAt(LOGIN.username), { username: LOGIN.username, password: PASSWORD }, newId()];
    const { account: accountId } = stage.world.ids;
    const desks = {
      kind: 'trunk_group',
      id: groupId,
      name: 'desks',
      groupKind: 'customer',
      accountId,
      mode: 'live',
      enabled: true,
    } as const;
    const destinations = { blocked: ['33'] };
    await stage.world.put(recordRef.trunkGroup(groupId), { ...desks, numberFormat: null, country: null, gateways: [], destinations });
    await stage.world.credential({ trunkGroupId: groupId });
    await stage.world.endpoint([aor]);
    expect((await phone.register(aor, { target: stage.target, auth })).status).toBe(200);
    const { call, caller, called } = await callIn();
    expect((await refer(called, uriAt(THERE))).status).toBe(202);
    await report(called);
    expect((await called.waitRequest('NOTIFY')).header('X-Dialplane-Reason')).toBe('destination_blocked');
    await caller.bye();
    await called.waitBye();
    const { second } = await records(call.callId);
    expect(second).toMatchObject([{ type: 'refused', code: 'destination_blocked' }]);
    await phone.register(aor, { target: stage.target, auth, expires: 0 });
    await clean();
  });

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
    const ends = [(await stage.call(call.callId)).at(-1), (await stage.call(asked.callId)).at(-1)];
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

  it('of a login that called out transfers whom it called', async () => {
    const auth = { username: LOGIN.username, password: PASSWORD };
    const call = phone.invite({ to: uriAt(THERE), requestUri: uriAt(THERE), from: uriAt(NUMBER), target: stage.target, auth });
    const arrived = await carrier.expectInvite();
    arrived.answer(testSdp(41010));
    await call.answered();
    await arrived.waitAck();
    expect((await refer(call.leg(), uriAt('+33142685301'), { 'Refer-Sub': 'false' })).status).toBe(202);
    const there = await carrier.expectInvite();
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

  it('is passed on where that is said, its reports come back, and hostile places are not passed on', async () => {
    await allowCarriers('relay');
    const { call, caller, called } = await callIn();
    for (const place of [`sip:a@${DOMAIN}?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc`, 'sip:x@10.0.0.1', 'sip:x@224.0.0.1'])
      expect((await refer(caller, place)).status).toBe(403);
    expect((await called.request('NOTIFY', { headers: { Event: 'refer', 'Subscription-State': 'active' } })).status).toBe(489);
    // Of our own address nothing but whom it means is told, or it could be a port of somebody else.
    expect((await refer(caller, `sip:${THERE}@127.0.0.1:${carrier.port}`, { 'Referred-By': '<sip:secret@carrier.example>' })).status).toBe(
      202,
    );
    const passed = await called.waitRequest('REFER');
    expect([passed.header('Refer-To'), passed.header('Referred-By')]).toEqual([`<${uriAt(THERE)}>`, '']);
    const headers = { Event: 'refer', 'Subscription-State': 'terminated;reason=noresource', 'Content-Type': 'message/sipfrag' };
    expect((await called.request('NOTIFY', { headers, body: 'SIP/2.0 200 OK\r\n' })).status).toBe(200);
    const told = await caller.waitRequest('NOTIFY');
    // The fourth REFER of this dialog says which it is.
    expect([told.body, told.header('Event')]).toEqual(['SIP/2.0 200 OK\r\n', expect.stringMatching(/^refer;id=\d+$/)]);
    expect((await called.request('NOTIFY', { headers })).status).toBe(489);
    // What the other one says of logins and of its own dialog is not for who asked.
    for (const [said, heard] of [
      [407, 403],
      [401, 403],
      [486, 486],
      [481, 500],
      [404, 500],
    ] as const) {
      called.onRequest = async () => said;
      expect((await refer(caller, uriAt(THERE))).status).toBe(heard);
    }
    // No call ends by it (RFC 5057 §5.1), nor by a report that nobody takes any more.
    called.onRequest = undefined;
    expect((await refer(caller, uriAt(THERE))).status).toBe(202);
    caller.onRequest = async () => 481;
    const active = { ...headers, 'Subscription-State': 'active;expires=60' };
    for (const again of [1, 2]) expect([again, (await called.request('NOTIFY', { headers: active })).status]).toEqual([again, 489]);
    caller.onRequest = undefined;
    expect((await caller.request('INFO', DTMF)).status).toBe(200);
    await call.bye();
    await called.waitBye();
    await clean();
  });

  it('that is passed on is reported by its status line alone, until who asked wants to hear no more', async () => {
    await allowCarriers('relay');
    const { call, caller, called } = await callIn();
    expect((await refer(caller, uriAt(THERE))).status).toBe(202);
    await called.waitRequest('REFER');
    const reports = (body: string, type = 'message/sipfrag;version=2.0') =>
      called.request('NOTIFY', { headers: { Event: 'refer', 'Subscription-State': 'active;expires=60', 'Content-Type': type }, body });
    const secret = 'Via: SIP/2.0/UDP 10.1.2.3\r\nContact: <sip:desk@10.1.2.3>\r\nServer: Phone/1.0\r\n\r\n';
    for (const [body, type, heard] of [
      [`SIP/2.0 180 Ringing at 10.1.2.3\r\n${secret}`, undefined, 'SIP/2.0 180 Ringing\r\n'],
      [`SIP/2.0 299 10.1.2.3\n${secret}`, undefined, 'SIP/2.0 299 OK\r\n'],
      [secret, undefined, ''],
      ['SIP/2.0 200 OK\r\n', 'text/plain', ''],
    ] as const) {
      expect((await reports(body, type)).status).toBe(200);
      expect((await caller.waitRequest('NOTIFY')).body).toBe(heard);
    }
    for (const [said, heard] of [
      [503, 503],
      // Who asked wants to hear no more: the reports end, and the call does not.
      [489, 489],
      [200, 489],
    ]) {
      caller.onRequest = async (request) => (request.method === 'NOTIFY' ? (said ?? 0) : 200);
      expect((await reports('SIP/2.0 180 Ringing\r\n')).status).toBe(heard);
    }
    caller.onRequest = undefined;
    await call.bye();
    await clean();
  });

  it('counts in its dialog, whichever party is at the other end, and reports for a party that left are taken', async () => {
    await allowCarriers('relay');
    const { caller, called } = await callIn();
    expect((await refer(caller, uriAt(THERE))).status).toBe(202);
    await called.waitRequest('REFER');
    expect((await refer(called, uriAt(THERE))).status).toBe(202);
    (await carrier.expectInvite()).reject(486);
    expect(await report(called)).toEqual(sipfrag('100 Trying', 'active'));
    expect(await report(called)).toEqual(sipfrag('486 Busy Here', 'terminated'));
    await allowCarriers('handle');
    expect((await refer(caller, uriAt('+33142685301'), silent)).status).toBe(202);
    const there = await carrier.expectInvite();
    there.answer(testSdp(46040));
    await there.waitAck();
    await caller.waitBye();
    const headers = { Event: 'refer', 'Subscription-State': 'active;expires=60', 'Content-Type': 'message/sipfrag' };
    expect((await called.request('NOTIFY', { headers, body: 'SIP/2.0 180 Ringing\r\n' })).status).toBe(200);
    expect((await refer(called, uriAt('+33142685302'))).status).toBe(202);
    expect((await called.waitRequest('NOTIFY')).header('Event')).toMatch(/^refer;id=\d+$/);
    (await carrier.expectInvite()).reject(486);
    await called.bye();
    await there.waitBye();
    await clean();
  });
});
