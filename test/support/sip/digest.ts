import { createHash, randomBytes } from 'node:crypto';
import { splitOutside } from './address.ts';
import type { SipMessage } from './message.ts';

/** The digest algorithms of RFC 8760 this party computes. */
export type DigestAlgorithm = 'MD5' | 'SHA-256';

/** A parsed Proxy-Authenticate or WWW-Authenticate value. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: DigestAlgorithm;
  readonly qop: string | undefined;
  readonly opaque: string | undefined;
  readonly stale: boolean;
}

/** How a caller answers challenges. `reuse` sends credentials at once; with `nc` and `reuse` a test replays a nonce count. */
export interface AuthOptions {
  readonly username: string;
  readonly password: string;
  /** Answers the challenge of this algorithm; default the first one offered that is known. */
  readonly algorithm?: DigestAlgorithm;
  readonly reuse?: DigestChallenge;
  /** The first nonce count used; default 1. */
  readonly nc?: number;
  readonly cnonce?: string;
  /** The digest-uri sent; default the Request-URI. */
  readonly digestUri?: string;
  /** Challenges answered before the 401 or 407 is final; default 1. A stale one is answered once more. */
  readonly triesMax?: number;
}

/** A computed credentials header. */
export interface Credentials {
  readonly name: 'Authorization' | 'Proxy-Authorization';
  readonly value: string;
  readonly challenge: DigestChallenge;
  readonly nc: number;
}

const hash = (algorithm: DigestAlgorithm, text: string): string =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex');

/** Parses `Digest name=value, …` into its fields, unquoted; undefined for another scheme. */
export function parseDigestFields(value: string): ReadonlyMap<string, string> | undefined {
  const scheme = /^\s*Digest\s+/i.exec(value);
  if (scheme === null) return undefined;
  const fields = new Map<string, string>();
  for (const part of splitOutside(value.slice(scheme[0].length), ',')) {
    const equals = part.indexOf('=');
    if (equals > 0) fields.set(part.slice(0, equals).trim().toLowerCase(), unquote(part.slice(equals + 1).trim()));
  }
  return fields;
}

const unquote = (text: string): string => (text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text);

