import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { explainStored } from '../../src/app/calls/explain-call.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import type { Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, OTHER_NUMBER, PASSWORD } from './support/call-world.ts';
import { onlyOn } from './support/only-on.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;
const CALLED = '+33142685300';
const auth = { username: LOGIN.username, password: PASSWORD };

beforeAll(async () => {
  stage = await openStage();
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
});
afterAll(() => stage.close());
beforeEach(() => stage.world.site(carrier, phone));

const uriAt = (user: string) => `sip:${user}@${DOMAIN}`;
const callOut = (more: Partial<Parameters<Party['invite']>[0]> = {}) =>
  phone.invite({ to: uriAt(CALLED), requestUri: uriAt(CALLED), from: uriAt(NUMBER), target: stage.target, auth, ...more });

async function completes(call: ReturnType<typeof callOut>) {
  const arrived = await carrier.expectInvite();
  arrived.answer(testSdp(43000));
  expect((await call.answered()).body).toBe(testSdp(43000));
  await arrived.waitAck();
  await call.bye();
  await arrived.waitBye();
  return { arrived, events: await stage.call(call.callId) };
}

describe('an outbound call', () => {
  it('goes to the carrier with the own number as caller, after an MD5 digest', async () => {
    const call = callOut();
    const { arrived, events } = await completes(call);
    expect(call.challenge).toMatchObject({ realm: DOMAIN, algorithm: 'MD5', qop: 'auth' });
    expect(arrived.request.uri).toBe(`sip:${CALLED}@127.0.0.1:${carrier.port}`);
    expect(arrived.request.header('From')).toContain(`<sip:${NUMBER}@`);
    expect(arrived.request.header('P-Asserted-Identity')).toContain(`<sip:${NUMBER}@`);
    expect(arrived.request.header('Proxy-Authorization')).toBe('');
    expect(events[0]).toMatchObject({ type: 'admitted', parties: { direction: 'outbound', called: CALLED, caller: NUMBER } });
    expect(events.at(-1)).toMatchObject({ outcome: 'completed' });
  });

  it('goes after a SHA-256 digest where the login wants one', async () => {
    await stage.world.credential({ digest: 'sha256' });
    // The first challenge knows no user and offers MD5; the right password then learns what is wanted.
    const call = callOut({ auth: { ...auth, triesMax: 3 } });
    await completes(call);
    expect(call.challenge?.algorithm).toBe('SHA-256');
  });

  it('keeps P-Asserted-Identity and hides From under Privacy: id', async () => {
    const call = callOut({ headers: { Privacy: 'id' } });
    const { arrived } = await completes(call);
    expect(arrived.request.header('From')).toContain('anonymous@anonymous.invalid');
    expect(arrived.request.header('P-Asserted-Identity')).toContain(NUMBER);
    expect(arrived.request.header('Privacy')).toBe('id');
  });

  it('hides a caller that a phone system withholds by From and Remote-Party-ID alone', async () => {
    const headers = { 'Remote-Party-ID': `<sip:${NUMBER}@pbx.test>;party=calling;privacy=full;screen=yes` };
    const call = callOut({ from: '"Anonymous" <sip:anonymous@anonymous.invalid>', headers });
    const { arrived } = await completes(call);
    const seen = ['From', 'Privacy', 'P-Asserted-Identity'].map((name) => arrived.request.header(name));
    expect(seen).toEqual([expect.stringContaining('anonymous@anonymous.invalid'), 'id', expect.stringContaining(NUMBER)]);
  });

  it('of a softphone that has its login in From goes out as the only number of that login', async () => {
    await stage.world.credential({ e164: NUMBER });
    const call = callOut({ from: uriAt(LOGIN.username) });
    const { arrived, events } = await completes(call);
    expect(arrived.request.header('From')).toContain(`<sip:${NUMBER}@`);
    expect(arrived.request.header('P-Asserted-Identity')).toContain(`<sip:${NUMBER}@`);
    const [first] = events as [Extract<CallEvent, { type: 'admitted' }>];
    expect(first.parties).toMatchObject({ caller: NUMBER, numberId: stage.world.ids.number });
    const { steps } = explainStored(first.decisionInput);
    expect(steps).toContainEqual({
      step: 'presented',
      ok: true,
      facts: { caller: NUMBER, use: 'only', numberId: stage.world.ids.number, refusal: null },
    });
    // Somebody else's number it may not present for all that.
    const stolen = await callOut({ from: uriAt('+442079460000') }).final();
    expect([stolen.status, stolen.header('X-Dialplane-Reason')]).toEqual([403, 'caller_not_owned']);
  });

  it('presents the default caller of a SIP user, hidden where From is anonymous, and never once that is somebody else’s', async () => {
    await stage.world.credential({ defaultCaller: { e164: NUMBER, use: 'fallback' } });
    const { arrived } = await completes(callOut({ from: uriAt('anonymous') }));
    expect(arrived.request.header('From')).toContain('anonymous@anonymous.invalid');
    expect(arrived.request.header('P-Asserted-Identity')).toContain(`<sip:${NUMBER}@`);
    expect(arrived.request.header('Privacy')).toBe('id');
    for (const change of [{ lifecycle: 'releasing' as const }, { ownerAccountId: newId() }, { allowOutbound: false }]) {
      await stage.world.number(change);
      const final = await callOut({ from: uriAt('101') }).final();
      expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([403, 'caller_not_owned']);
    }
  });

  it('takes further uses of one nonce with rising counts', async () => {
    const first = callOut();
    await completes(first);
    const second = callOut({ auth: { ...auth, reuse: first.challenge!, nc: 2 } });
    await completes(second);
    expect(second.challenged).toBeUndefined();
  });
});

