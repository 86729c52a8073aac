import { lookup } from 'node:dns/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeUser, parseAddress, parseUri, userOf } from '../../src/sip/sip-uri.ts';
import { sendableStatus, toSrf } from '../../src/sip/srf-text.ts';
import { createTargetResolver, nextHopUri } from '../../src/sip/targets.ts';

describe('a URI', () => {
  it.each([
    ['sip:+44207@host.example:5070;transport=tcp', { scheme: 'sip', user: '+44207', host: 'host.example', port: 5070 }],
    ['SIPS:a:secret@[2001:db8::1]', { scheme: 'sips', user: 'a', host: '2001:db8::1', port: null }],
    ['sip:host', { user: '', host: 'host' }],
    ['sip:+1;npdi;rn=5@h;user=phone?Subject=x', { user: '+1;npdi;rn=5', host: 'h', params: { user: 'phone' } }],
    ['tel:+44-20;phone-context=x', { scheme: 'tel', user: '+44-20;phone-context=x', host: '' }],
  ])('%s is read', (text, parts) => {
    expect(parseUri(text)).toMatchObject(parts);
  });

  it.each([
    '',
    'sip:',
    'http://x',
    'sip:a@',
    'sip:a@h:0',
    'sip:a@h:99999',
    'sip:a@h:x',
    'sip:a@b c',
    'sip:a@[zz]',
    `sip:${'a'.repeat(600)}@h`,
  ])('%s is none', (text) => {
    expect(parseUri(text)).toBeNull();
  });

  it('and an address never break on any text, and what is written is read again', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 80 }),
          fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 20 }),
        ),
        (text) => {
          parseUri(text);
          parseAddress(text);
          const user = escapeUser(text);
          expect(user).toMatch(/^[A-Za-z0-9\-_.!~*'()&=+$,;?/%]*$/);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('a user part', () => {
  it.each([
    ['%2B442071838750', '%2B442071838750'],
    ['bob smith', 'bob%20smith'],
    ['100%', '100%25'],
    ['a%2', 'a%252'],
    ['x>;y', 'x%3E;y'],
  ])('%s goes on as %s: escaped once', (text, escaped) => {
    expect(escapeUser(text)).toBe(escaped);
  });
});

describe('an address field', () => {
  it.each([
    ['"A \\"B\\" <x>" <sip:+1@h>;tag=1', '+1'],
    ['Alice <sip:alice@h>', 'alice'],
    ['sip:bob@h;tag=1', 'bob'],
    ['<sip:one@h>, <tel:+2>', 'one'],
    ['"unclosed <sip:x@h>', undefined],
    ['', undefined],
  ])('%s has the user %s', (field, user) => {
    expect(userOf(field)).toBe(user);
  });
});

describe('what goes to the library', () => {
  it('is one line per value, without control characters; several values are several fields', () => {
    const { headers } = toSrf({ headers: { Subject: 'a\r\nRoute: <sip:evil>\n\tb', Auth: ['one', 'two'] } });
    expect(headers.Subject).toBe('a  Route: <sip:evil>  b');
    expect(headers.Auth).toBe('one\r\nAuth: two');
  });

  it('never has a status that the library refuses', () => {
    for (let status = 100; status < 700; status += 1) expect([sendableStatus(status), status]).not.toContain(undefined);
    expect([sendableStatus(499), sendableStatus(687), sendableStatus(185), sendableStatus(299)]).toEqual([400, 600, 183, 200]);
  });
});

describe('a target', () => {
  const resolver = createTargetResolver({ deadlineMs: 500, cacheMs: 1000, entriesMax: 2 });

  it.each([
    // Without a word of the transport the server may choose a stream for what is too large (RFC 3261 §18.1.1).
    ['sip:x@192.0.2.1', 'sip:192.0.2.1:5060'],
    ['sip:x@192.0.2.1;transport=udp', 'sip:192.0.2.1:5060;transport=udp'],
    ['sip:192.0.2.1:5070;transport=TCP', 'sip:192.0.2.1:5070;transport=tcp'],
    ['sips:x@192.0.2.1', 'sip:192.0.2.1:5061;transport=tls'],
    ['sip:[2001:db8::1]:5062', 'sip:[2001:db8::1]:5062'],
  ])('%s leads to %s', async (uri, hop) => {
    const found = await resolver.resolve(uri);
    expect(found === null ? null : nextHopUri(found)).toEqual(hop);
  });

  it('that registered over UDP is told the listener it knows us by, in a form every server takes', () => {
    const hop = { ip: '192.0.2.1', port: 40_000, receivedOn: '[2001:db8::1]:5062' };
    expect(nextHopUri({ ...hop, transport: 'udp' })).toBe('sip:192.0.2.1:40000;transport=udp;received-on=-2001-db8--1--5062');
    expect(nextHopUri({ ...hop, transport: 'tcp' })).toBe('sip:192.0.2.1:40000;transport=tcp');
  });

  it('leads to what its name resolves to', async () => {
    // A machine without a hosts file does not know even this name.
    const known = await lookup('localhost').catch(() => null);
    const found = await resolver.resolve('sip:localhost:5063');
    expect(found === null ? null : nextHopUri(found)).toEqual(
      known === null ? null : expect.stringMatching(/^sip:(127\.0\.0\.1|\[::1\]):5063$/),
    );
    // Over TLS the name goes along: the certificate is for it and not for the address (RFC 5922 §7.1).
    const secured = await resolver.resolve('sips:x@LocalHost:5063');
    expect(secured === null ? null : nextHopUri(secured)).toEqual(
      known === null ? null : expect.stringMatching(/^sip:(127\.0\.0\.1|\[::1\]):5063;transport=tls;tls-name=localhost$/),
    );
  });

  it('without an address within the deadline is none', async () => {
    expect(await resolver.resolve('sip:x@does-not-exist.invalid:5060')).toBeNull();
    expect(await resolver.resolve('mailto:x@y')).toBeNull();
  });
});
