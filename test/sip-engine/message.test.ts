import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultMessageLimits } from '../../src/sip-engine/message/message-limits.ts';
import { formatNameAddr, parseNameAddr, parseNameAddrs } from '../../src/sip-engine/message/name-addr.ts';
import { parseDatagram } from '../../src/sip-engine/message/parse-message.ts';
import { type RequestView, readRequest } from '../../src/sip-engine/message/read-request.ts';
import { readResponse } from '../../src/sip-engine/message/read-response.ts';
import { bytesForApplication } from '../../src/sip-engine/message/serialize-message.ts';
import { header, headerLines } from '../../src/sip-engine/message/sip-message.ts';
import { classifyUri, parseSipUri } from '../../src/sip-engine/message/uri.ts';
import { parseVia, stampVia } from '../../src/sip-engine/message/via.ts';
import { formatListenAddress, parseListenAddress } from '../../src/sip-engine/transport/listen-address.ts';
import { requestText } from './support/sip-text.ts';

const oracle = createRequire(import.meta.url)('drachtio-srf/lib/sip-parser/message');
const parse = (text: string) => parseDatagram(Buffer.from(text, 'latin1'), defaultMessageLimits);

function request(text: string): RequestView | string {
  const parsed = parse(text);
  if (parsed.kind !== 'message' || parsed.message.kind !== 'request') return 'garbage';
  const read = readRequest(parsed.message, parsed.fault, parsed.version);
  return read.ok ? read.value : `${read.error.status} ${read.error.reason}`;
}

const plain = requestText({
  method: 'OPTIONS',
  uri: 'sip:bob@example.com',
  via: 'SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa',
  from: '"A. Lice" <sip:alice@example.com>;tag=1',
  to: 'sip:bob@example.com',
  callId: 'abc@192.0.2.1',
  cseq: 1,
});
const changed = (from: string | RegExp, to: string): string => plain.replace(from, to);

