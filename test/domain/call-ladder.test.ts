import { expect, it } from 'vitest';
import { callLadder } from '../../src/domain/call-ladder.ts';
import { readTrace, traceText } from '../../src/domain/call-trace.ts';
import { banAddressOf } from '../../src/domain/sip-ban.ts';

const AT = Date.parse('2026-03-01T10:00:00Z');
const message = (at: number, call_id: string, direction: string, text: string, more: object = {}) => ({
  call_id,
  at: AT + at,
  direction,
  transport: 'udp',
  address: call_id === 'a' ? '192.0.2.7' : '203.0.113.9',
  port: 5060,
  text: `${text}\r\nCSeq: 1 ${text.startsWith('SIP') ? 'INVITE' : text.split(' ')[0]}\r\n\r\n`,
  ...more,
});
const ANSWER = JSON.stringify([
  {
    messages: [
      message(0, 'a', 'in', 'INVITE sip:b SIP/2.0'),
      message(1, 'a', 'out', 'SIP/2.0 100 Trying'),
      message(10, 'b1', 'out', 'INVITE sip:b SIP/2.0'),
      message(20, 'b1', 'in', 'SIP/2.0 503 Busy\u001b[31m here, and a reason that is far too long to be shown'),
      message(30, 'b2', 'out', 'INVITE sip:b SIP/2.0', { address: '2001:db8::1', transport: 'tls', port: 5061 }),
      message(40, 'b2', 'in', 'SIP/2.0 200 OK', { address: '2001:db8::1', transport: 'tls', port: 5061 }),
      message(41, 'a', 'out', 'SIP/2.0 200 OK'),
    ],
    left: 2,
  },
]);

it('a ladder shows both legs with their times, and who was called in turn', () => {
  expect(callLadder(readTrace([ANSWER], 'a'))).toBe(
    [
      '             caller                         dialplane                           callee',
      '             192.0.2.7:5060/udp',
      '10:00:00.000 |------------ INVITE ------------->|                                  |',
      '10:00:00.001 |<----------- 100 Trying ----------|                                  |',
      '10:00:00.010 |                                  |------------ INVITE ------------->| 203.0.113.9:5060/udp',
      '10:00:00.020 |                                  |<-- 503 Busy.[31m here, and a re -|',
      '10:00:00.030 |                                  |------------ INVITE ------------->| [2001:db8::1]:5061/tls',
      '10:00:00.040 |                                  |<------------- 200 OK ------------|',
      '10:00:00.041 |<------------- 200 OK ------------|                                  |',
      '             2 more messages were not kept.',
      '',
    ].join('\n'),
  );
});

it('a trace leaves out what nobody can read, and shows no control characters as text', () => {
  const bad = JSON.stringify([
    null,
    7,
    { messages: [null, { call_id: 'a' }, { ...message(0, 'a', 'up', 'X') }], left: 'x' },
    { messages: 5 },
  ]);
  expect(readTrace(['{', bad, '7'], 'a')).toEqual({ messages: [], left: 0 });
  const text = traceText(readTrace([ANSWER], 'a'));
  expect(text).toContain('--- 2026-03-01T10:00:00.020Z callee in 203.0.113.9:5060/udp\nSIP/2.0 503 Busy.[31m here');
  expect(text).toContain('--- 2 more were not kept\n');
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:DB8:0:1::77', '2001:db8:0:1::'],
  ['::1', '0:0:0:0::'],
  ['nobody', null],
])('%s is banned as %s', (text, address) => expect(banAddressOf(text)).toBe(address));