/** The challenges of a 401 or 407 whose algorithm is known, in the order offered (RFC 8760 §2.3). */
export function challengesOf(response: SipMessage): DigestChallenge[] {
  const values = response.list(response.status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate');
  return values.flatMap((value) => {
    const fields = parseDigestFields(value);
    const algorithm = (fields?.get('algorithm') ?? 'MD5').toUpperCase();
    if (fields === undefined || (algorithm !== 'MD5' && algorithm !== 'SHA-256')) return [];
    return [
      {
        realm: fields.get('realm') ?? '',
        nonce: fields.get('nonce') ?? '',
        algorithm,
        qop: fields.get('qop'),
        opaque: fields.get('opaque'),
        stale: fields.get('stale')?.toLowerCase() === 'true',
      },
    ];
  });
}

interface DigestInput {
  readonly challenge: Pick<DigestChallenge, 'realm' | 'nonce' | 'algorithm' | 'qop'>;
  readonly username: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  readonly nc: string;
  readonly cnonce: string;
}

/** The `response` value of RFC 7616 §3.4.1, with qop=auth when the challenge offers qop. */
export function digestResponse(input: DigestInput): string {
  const { algorithm, realm, nonce, qop } = input.challenge;
  const ha1 = hash(algorithm, `${input.username}:${realm}:${input.password}`);
  const ha2 = hash(algorithm, `${input.method}:${input.uri}`);
  if (qop === undefined) return hash(algorithm, `${ha1}:${nonce}:${ha2}`);
  return hash(algorithm, `${ha1}:${nonce}:${input.nc}:${input.cnonce}:auth:${ha2}`);
}

/** Answers the challenges of one request and of its retries, counting the uses of each nonce. */
export class DigestClient {
  readonly #auth: AuthOptions;
  #triesLeft: number;
  #staleLeft = 1;
  #nc: number;
  /** The credentials last computed; undefined before the first. */
  last: Credentials | undefined;

  constructor(auth: AuthOptions) {
    this.#auth = auth;
    this.#triesLeft = auth.triesMax ?? 1;
    this.#nc = auth.nc ?? 1;
  }

  /** Credentials for the first request; undefined unless a challenge is reused. */
  first(method: string, uri: string): Credentials | undefined {
    const { reuse } = this.#auth;
    return reuse === undefined
      ? undefined
      : this.#compute(reuse, method === 'REGISTER' ? 'Authorization' : 'Proxy-Authorization', method, uri);
  }

  /** Credentials that answer a 401 or 407; undefined when no try is left or no challenge is known. */
  answer(response: SipMessage, method: string, uri: string): Credentials | undefined {
    if (response.status !== 401 && response.status !== 407) return undefined;
    const offered = challengesOf(response);
    const wanted = this.#auth.algorithm;
    const challenge = wanted === undefined ? offered[0] : offered.find(({ algorithm }) => algorithm === wanted);
    if (challenge === undefined || !this.#mayTry(challenge.stale)) return undefined;
    if (this.last?.challenge.nonce !== challenge.nonce) this.#nc = this.last === undefined ? (this.#auth.nc ?? 1) : 1;
    return this.#compute(challenge, response.status === 401 ? 'Authorization' : 'Proxy-Authorization', method, uri);
  }

  #mayTry(stale: boolean): boolean {
    if (stale && this.#staleLeft > 0) {
      this.#staleLeft -= 1;
      return true;
    }
    this.#triesLeft -= 1;
    return this.#triesLeft >= 0;
  }

  #compute(challenge: DigestChallenge, name: Credentials['name'], method: string, requestUri: string): Credentials {
    const { username, password } = this.#auth;
    const uri = this.#auth.digestUri ?? requestUri;
    const cnonce = this.#auth.cnonce ?? randomBytes(8).toString('hex');
    const nc = this.#nc.toString(16).padStart(8, '0');
    const response = digestResponse({ challenge, username, password, method, uri, nc, cnonce });
    const fields = [`username="${username}"`, `realm="${challenge.realm}"`, `nonce="${challenge.nonce}"`, `uri="${uri}"`];
    fields.push(`response="${response}"`, `algorithm=${challenge.algorithm}`);
    if (challenge.opaque !== undefined) fields.push(`opaque="${challenge.opaque}"`);
    if (challenge.qop !== undefined) fields.push('qop=auth', `nc=${nc}`, `cnonce="${cnonce}"`);
    this.last = { name, value: `Digest ${fields.join(', ')}`, challenge, nc: this.#nc };
    this.#nc += 1;
    return this.last;
  }
}

/** A challenge value as a server would send it, for parties that act as a carrier asking for credentials. */
export function challengeValue(challenge: Pick<DigestChallenge, 'realm' | 'nonce' | 'algorithm'>, stale = false): string {
  const { realm, nonce, algorithm } = challenge;
  return `Digest realm="${realm}", nonce="${nonce}", algorithm=${algorithm}, qop="auth"${stale ? ', stale=true' : ''}`;
}

/** Whether a request's credentials prove the password; false without credentials. */
export function provesPassword(request: SipMessage, password: string): boolean {
  const value = request.header(request.method === 'REGISTER' ? 'Authorization' : 'Proxy-Authorization');
  const fields = parseDigestFields(value);
  if (fields === undefined) return false;
  const field = (name: string): string => fields.get(name) ?? '';
  const algorithm = field('algorithm').toUpperCase() === 'SHA-256' ? 'SHA-256' : 'MD5';
  const challenge = { realm: field('realm'), nonce: field('nonce'), algorithm, qop: fields.get('qop') } as const;
  const input = { challenge, username: field('username'), password, method: request.method, uri: field('uri') };
  return digestResponse({ ...input, nc: field('nc'), cnonce: field('cnonce') }) === field('response');
}
