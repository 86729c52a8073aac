import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordRef } from '../../src/domain/records.ts';
import { keys } from '../../src/redis/keys.ts';
import type { Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { NUMBER, OTHER_NUMBER } from './support/call-world.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;

beforeAll(async () => {
  stage = await openStage();
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
});
afterAll(() => stage.close());
beforeEach(() => stage.world.site(carrier, phone));

const callIn = (to = NUMBER, more: Partial<Parameters<Party['invite']>[0]> = {}) =>
  carrier.invite({ to, from: '+15550100', target: stage.target, ...more });

describe('an inbound call', () => {
  it('rings the endpoint, is answered with its SDP, and ends when the caller hangs up', async () => {
    const call = callIn();
    const ringing = await phone.expectInvite();
    expect(ringing.request.body).toBe(call.request.body);
    ringing.ring();
    const provisional = await call.provisional(180);
    ringing.answer(testSdp(41002));
    expect((await call.answered()).body).toBe(testSdp(41002));
    await ringing.waitAck();
    await call.bye();
    await ringing.waitBye();
    const events = await stage.call(call.callId);
    expect(events.map(({ type }) => type)).toEqual(['admitted', 'attempt', 'attempt_ended', 'answered', 'ended']);
    expect(events.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4]);
    expect(events[4]).toMatchObject({ outcome: 'completed', endedBy: 'caller' });
    expect(provisional.header('X-Dialplane-Call-Id')).toBe(events[0]?.callId);
  });

  it('ends when the called side hangs up, and lets go of its number', async () => {
    const call = callIn();
    const ringing = await phone.expectInvite();
    ringing.answer();
    await call.answered();
    await ringing.waitAck();
    await ringing.bye();
    await call.waitBye();
    const events = await stage.call(call.callId);
    expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'completed', endedBy: 'callee' });
    const use = await stage.plane.redis.hgetall(keys.use(stage.world.ids.number));
    expect(Object.keys(use)).toHaveLength(1);
    await until(
      () => 'calls left',
      () => stage.agents.every(({ agent, metrics }) => agent.callCount === 0 && metrics.live === 0),
    );
  });

  it('lowers Max-Forwards, keeps its own Call-ID from the endpoint, and passes only allowed fields', async () => {
    const headers = { 'Max-Forwards': '12', 'Proxy-Authorization': 'Basic c2VjcmV0', 'X-Secret': 'no', Subject: 'hello' };
    const call = callIn(NUMBER, { headers });
    const { request } = await phone.expectInvite();
    expect(request.header('Max-Forwards')).toBe('11');
    expect(request.header('Call-ID')).not.toBe(call.callId);
    expect(request.header('Subject')).toBe('hello');
    expect([request.header('Proxy-Authorization'), request.header('X-Secret')]).toEqual(['', '']);
    expect(request.header('From')).toContain('sip:+15550100@');
    await call.cancel();
    await stage.call(call.callId);
  });

  it('goes over TCP on both sides', async () => {
    const tcpPhone = await stage.party({ user: 'tcp', transport: 'tcp' });
    const tcpCarrier = await stage.party({ user: 'tcpcarrier', transport: 'tcp', listenTcp: false });
    await stage.world.endpoint([tcpPhone]);
    await stage.world.carrier([carrier], [carrier, tcpCarrier]);
    const call = tcpCarrier.invite({ to: NUMBER, from: '+15550100', target: stage.target });
    const ringing = await tcpPhone.expectInvite();
    expect(ringing.request.list('Via')[0]).toContain('SIP/2.0/TCP');
    ringing.answer();
    await call.answered();
    await ringing.waitAck();
    await ringing.bye();
    await call.waitBye();
    expect((await stage.call(call.callId))[0]).toMatchObject({ origin: { transport: 'tcp' } });
  });

  it('carries a late offer: the offer in the 200, the answer in the ACK', async () => {
    const call = callIn(NUMBER, { sdp: null, ackSdp: testSdp(42000) });
    const ringing = await phone.expectInvite();
    expect(ringing.request.body).toBe('');
    ringing.answer(testSdp(41004));
    expect((await call.answered()).body).toBe(testSdp(41004));
    expect((await ringing.waitAck()).body).toBe(testSdp(42000));
    await call.bye();
    await ringing.waitBye();
    await stage.call(call.callId);
  });

  it('passes SDP in a 183 on from an only target', async () => {
    const call = callIn();
    const ringing = await phone.expectInvite();
    ringing.ring(183, testSdp(41006));
    expect((await call.provisional(183)).body).toBe(testSdp(41006));
    ringing.reject(603);
    expect((await call.final()).status).toBe(603);
    await stage.call(call.callId);
  });
});

