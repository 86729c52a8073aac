import { expect, it } from 'vitest';
import { flowText, type NextHop, nextHopUri } from '../../src/sip/targets.ts';

const hop = (more: Partial<NextHop>): NextHop => ({ ip: '192.0.2.7', port: 40_000, transport: 'udp', ...more });

it.each<[string, Partial<NextHop>]>([
  ['sip:192.0.2.7:40000;transport=udp', {}],
  ['sip:192.0.2.7:40000', { transportOpen: true }],
  ['sip:[2001:db8::7]:40000;transport=tcp', { ip: '2001:db8::7', transport: 'tcp' }],
  ['sip:192.0.2.7:40000;transport=tls;tls-name=edge.test', { transport: 'tls', serverName: 'edge.test' }],
  ['sip:192.0.2.7:40000;transport=tcp', { transport: 'tcp', serverName: 'edge.test', receivedOn: '198.51.100.1:5060' }],
  ['sip:192.0.2.7:40000;transport=udp;received-on=198.51.100.1-5060', { receivedOn: '198.51.100.1:5060' }],
])('is told to the SIP server as %s', (text, more) => {
  expect(nextHopUri(hop(more))).toBe(text);
});

it.each<[string, boolean, number | undefined]>([
  ['', false, undefined],
  ['', false, 60_000],
  [';flow', true, undefined],
  [';flow', true, 0],
  // Two clocks may be two seconds apart: a stream of that age may still be the phone's own.
  [';flow', true, 2999],
  [';flow=1', true, 3000],
  [';flow=3598', true, 3_600_999],
])('has %j where only an open flow will do: %s, registered %s ms ago (decision C20)', (text, onlyByFlow, flowAgeMs) => {
  expect(flowText({ onlyByFlow, flowAgeMs })).toBe(text);
});