describe('an outbound call is refused', () => {
  const refused = async (more: Parameters<typeof callOut>[0] = {}) => {
    const call = callOut(more);
    const final = await call.final();
    return { call, final, reason: final.header('X-Dialplane-Reason') };
  };

  it('407 again for a wrong password, and for a user nobody knows alike', async () => {
    const wrong = await refused({ auth: { ...auth, password: 'wrong' } });
    const unknown = await refused({ auth: { ...auth, username: 'nobody' } });
    const shape = ({ final }: typeof wrong) => [
      final.status,
      final.header('Proxy-Authenticate').replace(/nonce="[^"]+"/, ''),
      final.header('X-Dialplane-Reason'),
      final.header('X-Dialplane-Call-Id'),
    ];
    expect(shape(wrong)).toEqual([407, `Digest realm="${DOMAIN}", , algorithm=MD5, qop="auth"`, '', '']);
    expect(shape(unknown)).toEqual(shape(wrong));
    const all = await stage.events();
    expect(all.some((event) => 'origin' in event && event.origin.sipCallId === wrong.call.callId)).toBe(false);
  });

  it('407 with stale=true for a replayed nonce count, upon which a client goes on by itself', async () => {
    const first = callOut();
    await completes(first);
    const replay = callOut({ auth: { ...auth, reuse: first.challenge!, nc: 1 } });
    const { events } = await completes(replay);
    expect(replay.challenged?.header('Proxy-Authenticate')).toContain('stale=true');
    expect(events.map(({ type }) => type)).toEqual(['admitted', 'attempt', 'attempt_ended', 'answered', 'ended']);
  });

  it('407 for a nonce nobody issued', async () => {
    const first = callOut();
    await completes(first);
    const forged = { ...first.challenge!, nonce: `${first.challenge!.nonce.slice(0, -2)}AA` };
    const { final } = await refused({ auth: { ...auth, reuse: forged, triesMax: 0 } });
    expect([final.status, final.header('Proxy-Authenticate').includes('stale')]).toEqual([407, false]);
  });

  it('with the new password alone, from the moment it was changed', async () => {
    await completes(callOut());
    await stage.world.credential({}, 'another password');
    expect((await refused()).final.status).toBe(407);
    await completes(callOut({ auth: { ...auth, password: 'another password' } }));
  });

  it('403 caller_not_owned for a number of somebody else', async () => {
    const { final, reason, call } = await refused({ from: uriAt('+442079460000') });
    expect([final.status, reason]).toEqual([403, 'caller_not_owned']);
    expect((await stage.call(call.callId))[0]).toMatchObject({ type: 'refused', code: 'caller_not_owned' });
  });

  it('403 number_outbound_disabled with the flag off', async () => {
    await stage.world.number({ allowOutbound: false });
    const { final, reason } = await refused();
    expect([final.status, reason]).toEqual([403, 'number_outbound_disabled']);
  });

  it('404 no_route where no prefix fits', async () => {
    await stage.world.routes({ routes: [{ id: newId(), prefix: '49', trunkGroupId: stage.world.ids.carrier, priority: 0, weight: 1 }] });
    const { final, reason } = await refused();
    expect([final.status, reason]).toEqual([404, 'no_route']);
  });

  it('403 destination_blocked where calls of the account may not go', async () => {
    await stage.world.account({ destinations: { blocked: ['33'] } });
    const { final, reason } = await refused();
    expect([final.status, reason]).toEqual([403, 'destination_blocked']);
  });

  it('403 destination_blocked where calls of everybody may not go, and the record says whose list it was', async () => {
    await stage.world.routes({ destinations: { allowed: ['33', '44'], blocked: ['3314'] } });
    const { final, reason, call } = await refused();
    expect([final.status, reason]).toEqual([403, 'destination_blocked']);
    const [event] = await stage.call(call.callId);
    const { steps } = explainStored((event as Extract<CallEvent, { type: 'refused' }>).decisionInput);
    expect(steps.find(({ step }) => step === 'destinations')).toMatchObject({ ok: false, facts: { list: 'platform', refusal: 'blocked' } });
  });

  it('403 destination_blocked where the trunk of the login may not call', async () => {
    const trunkGroupId = newId();
    const shared = { groupKind: 'customer', accountId: stage.world.ids.account, mode: 'live', enabled: true } as const;
    await stage.world.put(recordRef.trunkGroup(trunkGroupId), {
      kind: 'trunk_group',
      id: trunkGroupId,
      name: 'pbx',
      numberFormat: null,
      country: null,
      gateways: [],
      destinations: { allowed: ['44'] },
      ...shared,
    });
    await stage.world.credential({ trunkGroupId });
    const { final, reason } = await refused();
    expect([final.status, reason]).toEqual([403, 'destination_blocked']);
  });

  it('403 outbound_stopped while the guard stops the calls out of the account; calls in go on', async () => {
    await stage.world.account({ outboundStopped: true });
    const { final, reason } = await refused();
    expect([final.status, reason, final.header('Retry-After')]).toEqual([403, 'outbound_stopped', '']);
    const inbound = carrier.invite({ to: NUMBER, target: stage.target });
    (await phone.expectInvite()).reject(486);
    expect((await inbound.final()).status).toBe(486);
  });

  it('484 for what is no number', async () => {
    const { final, reason } = await refused({ to: uriAt('hello'), requestUri: uriAt('hello') });
    expect([final.status, reason]).toEqual([484, 'dial_string_invalid']);
  });

  it('407 when a carrier brings one of our numbers as caller to a number that is not ours', async () => {
    const call = carrier.invite({ to: OTHER_NUMBER, from: NUMBER, target: stage.target });
    expect((await call.final()).status).toBe(407);
  });

  it('by silence after too many wrong answers from one address', async () => {
    const strict = await openStage({ agents: 1, settings: { failedAuthPerMinute: 3 } });
    try {
      const here = await strict.party({ user: 'here' });
      await strict.world.site(here, here);
      const guess = (password: string) =>
        here.invite({
          to: uriAt(CALLED),
          requestUri: uriAt(CALLED),
          from: uriAt(NUMBER),
          target: strict.target,
          auth: { ...auth, password },
        });
      for (let count = 0; count < 3; count += 1) expect((await guess(`guess ${count}`).final()).status).toBe(407);
      const ignored = guess(PASSWORD);
      await until(
        () => 'the guesser was not ignored',
        () => strict.agents[0]!.metrics.strangers.includes('ignored'),
      );
      expect(ignored.confirmed).toBeUndefined();
    } finally {
      await strict.close();
    }
  });
});