describe('the caller as the endpoint sees it', () => {
  it.each([
    // `%2B` and `+` are the same (RFC 3261 §19.1.4); a drachtio-server writes the shorter one.
    ['<sip:%2B15550100@carrier.example>', 'sip:+15550100@127.0.0.1'],
    ['"Anonymous" <sip:anonymous@anonymous.invalid>', '"Anonymous" <sip:anonymous@anonymous.invalid>'],
  ])('%s comes as %s', async (from, seen) => {
    const call = callIn(NUMBER, { from });
    const { request } = await phone.expectInvite();
    expect(decodeURIComponent(request.header('From'))).toContain(seen);
    await call.cancel();
  });
});

describe('an inbound call is refused', () => {
  const refused = async (to = NUMBER, headers: Record<string, string> = {}) => {
    const call = callIn(to, { headers });
    const final = await call.final();
    const events = await stage.call(call.callId);
    return { final, events, reason: final.header('X-Dialplane-Reason') };
  };

  it('404 number_unknown for a number nobody holds, in one record', async () => {
    const { final, events, reason } = await refused(OTHER_NUMBER);
    expect([final.status, reason]).toEqual([404, 'number_unknown']);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'refused', code: 'number_unknown', sipStatus: 404 });
    expect(final.header('X-Dialplane-Call-Id')).toBe(events[0]?.callId);
    expect(final.header('Reason')).toContain('Q.850;cause=1');
  });

  it('403 number_inbound_disabled with the flag off', async () => {
    await stage.world.number({ allowInbound: false });
    const { final, reason } = await refused();
    expect([final.status, reason]).toEqual([403, 'number_inbound_disabled']);
  });

  it('480 number_suspended', async () => {
    await stage.world.number({ lifecycle: 'suspended', suspendedBy: ['tenant'] });
    const { final, reason } = await refused();
    expect([final.status, reason]).toEqual([480, 'number_suspended']);
  });

  it('480 no_destination without endpoint', async () => {
    await stage.world.number({ endpointId: null });
    const { final, reason } = await refused();
    expect([final.status, reason]).toEqual([480, 'no_destination']);
  });

  it('480 account_disabled', async () => {
    await stage.world.account({ status: 'disabled' });
    const { final, reason } = await refused();
    expect([final.status, reason]).toEqual([480, 'account_disabled']);
  });

  it('480 number_moving while the number is fenced for a change of holder', async () => {
    await stage.plane.redis.set(keys.freeze(stage.world.ids.number), 'token', 'EX', 10);
    const { final, reason, events } = await refused();
    expect([final.status, reason]).toEqual([480, 'number_moving']);
    expect(events.map(({ type }) => type)).toEqual(['refused']);
    await stage.plane.redis.del(keys.freeze(stage.world.ids.number));
  });

  it('480 target_forbidden when the only target is the carrier itself', async () => {
    await stage.world.endpoint([`sip:x@127.0.0.1:${carrier.port}`]);
    const { final, reason } = await refused();
    expect([final.status, reason]).toEqual([480, 'target_forbidden']);
  });

  it('480 target_forbidden for a gateway that a carrier has got since, its ACL being the same', async () => {
    const gateway = await stage.party({ user: 'gateway' });
    const ref = recordRef.trunkGroup(stage.world.ids.carrier);
    await stage.world.endpoint([`sip:+19005550100@127.0.0.1:${gateway.port}`]);
    const before = callIn();
    await (await gateway.expectInvite()).answer();
    await before.answered();
    await before.bye();
    const held = (await stage.plane.reader.read([ref])).get(ref)?.record;
    if (held?.kind !== 'trunk_group') throw new Error('no carrier');
    const gateways = held.gateways.map((one) => ({ ...one, uri: `sip:127.0.0.1:${gateway.port}` }));
    const version = await stage.world.put(ref, { ...held, gateways });
    await until(
      () => 'the agents were not told',
      () => stage.agents.every(({ local }) => (local.peek(ref)?.version ?? version) === version),
    );
    const { final, reason } = await refused();
    expect([final.status, reason]).toEqual([480, 'target_forbidden']);
  });

  it('480 target_forbidden for every address nobody may dial, and nothing is sent there', async () => {
    const hosts = [`127.0.0.1:${stage.target.port}`, '10.0.0.1', '192.168.1.1:5060', '169.254.169.254', '224.0.0.1', '0.0.0.0'];
    const v6 = ['[::ffff:10.0.0.1]', '[fe80::1]', '[64:ff9b::a00:1]', '[::]:5070'];
    for (const host of [...hosts, ...v6]) {
      await stage.world.endpoint([`sip:x@${host}`]);
      const { final, reason, events } = await refused();
      expect([host, final.status, reason]).toEqual([host, 480, 'target_forbidden']);
      expect(events.flatMap((event) => (event.type === 'attempt_ended' ? [event.outcome] : []))).toEqual(['unreachable']);
    }
  });

  it('482 loop when the call was here before for the same number', async () => {
    const first = callIn();
    const { request } = await phone.expectInvite();
    const call = callIn(NUMBER, { headers: { 'X-Dialplane-Hop': request.header('X-Dialplane-Hop') } });
    expect([(await call.final()).status, (await call.final()).header('X-Dialplane-Reason')]).toEqual([482, 'loop']);
    await first.cancel();
    await stage.call(first.callId);
  });

  it('483 too_many_hops when Max-Forwards is used up', async () => {
    const { final, reason } = await refused(NUMBER, { 'Max-Forwards': '0' });
    expect([final.status, reason]).toEqual([483, 'too_many_hops']);
  });

  it('420 extension_unsupported for what it must not ignore, naming it', async () => {
    for (const [require, missing] of [
      ['precondition, timer', 'precondition, timer'],
      ['100rel,precondition', 'precondition'],
    ] as const) {
      const { final, reason } = await refused(NUMBER, { Require: require });
      expect([final.status, reason, final.header('Unsupported')]).toEqual([420, 'extension_unsupported', missing]);
    }
  });

  it('says nothing at all to a stranger who asks for a foreign host', async () => {
    const stranger = await stage.party({ user: 'stranger' });
    const call = stranger.invite({ to: NUMBER, target: stage.target, requestUri: `sip:${NUMBER}@elsewhere.example` });
    await until(
      () => 'the stranger was not dropped',
      () => stage.agents.some(({ metrics }) => metrics.strangers.includes('drop')),
    );
    expect(call.provisionals.filter(({ status }) => status > 100)).toEqual([]);
    expect((await stage.events()).some((event) => 'origin' in event && event.origin.sipCallId === call.callId)).toBe(false);
    void call.final(200).catch(() => {});
  });

  it('asks a stranger for credentials without telling anything else', async () => {
    const stranger = await stage.party({ user: 'stranger' });
    const final = await stranger.invite({ to: NUMBER, target: stage.target }).final();
    expect(final.status).toBe(407);
    expect(['X-Dialplane-Reason', 'X-Dialplane-Call-Id', 'Reason', 'Server'].map((name) => final.header(name))).toEqual(['', '', '', '']);
  });

  it('knows a source from the moment it was added', async () => {
    const second = await stage.party({ user: 'second' });
    await stage.world.source([carrier, second]);
    const call = second.invite({ to: OTHER_NUMBER, target: stage.target });
    expect((await call.final()).status).toBe(404);
    await stage.world.put(recordRef.source(stage.world.ids.carrier), null);
    expect((await second.invite({ to: OTHER_NUMBER, target: stage.target }).final()).status).toBe(407);
  });
});
