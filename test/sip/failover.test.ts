import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayTerms } from '../../src/domain/gateway-terms.ts';
import { newId } from '../../src/kit/ids.ts';
import { type DnsServer, dnsServer, type Zone } from '../sip-engine/support/dns-server.ts';
import type { Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type CallStage, openStage } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, PASSWORD } from './support/call-world.ts';

let stage: CallStage;
let first: Party;
let second: Party;
let phone: Party;
let dns: DnsServer;
const zone: Zone = { 'gw.test': { a: ['127.0.0.1'] } };

beforeAll(async () => {
  dns = await dnsServer(zone);
  stage = await openStage({ settings: { firstResponseMs: 8000, ringMs: 2000, dnsServers: [dns.address] } });
  first = await stage.party({ user: 'first' });
  second = await stage.party({ user: 'second' });
  phone = await stage.party({ user: 'phone' });
});
afterAll(async () => {
  await stage.close();
  await dns.close();
});
beforeEach(async () => {
  await stage.world.site(first, phone);
  await stage.world.carrier([first, second], [first]);
});

const at = (user: string) => `sip:${user}@${DOMAIN}`;
/** How long a gateway may be silent where a test is about that; a slow machine takes its time for all else. */
const silence = (firstResponseMs: number) => ({ failover: { firstResponseMs } });
const callOut = () =>
  phone.invite({
    to: at('+33142685300'),
    requestUri: at('+33142685300'),
    from: at(NUMBER),
    target: stage.target,
    auth: { username: LOGIN.username, password: PASSWORD },
  });
const attempts = async (callId: string) =>
  (await stage.call(callId)).flatMap((event) => (event.type === 'attempt_ended' ? [[event.outcome, event.sipStatus]] : []));

describe('failover', () => {
  it('goes to the second gateway on 503', async () => {
    const call = callOut();
    (await first.expectInvite()).reject(503);
    const arrived = await second.expectInvite();
    arrived.answer(testSdp(44000));
    expect((await call.answered()).body).toBe(testSdp(44000));
    await call.bye();
    expect(await attempts(call.callId)).toEqual([
      ['failed', 503],
      ['answered', 200],
    ]);
  });

  it('goes to the second gateway when the first is silent, and ends a late answer of the first', async () => {
    const rows = [first, second].map(({ port }, priority) => ({
      id: newId(),
      uri: `sip:127.0.0.1:${port}`,
      priority,
      weight: 1,
      enabled: true,
    }));
    const gateways = rows.map((row, index) => (index === 0 ? { ...row, terms: silence(300) } : row));
    await stage.world.carrier([], [first], { gateways });
    const call = callOut();
    const silent = await first.expectInvite();
    silent.endOnCancel = false;
    const arrived = await second.expectInvite();
    arrived.ring();
    const late = silent.answer(testSdp(44002));
    await silent.waitAck();
    await late.waitBye();
    arrived.answer(testSdp(44004));
    expect((await call.answered()).body).toBe(testSdp(44004));
    expect(call.forks).toEqual([]);
    await call.bye();
    expect(await attempts(call.callId)).toEqual([
      ['no_response', null],
      ['answered', 200],
    ]);
  });

  it('stops at a human no: 486 reaches the caller, nobody else is asked', async () => {
    const call = callOut();
    (await first.expectInvite()).reject(486);
    expect((await call.final()).status).toBe(486);
    expect(await attempts(call.callId)).toEqual([['failed', 486]]);
    expect(second.unexpectedInvites).toEqual([]);
  });

  it('answers 503 no_carrier when every gateway fails, never a carrier 401 or 5xx', async () => {
    const call = callOut();
    (await first.expectInvite()).reject(401, 'Unauthorized', { 'WWW-Authenticate': 'Digest realm="carrier", nonce="x"' });
    (await second.expectInvite()).reject(500);
    const final = await call.final();
    expect([final.status, final.header('X-Dialplane-Reason'), final.header('WWW-Authenticate')]).toEqual([503, 'no_carrier', '']);
    expect((await stage.call(call.callId)).at(-1)).toMatchObject({ type: 'ended', outcome: 'failed', code: 'no_carrier' });
  });

  it('does not follow a redirect to a place nobody checked', async () => {
    const call = callOut();
    (await first.expectInvite()).redirect(`sip:x@127.0.0.1:${second.port}`);
    (await second.expectInvite()).reject(503);
    expect((await call.final()).status).toBe(503);
    expect(await attempts(call.callId)).toEqual([
      ['failed', 302],
      ['failed', 503],
    ]);
  });

  it('passes early SDP on only from the attempt that can no longer be replaced', async () => {
    const call = callOut();
    const early = await first.expectInvite();
    early.ring(183, testSdp(44006));
    expect((await call.provisional(180)).body).toBe('');
    early.reject(503);
    (await second.expectInvite()).ring(183, testSdp(44008));
    expect((await call.provisional(183)).body).toBe(testSdp(44008));
    await call.cancel();
    await stage.call(call.callId);
  });

  it('gives up ringing after the ring time with 480 ring_timeout, and cancels the target', async () => {
    await stage.world.endpoint([phone]);
    const call = first.invite({ to: NUMBER, target: stage.target });
    const arrived = await phone.expectInvite();
    arrived.ring();
    await arrived.waitCancel();
    const final = await call.final();
    expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([480, 'ring_timeout']);
    await stage.call(call.callId);
  });
});

