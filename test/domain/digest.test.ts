import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  algorithmsFor,
  buildChallenge,
  computeHa1,
  type DigestAnswer,
  digestResponse,
  nonceCountOf,
  parseDigest,
  verifyDigest,
} from '../../src/domain/digest.ts';
import { digestUriHost } from '../../src/domain/digest-uri.ts';

// RFC 7616 §3.9.1, both algorithms; the password there is "Circle of Life".
const RFC7616 = (algorithm: string, response: string) =>
  `Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=${algorithm}, ` +
  `nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", ` +
  `qop=auth, response="${response}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
const MUFASA = computeHa1('Mufasa', 'http-auth@example.org', 'Circle of Life');
const MD5_RESPONSE = '8ca523f5e9506fed4657c9700eebdbec';
const SHA_RESPONSE = '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1';

function parsed(header: string): DigestAnswer {
  const result = parseDigest(header);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

describe('digest answers of the RFCs', () => {
  it.each([
    ['MD5', MD5_RESPONSE],
    ['SHA-256', SHA_RESPONSE],
  ])('RFC 7616 §3.9.1 with %s is accepted', (algorithm, response) => {
    const answer = parsed(RFC7616(algorithm, response));
    expect(verifyDigest(answer, 'GET', MUFASA)).toBe(true);
    expect(nonceCountOf(answer)).toBe(1);
  });

  it('RFC 2617 §3.5 is accepted', () => {
    const header =
      'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", ' +
      'qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"';
    expect(verifyDigest(parsed(header), 'GET', computeHa1('Mufasa', 'testrealm@host.com', 'Circle Of Life'))).toBe(true);
  });

  it('the legacy form without qop is accepted, worked out by hand', () => {
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    const response = md5(`${md5('bob:biloxi.com:zanzibar')}:dcd98b:${md5('INVITE:sip:bob@biloxi.com')}`);
    const answer = parsed(`Digest username="bob",realm="biloxi.com",nonce="dcd98b",uri="sip:bob@biloxi.com",response="${response}"`);
    expect(answer.qop).toBeNull();
    expect(nonceCountOf(answer)).toBe(0);
    expect(verifyDigest(answer, 'INVITE', computeHa1('bob', 'biloxi.com', 'zanzibar'))).toBe(true);
    expect(verifyDigest(answer, 'REGISTER', computeHa1('bob', 'biloxi.com', 'zanzibar'))).toBe(false);
  });
});

describe('a wrong answer', () => {
  const answer = parsed(RFC7616('MD5', MD5_RESPONSE));
  it.each([
    ['another nonce', { nonce: 'x' }],
    ['another uri', { uri: '/dir/other.html' }],
    ['another cnonce', { qop: { nc: '00000001', cnonce: 'x' } }],
    ['another nonce count', { qop: { nc: '00000002', cnonce: answer.qop?.cnonce ?? '' } }],
    ['the other form', { qop: null }],
    ['another algorithm', { algorithm: 'SHA-256' as const }],
    ['a truncated response', { response: MD5_RESPONSE.slice(1) }],
    ['a flipped response', { response: MD5_RESPONSE.replace('8', '9') }],
  ])('with %s is refused', (_name, change) => expect(verifyDigest({ ...answer, ...change }, 'GET', MUFASA)).toBe(false));

  it('with another password or method is refused', () => {
    expect(verifyDigest(answer, 'GET', computeHa1('Mufasa', 'http-auth@example.org', 'circle of life'))).toBe(false);
    expect(verifyDigest(answer, 'POST', MUFASA)).toBe(false);
  });

  it('of an unknown user is refused, even when it fits the stand-in secret', () => {
    const standIn = { md5: '0'.repeat(32), sha256: '0'.repeat(64) };
    const forged = { ...answer, response: digestResponse(answer, 'GET', standIn) };
    expect(verifyDigest(forged, 'GET', null)).toBe(false);
  });
});

const MIN = 'username="u",realm="r",nonce="n",uri="sip:h",response="00000000000000000000000000000000"';
describe('a header', () => {
  it.each([
    ['Basic dXNlcjpwYXNz', 'not_digest'],
    ['', 'not_digest'],
    ['Digest', 'malformed'],
    ['Digest ', 'malformed'],
    [`Digest ${MIN.replace('realm="r",', '')}`, 'malformed'],
    [`Digest ${MIN.replace('nonce="n",', '')}`, 'malformed'],
    [`Digest ${MIN.replace('uri="sip:h",', '')}`, 'malformed'],
    [`Digest ${MIN.replace('"u"', '""')}`, 'malformed'],
    [`Digest ${MIN.replace(/response=.*/, 'response="xyz"')}`, 'malformed'],
    [`Digest ${MIN},username="v"`, 'malformed'],
    [`Digest ${MIN},`, 'malformed'],
    [`Digest ${MIN} x`, 'malformed'],
    [`Digest ${MIN},qop=auth`, 'malformed'],
    [`Digest ${MIN},qop=auth,nc=1,cnonce="c"`, 'malformed'],
    [`Digest ${MIN},qop=auth,nc=0000000g,cnonce="c"`, 'malformed'],
    [`Digest ${MIN},qop=auth,nc=00000001,cnonce=""`, 'malformed'],
    [`Digest ${MIN},opaque="never closed`, 'malformed'],
    [`Digest ${MIN},opaque="escape at the end\\`, 'malformed'],
    [`Digest ${MIN},opaque=${'x'.repeat(513)}`, 'malformed'],
    [`Digest ${MIN},${Array.from({ length: 30 }, (_, i) => `p${i}=1`).join(',')}`, 'malformed'],
    [`Digest ${MIN},x="${'y'.repeat(2048)}"`, 'malformed'],
    [`Digest ${MIN},__proto__`, 'malformed'],
    [`Digest ${MIN},qop=auth-int,nc=00000001,cnonce="c"`, 'unsupported'],
    [`Digest ${MIN},algorithm=MD5-sess`, 'unsupported'],
    [`Digest ${MIN},algorithm=SHA-512-256`, 'unsupported'],
    [`Digest ${MIN},userhash=true`, 'unsupported'],
  ])('%s is %s', (header, error) => expect(parseDigest(header)).toEqual({ ok: false, error }));

  it.each([
    `digest ${MIN}`,
    `DIGEST\t${MIN}`,
    `  Digest   ${MIN.replaceAll(',', ' ,\r\n ')}  `,
    `Digest ${MIN.replaceAll('=', ' = ')}`,
    `Digest ${MIN},algorithm=md5`,
    `Digest ${MIN},algorithm="MD5"`,
    `Digest ${MIN},qop="auth",nc="00000001",cnonce="c"`,
    `Digest ${MIN.toUpperCase().replace('"U"', '"u"')}`,
    `Digest ${MIN},__proto__=1,constructor="2"`,
    `Digest ${MIN},auth-param=tok~en`,
  ])('%s is read', (header) => expect(parsed(header).username).toBe('u'));

  it('undoes quoted pairs', () => {
    expect(parsed(`Digest ${MIN.replace('"u"', '"a\\"b\\\\c, d=e"')}`).username).toBe('a"b\\c, d=e');
  });

  it('never throws, whatever it holds', () => {
    const pieces = fc.constantFrom('Digest ', 'username=', '"', '\\', ',', '=', ' ', 'nonce="x"', 'qop=auth', 'é', '\0', '\r\n', MIN);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(pieces, { maxLength: 40 }).map((list) => list.join('')),
        ),
        (text) => {
          parseDigest(text);
          parseDigest(`Digest ${text}`);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('for any login', () => {
  const text = fc.string({ minLength: 1, maxLength: 40 }).filter((value) => !/[\r\n]/.test(value));
  const quote = (value: string) => `"${value.replaceAll(/[\\"]/g, (char) => `\\${char}`)}"`;

  it('what a client sends is read back and verified, and only with the right password', () => {
    fc.assert(
      fc.property(
        fc.record({ username: text, realm: text, password: text, other: text, nonce: text, cnonce: text }),
        fc.constantFrom('MD5' as const, 'SHA-256' as const),
        fc.option(fc.integer({ min: 1, max: 0xffffffff })),
        ({ username, realm, password, other, nonce, cnonce }, algorithm, count) => {
          const qop = count === null ? null : { nc: count.toString(16).padStart(8, '0'), cnonce };
          const base = { username, realm, nonce, uri: 'sip:example.org', algorithm, qop };
          const response = digestResponse(base, 'INVITE', computeHa1(username, realm, password));
          const tail = qop === null ? '' : `, qop=auth, nc=${qop.nc}, cnonce=${quote(cnonce)}`;
          const header = `Digest username=${quote(username)}, realm=${quote(realm)}, nonce=${quote(nonce)}, uri="sip:example.org", response="${response}", algorithm=${algorithm}${tail}`;
          const answer = parsed(header);
          expect(answer).toEqual({ ...base, response });
          expect(verifyDigest(answer, 'INVITE', computeHa1(username, realm, password))).toBe(true);
          expect(verifyDigest(answer, 'INVITE', computeHa1(username, realm, other))).toBe(other === password);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a challenge', () => {
  it('offers one algorithm with qop auth', () => {
    const challenge = buildChallenge({ realm: 'sip.example', nonce: 'abc', algorithm: 'MD5', stale: false });
    expect(challenge).toBe('Digest realm="sip.example", nonce="abc", algorithm=MD5, qop="auth"');
    expect(buildChallenge({ realm: 'a"b', nonce: 'abc', algorithm: 'SHA-256', stale: true })).toBe(
      'Digest realm="a\\"b", nonce="abc", stale=true, algorithm=SHA-256, qop="auth"',
    );
  });

  it('is MD5 by default; with both the stronger comes first', () => {
    expect(algorithmsFor(null)).toEqual(['MD5']);
    expect(algorithmsFor('md5')).toEqual(['MD5']);
    expect(algorithmsFor('sha256')).toEqual(['SHA-256']);
    expect(algorithmsFor('both')).toEqual(['SHA-256', 'MD5']);
  });
});

describe('the digest-uri', () => {
  it.each([
    ['sip:SIP.Example', 'sip.example'],
    ['sip:+44@sip.example:5060;transport=udp', 'sip.example'],
    ['sips:a@192.0.2.1', '192.0.2.1'],
    ['sip:[2001:DB8::1]:5060', '[2001:db8::1]'],
    ['sip:a;b=c@h?x=y', 'h'],
    ['sip:placeholder', 'placeholder'],
    ['tel:+44', null],
    ['/dir/index.html', null],
    ['sip:', null],
    ['sip:a@', null],
    ['sip:[::1', null],
    [`sip:${'h'.repeat(300)}`, null],
  ])('%s names the host %s', (uri, host) => expect(digestUriHost(uri)).toBe(host));
});