describe('requests', () => {
  it('the short, long, folded and oddly spaced are read alike (RFC 4475 §3.1.1.1)', () => {
    const view = request(
      [
        'INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0',
        'TO :',
        ' sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n',
        'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>',
        '  ;',
        '  tag = 98asjd8',
        'MaX-fOrWaRdS: 0068',
        'Call-ID: wsinv.ndaksdj@192.0.2.1',
        'cseq: 0009',
        '  INVITE',
        'Via  : SIP  /   2.0',
        ' /UDP',
        '    192.0.2.2;branch=390skdjuw',
        's :',
        'NewFangledHeader:   newfangled value',
        ' continued newfangled value',
        'UnknownHeaderWithUnusualValue: ;;,,;;,;',
        'Route:',
        ' <sip:services.example.com;lr;unknownwith=value;unknown-no-value>',
        'v:  SIP  / 2.0  / TCP     spindle.example.com   ;',
        '  branch  =   z9hG4bK9ikj8  ,',
        ' SIP  /    2.0   / UDP  192.168.255.111   ; branch=',
        ' z9hG4bK30239',
        'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =',
        '      newvalue ;',
        '  secondparam ; q = 0.33',
        'l: 0',
        '',
        '',
      ].join('\r\n'),
    );
    expect(view).toMatchObject({ toTag: '1918181833n', fromTag: '98asjd8', cseq: 9, callId: 'wsinv.ndaksdj@192.0.2.1' });
    if (typeof view === 'string') throw new Error(view);
    expect(view.via).toMatchObject({ transport: 'UDP', host: '192.0.2.2', branch: '390skdjuw' });
    expect(headerLines(view.message, 'via')).toHaveLength(2);
    expect(header(view.message, 'newfangledheader')).toBe('newfangled value continued newfangled value');
    expect(view.contact?.parameters.get('newparam')).toBe('newvalue');
  });

  it.each([
    ['a method of every token character (RFC 4475 §3.1.1.2)', changed(/OPTIONS/g, "!interesting-Method0123456789_*+`.%indeed'~")],
    ['escapes in the URI (§3.1.1.3)', changed('sip:bob@', 'sip:sips%3Auser%40example.com@')],
    ['an escaped NUL (§3.1.1.4)', changed('sip:bob@', 'sip:null-%00-null@')],
    ['a semicolon in the user part (§3.1.1.9)', changed('sip:bob@', 'sip:user;par=u%40example.net@')],
    ['a tel URI', changed('sip:bob@example.com SIP', 'tel:+15551234567 SIP')],
    ['an IPv6 host', changed('sip:bob@example.com SIP', 'sip:bob@[2001:db8::1]:5070 SIP')],
    ['an unknown transport in Via (§3.1.1.10)', changed('SIP/2.0/UDP', 'SIP/2.0/UNKNOWN')],
    ['empty lines before it', `\r\n\r\n${plain}`],
    ['bytes behind its body (§3.1.1.7)', `${plain}\r\nINVITE sip:joe@example.com SIP/2.0\r\n`],
  ])('valid: %s', (_name, text) => expect(request(text)).toBeTypeOf('object'));

  it.each([
    ['blanks in the URI (RFC 4475 §3.1.2.7)', changed('sip:bob@example.com SIP', 'sip:bob@example.com; lr SIP'), '400 Bad Request-URI'],
    ['two blanks (§3.1.2.8)', changed('OPTIONS sip', 'OPTIONS  sip'), '400 Bad Request-URI'],
    ['blanks behind the version (§3.1.2.9)', changed('SIP/2.0\r\n', 'SIP/2.0  \r\n'), '400 Bad Request-URI'],
    ['a URI in angle brackets (§3.1.2.6)', changed('sip:bob@example.com SIP', '<sip:bob@example.com> SIP'), '400 Bad Request-URI'],
    ['an unterminated quote (§3.1.2.5)', changed('"A. Lice"', '"A. Lice'), '400 Bad From'],
    ['a negative length (§3.1.2.3)', changed('Content-Length: 0', 'Content-Length: -999'), '400 Bad Content-Length'],
    ['a length beyond the datagram (§3.1.2.2)', changed('Content-Length: 0', 'Content-Length: 9999'), '400 Content-Length Mismatch'],
    ['a CSeq too large (§3.1.2.4)', changed('CSeq: 1', 'CSeq: 36893488147419103232'), '400 Bad CSeq'],
    ['methods that differ (§3.1.2.17)', changed('CSeq: 1 OPTIONS', 'CSeq: 1 INVITE'), '400 CSeq Method Mismatch'],
    ['an unknown scheme (§3.1.2.11)', changed('sip:bob@example.com SIP', 'nobodyKnowsThisScheme:x SIP'), '416 Unsupported URI Scheme'],
    ['another version (§3.1.2.16)', changed('SIP/2.0\r\n', 'SIP/7.0\r\n'), '505 Version Not Supported'],
    ['two From headers (§3.3.8)', changed('To:', 'From: <sip:x@y>;tag=2\r\nTo:'), '400 Duplicate From'],
    ['no Via', changed(/Via: .*\r\n/, ''), '400 Bad Via'],
    ['a blank in the Call-ID', changed('abc@', 'a c@'), '400 Bad Call-ID'],
    ['a To tag with a bar', changed('To: sip:bob@example.com', 'To: <sip:bob@example.com>;tag=a|b'), '400 Bad To'],
    ['a bare line feed', changed('To:', 'X: a\nTo:'), '400 Bad Header Line'],
    ['a NUL', changed('To:', 'X: a\u0000\r\nTo:'), '400 Control Character'],
    ['a line without colon', changed('To:', 'nonsense\r\nTo:'), '400 Bad Header Line'],
    ['a header line of 9 KB', changed('To:', `X: ${'a'.repeat(9000)}\r\nTo:`), '400 Header Too Long'],
    ['a folded line of 9 KB', changed('To:', `X: a\r\n${` ${'a'.repeat(900)}\r\n`.repeat(10)}To:`), '400 Header Too Long'],
    ['101 headers', changed('To:', `${'X: a\r\n'.repeat(95)}To:`), '400 Too Many Headers'],
    ['a URI of 3 KB', changed('sip:bob@', `sip:${'b'.repeat(3000)}@`), '400 Bad Request-URI'],
    ['no SIP at all', 'GET / HTTP/1.1\r\n\r\n', 'garbage'],
    ['half a message', plain.slice(0, 80), 'garbage'],
    ['64 KB and more', `${plain}${'x'.repeat(66_000)}`, 'garbage'],
  ])('refused: %s', (_name, text, why) => expect(request(text)).toBe(why));
});

