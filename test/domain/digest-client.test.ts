import { expect, it } from 'vitest';
import { computeHa1, parseDigest, verifyDigest } from '../../src/domain/digest.ts';
import { buildAuthorization, pickChallenge } from '../../src/domain/digest-client.ts';

const md5 = 'Digest realm="carrier", nonce="n1", algorithm=MD5, qop="auth,auth-int"';
const sha = 'Digest realm="carrier", nonce="n2", algorithm=SHA-256, qop="auth"';

it.each([
  ['the only one', md5, null, 'MD5 n1'],
  ['the stronger of two, whichever comes first', `${md5}, ${sha}`, null, 'SHA-256 n2'],
  ['the stronger of two, in one field', `${sha},${md5}`, null, 'SHA-256 n2'],
  ['one of the realm that is meant', `${sha}, Digest realm="other", nonce="n3"`, 'OTHER', 'MD5 n3 legacy'],
  ['none of another realm', md5, 'other', null],
  ['none of an algorithm nobody here has', 'Digest realm="c", nonce="n", algorithm=SHA-512-256', null, null],
  ['none that wants the body protected', 'Digest realm="c", nonce="n", qop="auth-int"', null, null],
  ['the legacy form', 'Digest realm="c", nonce="n"', null, 'MD5 n legacy'],
  ['none of another scheme', 'Basic realm="c"', null, null],
  ['a comma and the word inside of quotes', 'Digest realm="a, Digest b", nonce="n", qop="auth"', null, 'MD5 n'],
  ['nothing', '', null, null],
])('answers %s', (_name, field, realm, expected) => {
  const picked = pickChallenge(field, realm);
  expect(picked === null ? null : `${picked.algorithm} ${picked.nonce}${picked.qop ? '' : ' legacy'}`).toBe(expected);
});

it.each([md5, sha, 'Digest realm="q\\"uote", nonce="n", opaque="o", stale=TRUE'])('gives an answer that a server takes: %s', (field) => {
  const challenge = pickChallenge(field, null)!;
  const request = { method: 'INVITE', uri: 'sip:+49@carrier.example', nc: 10, cnonce: 'abc' };
  const header = buildAuthorization(challenge, { username: 'u"s', password: 'secret' }, request);
  const parsed = parseDigest(header);
  if (!parsed.ok) throw new Error(parsed.error);
  expect(verifyDigest(parsed.value, 'INVITE', computeHa1('u"s', challenge.realm, 'secret'))).toBe(true);
  expect(verifyDigest(parsed.value, 'REGISTER', computeHa1('u"s', challenge.realm, 'secret'))).toBe(false);
  expect(parsed.value.qop?.nc).toBe(challenge.qop ? '0000000a' : undefined);
  expect(header.includes('opaque="o"')).toBe(challenge.opaque !== null);
  expect(challenge.stale).toBe(field.includes('stale'));
});
