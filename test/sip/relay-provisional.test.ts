import { expect, it } from 'vitest';
import { Provisionals } from '../../src/sip/relay-provisional.ts';
import type { MessageContent, ReceivedInvite } from '../../src/sip/sip-stack.ts';

const SDP = 'v=0\r\n';
const CALL = '01a20000-0000-7000-8000-000000000000';

/** What a caller with such an INVITE is told of these replies of the last target. */
function told(require: string, offer: string, replies: readonly (readonly [status: number, body: string])[], isLast = true): unknown[] {
  const sent: unknown[] = [];
  const invite = {
    body: offer,
    finished: false,
    header: (name: string) => (name === 'Require' ? require : undefined),
    reply: (status: number, { headers, body }: MessageContent) => sent.push([status, headers?.['Require'] ?? '', body ?? '']),
  } as unknown as ReceivedInvite;
  const provisionals = new Provisionals(invite, CALL);
  for (const [status, body] of replies) provisionals.relay({ status, reason: '', body, header: () => undefined }, isLast);
  return sent;
}

const EARLY = [
  [180, ''],
  [183, SDP],
  [183, SDP],
] as const;

it('a caller who does not ask for it hears 18x as they come, early media of the last target each time', () => {
  expect(told('', SDP, EARLY)).toEqual([
    [180, '', ''],
    [183, '', SDP],
    [183, '', SDP],
  ]);
});

it('a caller who requires 100rel hears each reliably, and one answer to his offer (RFC 3262 §5)', () => {
  expect(told('timer, 100REL', SDP, EARLY)).toEqual([
    [180, '100rel', ''],
    [183, '100rel', SDP],
    [183, '100rel', ''],
  ]);
});

it('the media of a target that may be replaced is kept from him', () => {
  expect(told('100rel', SDP, [[183, SDP]], false)).toEqual([[180, '100rel', '']]);
});

it('one who leaves the offer to us hears nothing before the answer: the first reliable one would have to carry it (RFC 3261 §13.2.1)', () => {
  expect(told('100rel', '', EARLY)).toEqual([]);
  expect(told('', '', [[180, '']])).toEqual([[180, '', '']]);
});