describe('responses', () => {
  const answer = plain.replace(/^.*\r\n/, 'SIP/2.0 302 Moved\r\n');
  const read = (text: string) => {
    const parsed = parse(text);
    if (parsed.kind !== 'message' || parsed.message.kind !== 'response') return undefined;
    const result = readResponse(parsed.message, parsed.fault);
    return result.ok ? result.value : undefined;
  };

  it('may have no reason and an unknown class of words (RFC 4475 §3.1.1.12, §3.1.1.13)', () => {
    expect(read(answer.replace('302 Moved', '100 '))?.message).toMatchObject({ status: 100, reason: '' });
    expect(read(answer.replace('Moved', '= 2**3 * 5**2 \u00d0\u00bd'))?.message.status).toBe(302);
  });

  it('with a status beyond 699 or below 100 are none', () => {
    for (const status of ['4294967301', '99', '700', 'abc']) expect(parse(answer.replace('302', status)).kind).toBe('garbage');
  });

  it('lose a Contact that would crash the application', () => {
    const view = read(answer.replace('To:', 'Contact: ;\r\nContact: <sip:x@192.0.2.9>\r\nTo:'));
    expect(view?.contact?.uri).toBe('sip:x@192.0.2.9');
    expect(bytesForApplication(view!.message).toString()).not.toContain('Contact: ;');
  });
});

describe('parts', () => {
  it.each([
    ['sip:alice@example.com', { user: 'alice', host: 'example.com', port: undefined }],
    ['SIPS:a:b@h:5061;transport=TCP;lr?X=y', { scheme: 'sips', user: 'a:b', host: 'h', port: 5061 }],
    ['sip:[::1]:5060', { user: '', host: '[::1]', port: 5060 }],
  ])('the URI %s', (text, uri) => expect(parseSipUri(text)).toMatchObject(uri));

  it.each([
    'sip:',
    'sip:@host',
    'sip:a@',
    'sip:a@b@c',
    'sip:h:0',
    'sip:h:70000',
    'sip:h:',
    'sip:h;',
    'sip:h;a=',
    'sip:[::1',
    'sip:a b@h',
    'sip:h\u00e9',
    'sip:a|b@h',
    ':x',
    'x',
  ])('is bad: %s', (text) => expect(classifyUri(text).kind).toBe('bad'));

  it('addresses keep their values through reading and writing', () => {
    const token = fc.stringMatching(/^[a-zA-Z0-9.!%*_+~-]{1,12}$/);
    const quoted = fc.string({ unit: fc.constantFrom('a', ' ', ',', ';', '<', '>', '@', ':'), maxLength: 12 }).map((text) => `"${text}"`);
    const address = fc.record({
      display: fc.oneof(fc.constant(''), token, quoted),
      user: token,
      name: token.map((text) => `x${text}`),
      value: token,
    });
    fc.assert(
      fc.property(fc.array(address, { minLength: 1, maxLength: 4 }), (list) => {
        const text = list.map(({ display, user, name, value }) => `${display} <sip:${user}@example.com>;${name}=${value}`).join(' , ');
        const read = parseNameAddrs(text);
        expect(read?.map(({ display, uri, parameters }) => ({ display, uri, parameters: [...parameters] }))).toEqual(
          list.map(({ display, user, name, value }) => ({
            display,
            uri: `sip:${user}@example.com`,
            parameters: [[name.toLowerCase(), value]],
          })),
        );
        for (const value of read ?? [])
          expect(parseNameAddr(formatNameAddr(value))).toMatchObject({ uri: value.uri, display: value.display });
      }),
    );
  });

  it.each([
    ['SIP/2.0/UDP h;branch=z9hG4bKa', 'SIP/2.0/UDP h;branch=z9hG4bKa;received=192.0.2.9'],
    ['SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa', 'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa'],
    ['SIP/2.0/UDP 192.0.2.9;rport;branch=z9hG4bKa', 'SIP/2.0/UDP 192.0.2.9;rport=5099;branch=z9hG4bKa;received=192.0.2.9'],
    ['SIP/2.0/UDP a;received=1.1.1.1, SIP/2.0/UDP b', 'SIP/2.0/UDP a;received=192.0.2.9, SIP/2.0/UDP b'],
  ])('Via is stamped with where it came from: %s', (line, stamped) => {
    const via = parseVia(line);
    expect(via && stampVia(line, via, '192.0.2.9', 5099)).toBe(stamped);
  });
});

