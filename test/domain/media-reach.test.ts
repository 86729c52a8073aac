import { expect, it } from 'vitest';
import { explainOf } from '../../src/domain/explain.ts';
import { closedMedia } from '../../src/domain/media-reach.ts';
import { readFacts } from '../../src/sip/facts.ts';
import { ownHosts } from '../../src/sip/own-hosts.ts';
import { A, FAR, inbound, login, world } from './call-decision-rows.ts';
import { decide, endpoint, gateway, group } from './world.ts';

const sdp = (address: string, family = 4) =>
  `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP${family} ${address}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n`;

it.each([
  [sdp('10.0.0.7'), 'private'],
  [sdp('100.64.1.1'), 'private'],
  [sdp('192.168.1.1/127'), 'private'],
  [sdp('169.254.1.1'), 'link_local'],
  [sdp('127.0.0.1'), 'loopback'],
  [sdp('fd00::1', 6), 'private'],
  [sdp('203.0.113.9'), null],
  // On hold (RFC 2543), a name, no description at all.
  [sdp('0.0.0.0'), null],
  [sdp('pbx.example'), null],
  ['', null],
  [`m=audio 1 RTP/AVP 0\nc=IN IP4 10.0.0.1\n`, 'private'],
  [`c=IN IP4 10.0.0.1`.repeat(9000), null],
])('%j offers %s', (text, expected) => {
  expect(closedMedia(text)).toBe(expected);
});

it('is read from the offer of an INVITE', () => {
  const header = (name: string) => ({ From: '<sip:a@b>', To: '<sip:x@y>' })[name];
  const from = { sourceIp: '192.0.2.1', sourcePort: 5060, transport: 'udp', receivedOn: undefined } as const;
  const ends = { finished: false, lost: false, reply: () => {}, onCancel: () => {} };
  const factsOf = (body: string) =>
    readFacts(
      { method: 'INVITE', uri: 'sip:x@dialplane.test', callId: 'c', body, ...from, ...ends, header },
      ownHosts('dialplane.test', () => false),
    );
  expect(factsOf(sdp('10.0.0.7'))).toMatchObject({ closedMedia: 'private' });
  expect(factsOf(sdp('203.0.113.9'))).not.toHaveProperty('closedMedia');
});

const warned = (uri: string, closed: 'private' | undefined) => {
  const carrier = group('carrier', { gateways: [gateway('c1', { uri })] });
  const asked = login('alice', A, FAR, closed === undefined ? {} : { closedMedia: closed });
  const { outcome, steps } = explainOf(decide(world([carrier]), asked).decision);
  return [outcome, steps.filter(({ step }) => step === 'media_unreachable')];
};
const STEP = { step: 'media_unreachable', ok: false, facts: { offered: 'private' } };

it('explain warns of media that cannot come back from a public address, and the call goes on', () => {
  expect(warned('sip:203.0.113.5:5060', 'private')).toEqual(['connect', [STEP]]);
  expect(warned('sip:[2001:db8::5]', 'private')).toEqual(['connect', [STEP]]);
  expect(warned('sip:203.0.113.5:5060', undefined)).toEqual(['connect', []]);
  expect(warned('sip:10.1.1.1', 'private')).toEqual(['connect', []]);
  expect(warned('sip:carrier.example', 'private')).toEqual(['connect', []]);
  const desk = endpoint('desk', { targets: [{ uri: 'sip:pbx@203.0.113.7', priority: 1, weight: 1 }] });
  const { decision } = decide(world([desk]), inbound(A, { closedMedia: 'private' }));
  expect(explainOf(decision).steps).toContainEqual(STEP);
});
