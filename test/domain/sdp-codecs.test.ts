import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CodecPolicy, filterCodecs } from '../../src/domain/sdp-codecs.ts';

const HEAD = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
const text = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n`;
const sdp = (...lines: readonly string[]): string => text(...HEAD, ...lines);
/** What is left, without the session part; `same` and `no_codec` as they are. */
function filtered(offer: string, policy: CodecPolicy): string | readonly string[] {
  const done = filterCodecs(offer, policy);
  return done.result === 'changed' ? done.sdp.split('\r\n').slice(HEAD.length, -1) : done.result;
}
const allow = (...names: string[]): CodecPolicy => ({ allow: names });

const AUDIO = [
  'm=audio 40000 RTP/AVP 0 8 9 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-16',
  'a=sendrecv',
];
const VIDEO = [
  'm=video 40002 RTP/AVPF 96 97',
  'a=rtpmap:96 H264/90000',
  'a=rtcp-fb:96 nack pli',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
];
const SECURE = [
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 0',
  'c=IN IP4 203.0.113.9',
  'a=rtcp-mux',
  'a=ice-ufrag:F7gI',
  'a=candidate:0 1 UDP 2122252543 192.0.2.1 40000 typ host',
  'a=fingerprint:sha-256 19:E2:1C:3B',
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PSXBrJZbPcF0',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
];

describe('a codec policy', () => {
  it.each([
    ['all that is offered is allowed', sdp(...AUDIO), allow('PCMU', 'PCMA', 'G722'), 'same'],
    ['names without case', sdp(...AUDIO), allow('pcmu', 'pcma', 'g722'), 'same'],
    ['one of three', sdp(...AUDIO), allow('PCMA'), ['m=audio 40000 RTP/AVP 8 101', AUDIO[2], AUDIO[4], AUDIO[5], AUDIO[6]]],
    ['none of them', sdp(...AUDIO), allow('G729'), 'no_codec'],
    ['a codec without rtpmap', sdp('m=audio 4 RTP/AVP 18 3'), allow('G729'), ['m=audio 4 RTP/AVP 18']],
    ['a payload type renamed', sdp('m=audio 4 RTP/AVP 0 8', 'a=rtpmap:0 opus/48000/2'), allow('PCMU'), 'no_codec'],
    ['key presses alone are no codec', sdp('m=audio 4 RTP/AVP 101', AUDIO[4] ?? ''), allow('telephone-event'), 'no_codec'],
    [
      'preferred order',
      sdp(...AUDIO),
      { allow: ['G722', 'PCMU', 'PCMA'], order: 'prefer' } as const,
      ['m=audio 40000 RTP/AVP 9 0 8 101', ...AUDIO.slice(1)],
    ],
    ['order of the offer', sdp(...AUDIO), allow('PCMA', 'PCMU', 'G722'), 'same'],
    [
      'a second medium without codec',
      sdp(...AUDIO, ...VIDEO),
      allow('PCMU', 'PCMA', 'G722'),
      [...AUDIO, 'm=video 0 RTP/AVPF 96 97', ...VIDEO.slice(1)],
    ],
    [
      'a repeat goes with what it repeats',
      sdp(...VIDEO.map((line) => line.replace('96 97', '96 97 98'))),
      allow('H264'),
      ['m=video 40002 RTP/AVPF 96 97', ...VIDEO.slice(1)],
    ],
    [
      'a repeat of nothing',
      sdp('m=video 4 RTP/AVP 34 97', 'a=rtpmap:97 rtx/90000', 'a=fmtp:97 rtx-time=5;apt=96'),
      allow('H263'),
      ['m=video 4 RTP/AVP 34'],
    ],
    [
      'the first medium empty, in its place',
      sdp('m=audio 4 RTP/AVP 3', 'm=audio 6/2 RTP/AVP 0 3'),
      allow('PCMU'),
      ['m=audio 0 RTP/AVP 3', 'm=audio 6/2 RTP/AVP 0'],
    ],
    ['ICE, crypto and addresses untouched', sdp(...SECURE), allow('PCMU'), ['m=audio 9 UDP/TLS/RTP/SAVPF 0', ...SECURE.slice(1, 7)]],
    ['a fax is no RTP', sdp('m=image 4 udptl t38', 'a=T38FaxVersion:0'), allow('PCMU'), 'same'],
    [
      'a fax beside audio that is not allowed',
      sdp('m=audio 4 RTP/AVP 0', 'm=image 6 udptl t38'),
      allow('G729'),
      ['m=audio 0 RTP/AVP 0', 'm=image 6 udptl t38'],
    ],
    ['a stream that is off already', sdp('m=audio 0 RTP/AVP 3', 'm=audio 4 RTP/AVP 0'), allow('PCMU'), 'same'],
    ['nothing but what is off already', sdp('m=audio 0 RTP/AVP 3'), allow('PCMU'), 'same'],
    ['no media', sdp(), allow('PCMU'), 'same'],
    ['nothing', '', allow('PCMU'), 'same'],
  ])('%s', (_name, offer, policy, expected) => expect(filtered(offer, policy)).toEqual(expected));

  it('keeps the line ends it finds, be they LF, mixed or missing at the end', () => {
    const offer = 'v=0\nm=audio 4 RTP/AVP 0 8\r\na=rtpmap:8 PCMA/8000\na=ptime:20';
    expect(filterCodecs(offer, allow('PCMU'))).toEqual({ result: 'changed', sdp: 'v=0\nm=audio 4 RTP/AVP 0\r\na=ptime:20' });
  });

  it('passes on what it cannot read, and takes no longer for hostile text', () => {
    const hostile = [
      'm=audio',
      'm=audio 4 RTP/AVP',
      'm=audio 99999999 RTP/AVP 0',
      `m=audio 4 RTP/AVP ${'0 '.repeat(300)}`,
      `m=audio 4 RTP/AVP ${Array.from({ length: 300 }, (_, n) => n).join(' ')}`,
      'm=audio -1 RTP/AVP 0',
      `m=${'a'.repeat(60_000)} 4 RTP/AVP 0`,
      `m=audio 4 ${'RTP/'.repeat(10_000)} 0`,
      'm=audio 4 RTP/AVP 0\rm=audio 6 RTP/AVP 8',
    ];
    for (const line of hostile) expect(filterCodecs(sdp(line), allow('PCMU')).result).toBe('same');
    const started = performance.now();
    const long = [`a=fmtp:0 ${';'.repeat(60_000)}`, `a=rtpmap:0 ${'P'.repeat(60_000)}/8000`, `a=fmtp:0 ${'apt=;'.repeat(12_000)}`];
    for (const line of long) filterCodecs(sdp('m=audio 4 RTP/AVP 0 8', ...Array.from({ length: 20 }, () => line)), allow('PCMU'));
    expect(performance.now() - started).toBeLessThan(2000);
    expect(filterCodecs(sdp(...Array.from({ length: 65 }, () => 'm=audio 4 RTP/AVP 0')), allow('PCMU')).result).toBe('no_codec');
  });

  it('names that JavaScript knows are no codecs', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(filterCodecs(sdp('m=audio 4 RTP/AVP constructor __proto__'), allow(name)).result).toBe('no_codec');
    }
  });

  it('for any lines: nothing is added, media keep their places, and twice is once', () => {
    const line = fc.constantFrom(...AUDIO, ...VIDEO, ...SECURE, 'm=image 4 udptl t38', 'm=audio 6 RTP/AVP 0 0 8', 'b=AS:64', '');
    const policies = fc.record({
      allow: fc.subarray(['PCMU', 'PCMA', 'G722', 'opus', 'H264'], { minLength: 1 }),
      order: fc.constantFrom('prefer' as const, undefined),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 25 }), policies, (lines, { allow: names, order }) => {
        const policy = order === undefined ? { allow: names } : { allow: names, order };
        const offer = sdp(...lines);
        const done = filterCodecs(offer, policy);
        if (done.result !== 'changed') return;
        const [before, after] = [offer.split('\r\n'), done.sdp.split('\r\n')];
        const isMedium = (one: string): boolean => one.startsWith('m=');
        expect(after.filter(isMedium).map((one) => one.split(' ')[0])).toEqual(before.filter(isMedium).map((one) => one.split(' ')[0]));
        for (const one of after) if (!isMedium(one)) expect(before).toContain(one);
        expect(filterCodecs(done.sdp, policy).result).toBe('same');
      }),
      { numRuns: 300 },
    );
  });
});