describe('what goes up to an application', () => {
  const pieces = [
    '"',
    '<',
    '>',
    ';',
    ',',
    '=',
    '|',
    '%41',
    '\u00e9',
    ' ',
    '\t',
    '\r\n ',
    '@',
    ':',
    'tag',
    'sip:',
    '\\',
    '\r\n',
    '*',
    '[',
    ']',
    '?',
    '#',
    '0',
  ];
  const base = changed('Content-Length', 'Contact: <sip:alice@192.0.2.1:5070>\r\nContent-Length').replace(/OPTIONS/g, 'INVITE');

  it('reads the same there as here, however the request was mangled', () => {
    const mutation = fc.record({
      at: fc.nat(base.length - 1),
      cut: fc.nat(3),
      put: fc.array(fc.constantFrom(...pieces), { maxLength: 3 }).map((list) => list.join('')),
    });
    let passed = 0;
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        let text = base;
        for (const { at, cut, put } of mutations) text = text.slice(0, at) + put + text.slice(at + cut);
        const view = request(text);
        if (typeof view === 'string') return;
        passed += 1;
        const there = new oracle(bytesForApplication(view.message).toString());
        expect(there.method).toBe(view.message.method);
        expect(there.uri).toBe(view.message.uri);
        expect(there.get('call-id')).toBe(view.callId);
        expect(there.getParsedHeader('cseq')).toEqual({ seq: view.cseq, method: view.cseqMethod });
        expect(there.getParsedHeader('from')).toMatchObject({ uri: view.from.uri, params: { tag: view.fromTag } });
        expect(there.getParsedHeader('to').params.tag ?? '').toBe(view.toTag);
        if (view.message.method === 'INVITE') expect(there.getParsedHeader('contact')[0].uri).toBe(view.contact?.uri);
      }),
      { numRuns: 20_000 },
    );
    expect(passed).toBeGreaterThan(500);
  }, 60_000);
});

describe('a listen address', () => {
  it.each([
    { protocol: 'udp', host: '::', port: 5060, external: { host: '2001:db8::1', port: undefined } },
    { protocol: 'tls', host: '::1', port: 5061, external: { host: '2001:db8::1', port: 5070 } },
    { protocol: 'tcp', host: '0.0.0.0', port: 0, external: { host: '203.0.113.7', port: undefined } },
    { protocol: 'wss', host: '127.0.0.1', port: 443, external: { host: 'edge.example.com', port: 8443 } },
    { protocol: 'udp', host: '::1', port: 5060, external: undefined },
  ] as const)('is told so that it can be listened on again: $protocol $host $external.host', (address) => {
    expect(parseListenAddress(formatListenAddress(address))).toEqual({ ok: true, value: address });
  });
});
