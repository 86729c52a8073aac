import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultMessageLimits } from '../../src/sip-engine/message/message-limits.ts';
import { StreamFramer } from '../../src/sip-engine/transport/stream-framer.ts';

function frames(chunks: readonly Buffer[]): string[] {
  const seen: string[] = [];
  const framer = new StreamFramer(defaultMessageLimits, {
    message: (parsed) => seen.push(`${parsed.fault ?? 'ok'} ${parsed.message.body.toString()}`),
    ping: () => seen.push('ping'),
    broken: (why) => seen.push(`broken ${why}`),
  });
  for (const chunk of chunks) framer.push(chunk);
  return seen;
}

const message = (body: string, length: string | null = String(body.length)): string =>
  `MESSAGE sip:x@y SIP/2.0\r\nVia: SIP/2.0/TCP h\r\n${length === null ? '' : `Content-Length: ${length}\r\n`}\r\n${body}`;

describe('a SIP stream', () => {
  it('yields the same messages however it is cut (RFC 3261 §18.3)', () => {
    const text = `\r\n${message('one')}\r\n\r\n${message('')}${message('three\r\n\r\nthree')}\r\n`;
    const whole = Buffer.from(text);
    const expected = frames([whole]);
    expect(expected).toEqual(['ok one', 'ping', 'ok ', 'ok three\r\n\r\nthree']);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: whole.length - 1 }), { maxLength: 12 }), (cuts) => {
        const at = [0, ...[...new Set(cuts)].sort((a, b) => a - b), whole.length];
        expect(frames(at.slice(1).map((end, i) => whole.subarray(at[i], end)))).toEqual(expected);
      }),
    );
    expect(frames([...whole].map((byte) => Buffer.from([byte])))).toEqual(expected);
  });

  it.each([
    ['no Content-Length', message('', null), ['Missing Content-Length ', 'broken stream_unframeable']],
    ['a length that is none', message('', 'x'), ['Bad Content-Length ', 'broken stream_unframeable']],
    ['a length beyond the limit', message('', '70000'), ['Message Too Large ', 'broken stream_unframeable']],
    ['no SIP', 'GET / HTTP/1.0\r\n\r\n', ['broken unparsable']],
    ['a stray line end', '\rX', ['broken stream_unframeable']],
  ])('ends at %s', (_name, text, expected) => expect(frames([Buffer.from(text + message('later'))])).toEqual(expected));

  it('ends when a head never ends', () => {
    const chunk = Buffer.from('X: '.padEnd(1000, 'a'));
    expect(frames(new Array(80).fill(chunk))).toEqual(['broken too_large']);
  });
});