describe('a gateway whose name has several addresses', () => {
  const serve = (domain: string, parties: readonly Party[], terms: GatewayTerms = {}) => {
    zone[domain] = {};
    zone[`_sip._udp.${domain}`] = { srv: parties.map(({ port }, index) => [index + 1, 0, port, 'gw.test'] as const) };
    return stage.world.carrier([`sip:${domain}`], [first], { terms });
  };

  it('is tried at the next one on 503, each address an attempt', async () => {
    const busy = await stage.party({ user: 'busy' });
    await serve('busy.test', [busy, second]);
    const call = callOut();
    (await busy.expectInvite()).reject(503);
    (await second.expectInvite()).answer(testSdp(44010));
    expect((await call.answered()).body).toBe(testSdp(44010));
    await call.bye();
    expect(await attempts(call.callId)).toEqual([
      ['failed', 503],
      ['answered', 200],
    ]);
  });

  it('is tried at the next one on silence, and the silent one comes last for a while', async () => {
    const silent = await stage.party({ user: 'silent' });
    await serve('silent.test', [silent, second], silence(1000));
    const call = callOut();
    await silent.expectInvite();
    (await second.expectInvite()).answer(testSdp(44012));
    await call.answered();
    await call.bye();
    expect(await attempts(call.callId)).toEqual([
      ['no_response', null],
      ['answered', 200],
    ]);
    // Two agents serve in turn, and each remembers for itself.
    const tried: number[] = [];
    for (let count = 0; count < 2; count += 1) {
      const again = callOut();
      (await second.expectInvite()).answer(testSdp(44014));
      await again.answered();
      await again.bye();
      tried.push((await attempts(again.callId)).length);
    }
    expect(Math.min(...tried)).toBe(1);
  });

  it('is not tried further when one of them says no', async () => {
    const refuser = await stage.party({ user: 'refuser' });
    await serve('no.test', [refuser, second]);
    const call = callOut();
    (await refuser.expectInvite()).reject(404);
    expect((await call.final()).status).toBe(404);
    expect(await attempts(call.callId)).toEqual([['failed', 404]]);
  });

  it('that is the place of a redirect is tried at the next one too, each address judged and none more than once', async () => {
    const [busy, place] = [await stage.party({ user: 'busy' }), await stage.party({ user: 'place' })];
    zone['moved.test'] = {};
    zone['_sip._udp.moved.test'] = { srv: [busy, place].map(({ port }, index) => [index + 1, 0, port, 'gw.test'] as const) };
    await stage.world.carrier([first], [first], { terms: { failover: { redirect: 'follow' } } });
    const call = callOut();
    const moved = await first.expectInvite();
    moved.redirect(moved.request.uri.replace(/@.*$/, '@moved.test'));
    (await busy.expectInvite()).reject(503);
    (await place.expectInvite()).answer(testSdp(44020));
    await call.answered();
    await call.bye();
    expect(await attempts(call.callId)).toEqual([
      ['failed', 302],
      ['failed', 503],
      ['answered', 200],
    ]);
    expect([...busy.unexpectedInvites, ...place.unexpectedInvites]).toEqual([]);
  });

  it('of a tenant leads nobody to an address of ours, and still to its others', async () => {
    zone['tenant.test'] = {};
    zone['_sip._udp.tenant.test'] = { srv: [stage.target, phone].map(({ port }, index) => [index + 1, 0, port, 'gw.test'] as const) };
    await stage.world.endpoint(['sip:x@tenant.test']);
    const call = first.invite({ to: NUMBER, target: stage.target });
    (await phone.expectInvite()).answer(testSdp(44016));
    await call.answered();
    await call.bye();
    expect(await attempts(call.callId)).toEqual([
      ['unreachable', null],
      ['answered', 200],
    ]);
  });
});
