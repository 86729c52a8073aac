import { createHash, timingSafeEqual } from 'node:crypto';
import { err, ok, type Result } from '../kit/result.ts';
import { readAuthParams } from './auth-params.ts';

/** Digest access authentication as SIP uses it (RFC 7616, RFC 8760, RFC 3261 §22.4; decision C14). */
export type DigestAlgorithm = 'MD5' | 'SHA-256';

/** H(username:realm:password) in lower-case hexadecimal, for both algorithms. */
export interface Ha1 {
  readonly md5: string;
  readonly sha256: string;
}

/** The answer of a client, as far as it is needed to check it. */
export interface DigestAnswer {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  readonly algorithm: DigestAlgorithm;
  /** null: the legacy form without qop, nc and cnonce (RFC 2069, allowed by RFC 3261 §22.4). */
  readonly qop: { readonly nc: string; readonly cnonce: string } | null;
}

export type DigestFault = 'not_digest' | 'malformed' | 'unsupported';

const HEX: Readonly<Record<DigestAlgorithm, RegExp>> = { MD5: /^[0-9a-fA-F]{32}$/, 'SHA-256': /^[0-9a-fA-F]{64}$/ };
const NC = /^[0-9a-fA-F]{8}$/;

function algorithmOf(text: string | undefined): DigestAlgorithm | null {
  const name = (text ?? 'MD5').toUpperCase();
  return name === 'MD5' || name === 'SHA-256' ? name : null;
}

/** Reads the value of Authorization or Proxy-Authorization; every length is bounded, parameters given twice are malformed. */
export function parseDigest(header: string): Result<DigestAnswer, DigestFault> {
  const read = readAuthParams(header);
  if (!read.ok) return err(read.error);
  const { username, realm, nonce, uri, response, cnonce, nc, ...rest } = read.value;
  const algorithm = algorithmOf(rest['algorithm']);
  // We never offer -sess, auth-int or userhash, so a client that uses them is not answering us.
  if (algorithm === null || rest['userhash']?.toLowerCase() === 'true') return err('unsupported');
  const qop = rest['qop']?.toLowerCase();
  if (qop !== undefined && qop !== 'auth') return err('unsupported');
  if (username === undefined || realm === undefined || nonce === undefined || uri === undefined) return err('malformed');
  if (username === '' || response === undefined || !HEX[algorithm].test(response)) return err('malformed');
  const base = { username, realm, nonce, uri, response: response.toLowerCase(), algorithm };
  if (qop === undefined) return ok({ ...base, qop: null });
  if (cnonce === undefined || cnonce === '' || nc === undefined || !NC.test(nc)) return err('malformed');
  return ok({ ...base, qop: { nc, cnonce } });
}

/** How often the client says it used this nonce; 0 for the legacy form. */
export const nonceCountOf = (answer: DigestAnswer): number => (answer.qop === null ? 0 : Number.parseInt(answer.qop.nc, 16));

function hash(algorithm: DigestAlgorithm, text: string): string {
  return createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text, 'utf8')
    .digest('hex');
}

/** Both HA1s of a login; what is stored instead of the password. */
export function computeHa1(username: string, realm: string, password: string): Ha1 {
  const text = `${username}:${realm}:${password}`;
  return { md5: hash('MD5', text), sha256: hash('SHA-256', text) };
}

/** The response a client with this HA1 must send (RFC 7616 §3.4.1). */
export function digestResponse(answer: Omit<DigestAnswer, 'response'>, method: string, ha1: Ha1): string {
  const { algorithm, nonce, qop } = answer;
  const secret = algorithm === 'MD5' ? ha1.md5 : ha1.sha256;
  const ha2 = hash(algorithm, `${method}:${answer.uri}`);
  const middle = qop === null ? nonce : `${nonce}:${qop.nc}:${qop.cnonce}:auth`;
  return hash(algorithm, `${secret}:${middle}:${ha2}`);
}

const DUMMY: Ha1 = { md5: '0'.repeat(32), sha256: '0'.repeat(64) };

/** True when the answer fits. `ha1` null is an unknown user: the same work is done and the answer is always false (decision C14). */
export function verifyDigest(answer: DigestAnswer, method: string, ha1: Ha1 | null): boolean {
  const expected = Buffer.from(digestResponse(answer, method, ha1 ?? DUMMY), 'latin1');
  const given = Buffer.from(answer.response, 'latin1');
  const equal = expected.length === given.length && timingSafeEqual(expected, given);
  return equal && ha1 !== null;
}

const quoted = (text: string): string => `"${text.replaceAll(/[\\"]/g, (char) => `\\${char}`)}"`;

/** The value of one WWW-Authenticate or Proxy-Authenticate header. */
export function buildChallenge(challenge: {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: DigestAlgorithm;
  readonly stale: boolean;
}): string {
  const { realm, nonce, algorithm, stale } = challenge;
  return `Digest realm=${quoted(realm)}, nonce=${quoted(nonce)}, ${stale ? 'stale=true, ' : ''}algorithm=${algorithm}, qop="auth"`;
}

/** The algorithms to offer in order; with both the stronger comes first (RFC 8760 §2.1). One by default: common clients fail on two. */
export function algorithmsFor(digest: 'md5' | 'sha256' | 'both' | null): readonly DigestAlgorithm[] {
  if (digest === 'both') return ['SHA-256', 'MD5'];
  return digest === 'sha256' ? ['SHA-256'] : ['MD5'];
}