describe('REGISTER from an address that asks too much', () => {
  it('gets 503 with a time instead of silence, which the SIP server would hold for half a minute', async () => {
    const strict = await openStage({ agents: 1, settings: { challengesPerSecond: 1 } });
    try {
      const here = await strict.party({ user: 'here' });
      const ask = () => here.request('REGISTER', { target: strict.target, to: uriAt('here') });
      const answers = await Promise.all(Array.from({ length: 8 }, ask));
      const last = answers.find(({ status }) => status !== 401);
      expect([answers.some(({ status }) => status === 401), last?.status, last?.header('Retry-After')]).toEqual([true, 503, '30']);
    } finally {
      await strict.close();
    }
  });
});

describe('OPTIONS', () => {
  it('is answered with what we can do', async () => {
    const response = await phone.options({ target: stage.target });
    expect([response.status, response.header('Allow')]).toEqual([200, expect.stringContaining('INVITE')]);
  });
});

describe('a method that nobody serves', () => {
  const methods = ['SUBSCRIBE', 'PUBLISH', 'NOTIFY', 'MESSAGE', 'INFO', ...(onlyOn('REFER outside of a dialog') ? ['REFER'] : [])];
  it.each(methods)('%s gets 405, not the 503 of a broken server', async (method) => {
    const final = await phone.request(method, { target: stage.target });
    expect([final.status, final.header('Allow')]).toEqual([405, 'INVITE, ACK, CANCEL, OPTIONS, REGISTER']);
  });
});
