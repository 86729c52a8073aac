import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GatewayTerms } from '../../src/domain/gateway-terms.ts';
import { recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import type { Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type CallStage, openStage } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, PASSWORD } from './support/call-world.ts';

let stage: CallStage;
let first: Party;
let second: Party;
let phone: Party;
const CALLED = `sip:+33142685300@${DOMAIN}`;

beforeAll(async () => {
  stage = await openStage();
  first = await stage.party({ user: 'first' });
  second = await stage.party({ user: 'second' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(first, phone);
});
afterAll(() => stage.close());

/** Two gateways, the first one with these codecs. */
async function gateways(own: GatewayTerms, others: GatewayTerms = {}): Promise<void> {
  const row = (party: Party, priority: number, terms: GatewayTerms) => ({
    ...{ id: newId(), uri: `sip:127.0.0.1:${party.port}`, priority, weight: 1, enabled: true },
    terms,
  });
  await stage.world.carrier([], [first], { gateways: [row(first, 0, own), row(second, 1, others)] });
}
const callOut = (sdp?: string | null, ackSdp?: string) =>
  phone.invite({
    ...{ to: CALLED, requestUri: CALLED, from: `sip:${NUMBER}@${DOMAIN}`, target: stage.target },
    auth: { username: LOGIN.username, password: PASSWORD },
    ...(sdp === undefined ? {} : { sdp }),
    ...(ackSdp === undefined ? {} : { ackSdp }),
  });

const offer = testSdp(42000);
const onlyAlaw = (sdp: string): string => sdp.replace('RTP/AVP 8 0 101', 'RTP/AVP 8 101');

it('an offer and its answer pass to the byte where nobody says anything of codecs', async () => {
  await gateways({});
  const call = callOut(offer);
  const arrived = await first.expectInvite();
  expect(arrived.request.body).toBe(offer);
  const answer = `${testSdp(42002)}a=x-odd:  kept as it is \r\n`;
  arrived.answer(answer);
  expect((await call.answered()).body).toBe(answer);
  await call.bye();
});

it('offers, answers, early media and re-INVITEs of both sides keep to the codecs of the gateway', async () => {
  await gateways({ codecs: { allow: ['pcma'] } });
  const call = callOut(offer);
  const arrived = await first.expectInvite();
  expect(arrived.request.body).toBe(onlyAlaw(offer));
  // An answerer may list more than was offered (RFC 3264 §6.1); the caller does not hear of it.
  arrived.ring(183, testSdp(42004));
  arrived.answer(testSdp(42004));
  expect((await call.answered()).body).toBe(onlyAlaw(testSdp(42004)));
  await arrived.waitAck();
  const hold = testSdp(42000, { version: 2, direction: 'sendonly' });
  const [held] = await Promise.all([
    call.reinvite(hold),
    arrived
      .leg()
      .waitReinvite()
      .then((request) => expect(request.body).toBe(onlyAlaw(hold))),
  ]);
  expect(held.status).toBe(200);
  expect(held.body).not.toContain('AVP 8 0');
  const refused = await arrived.reinvite(testSdp(42004, { version: 3 }).replace('AVP 8 0 101', 'AVP 0 101'));
  expect(refused.status).toBe(488);
  await call.bye();
});

it('an answer to the gateway without any of them goes as it is, and keeps nobody from the next offer', async () => {
  await gateways({ codecs: { allow: ['PCMA'] } });
  const call = callOut(offer);
  const arrived = await first.expectInvite();
  arrived.answer(testSdp(42016));
  await call.answered();
  await arrived.waitAck();
  const none = testSdp(42000, { version: 2 }).replace('AVP 8 0 101', 'AVP 0 101');
  call.leg().onReinvite = () => ({ status: 200, sdp: none });
  const offered = await arrived.reinvite(testSdp(42016, { version: 2 }));
  expect([offered.status, offered.body]).toEqual([200, none]);
  await call.leg().waitAck();
  const late = await arrived.reinvite(null, { ackSdp: testSdp(42016, { version: 3 }) });
  expect([late.status, late.body]).toEqual([200, none]);
  // Without it the phone would hang up.
  expect((await call.leg().waitAck()).body).toBe(onlyAlaw(testSdp(42016, { version: 3 })));
  expect((await call.reinvite(testSdp(42000, { version: 4 }))).status).toBe(200);
  await call.bye();
});

it('a gateway that takes no codec of the offer is passed over, and nothing is sent to it', async () => {
  await gateways({ codecs: { allow: ['G729'] } });
  const call = callOut(offer);
  const arrived = await second.expectInvite();
  expect(arrived.request.body).toBe(offer);
  arrived.answer(testSdp(42006));
  await call.answered();
  await call.bye();
  expect(first.unexpectedInvites).toEqual([]);
});

it('488 no_codec where no gateway takes any codec of the offer', async () => {
  await gateways({ codecs: { allow: ['G729'] } }, { codecs: { allow: ['opus'] } });
  const call = callOut(offer);
  const final = await call.final();
  expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([488, 'no_codec']);
  const events = await stage.call(call.callId);
  expect(events.at(-1)).toMatchObject({ type: 'ended', code: 'no_codec', sipStatus: 488 });
});

it('an answer without any of them is hung up on, and the next gateway is called', async () => {
  await gateways({ codecs: { allow: ['PCMA'] } });
  const call = callOut(offer);
  const odd = await first.expectInvite();
  odd.answer(testSdp(42008).replace('AVP 8 0 101', 'AVP 0 101'));
  const arrived = await second.expectInvite();
  await odd.waitBye();
  arrived.answer(testSdp(42010));
  expect((await call.answered()).body).toBe(testSdp(42010));
  await call.bye();
});

it('a late offer of the gateway keeps to them, and the answer to it', async () => {
  await gateways({ codecs: { allow: ['PCMA'] } });
  const call = callOut(null, testSdp(42012));
  const arrived = await first.expectInvite();
  expect(arrived.request.body).toBe('');
  arrived.answer(testSdp(42014));
  expect((await call.answered()).body).toBe(onlyAlaw(testSdp(42014)));
  expect((await arrived.waitAck()).body).toBe(onlyAlaw(testSdp(42012)));
  await call.bye();
});

it('applies to calls in that go to a trunk, by what its group says', async () => {
  const pbx = await stage.party({ user: 'pbx' });
  const id = newId();
  const shared = { groupKind: 'customer', accountId: stage.world.ids.account, mode: 'live', enabled: true } as const;
  const rows = [{ id: newId(), uri: `sip:127.0.0.1:${pbx.port}`, priority: 0, weight: 1, enabled: true }];
  const group = { kind: 'trunk_group', id, name: id, ...shared, numberFormat: null, country: null, gateways: rows } as const;
  await stage.world.put(recordRef.trunkGroup(id), { ...group, terms: { codecs: { allow: ['PCMU', 'PCMA'], order: 'prefer' } } });
  await stage.world.number({ endpointId: null, trunkGroupId: id });
  const call = first.invite({ to: `sip:${NUMBER}@${DOMAIN}`, from: 'sip:+33100000000@carrier', target: stage.target, sdp: offer });
  const arrived = await pbx.expectInvite();
  expect(arrived.request.body).toBe(offer.replace('AVP 8 0 101', 'AVP 0 8 101'));
  arrived.reject(486);
  await call.final();
  await stage.world.number();
});
