import { readAuthParams } from './auth-params.ts';
import { computeHa1, type DigestAlgorithm, digestResponse } from './digest.ts';

/** What a server asks for (RFC 7616 §3.3), as far as we can answer it. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: DigestAlgorithm;
  readonly opaque: string | null;
  /** False: the legacy form (RFC 2069), which some carriers still speak. */
  readonly qop: boolean;
  /** True: the password was right and the nonce too old. */
  readonly stale: boolean;
}

const CHALLENGES_MAX = 8;
const FIELD_MAX = 4096;

/** Cuts a field into its challenges: several fields of one name arrive joined by commas. */
function cutChallenges(field: string): string[] {
  const starts: number[] = [];
  let quoted = false;
  for (let at = 0; at < field.length && starts.length < CHALLENGES_MAX; at += 1) {
    const char = field[at];
    if (char === '\\' && quoted) at += 1;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && field.slice(at, at + 7).toLowerCase() === 'digest ' && /^[\s,]*$/.test(field.slice(Math.max(0, at - 1), at))) {
      starts.push(at);
    }
  }
  return starts.map((start, index) => field.slice(start, starts[index + 1]).replace(/[\s,]+$/, ''));
}

function readChallenge(text: string): DigestChallenge | null {
  const read = readAuthParams(text);
  if (!read.ok) return null;
  const { realm, nonce, ...rest } = read.value;
  const name = (rest['algorithm'] ?? 'MD5').toUpperCase();
  const algorithm = name === 'MD5' || name === 'SHA-256' ? name : null;
  const offered = rest['qop']?.split(',').map((one) => one.trim().toLowerCase());
  if (realm === undefined || nonce === undefined || algorithm === null) return null;
  if (offered !== undefined && !offered.includes('auth')) return null;
  const stale = rest['stale']?.toLowerCase() === 'true';
  return { realm, nonce, algorithm, opaque: rest['opaque'] ?? null, qop: offered !== undefined, stale };
}

/** The challenge to answer: the strongest of those we can, in the realm that is meant (null: any); null: there is none (RFC 8760 §2.4). */
export function pickChallenge(field: string, realm: string | null): DigestChallenge | null {
  const read = cutChallenges(field.slice(0, FIELD_MAX)).flatMap((text) => readChallenge(text) ?? []);
  const ours = read.filter((one) => realm === null || one.realm.toLowerCase() === realm.toLowerCase());
  return ours.find(({ algorithm }) => algorithm === 'SHA-256') ?? ours[0] ?? null;
}

const quoted = (text: string): string => `"${text.replaceAll(/[\\"]/g, (char) => `\\${char}`)}"`;

/** The value of Authorization or Proxy-Authorization for one request; `nc` counts the uses of the nonce from 1. */
export function buildAuthorization(
  challenge: DigestChallenge,
  login: { readonly username: string; readonly password: string },
  request: { readonly method: string; readonly uri: string; readonly nc: number; readonly cnonce: string },
): string {
  const { realm, nonce, algorithm, opaque } = challenge;
  const nc = request.nc.toString(16).padStart(8, '0');
  const { username, password } = login;
  const answer = { username, realm, nonce, uri: request.uri, algorithm, qop: challenge.qop ? { nc, cnonce: request.cnonce } : null };
  const response = digestResponse(answer, request.method, computeHa1(username, realm, password));
  const parts = [`username=${quoted(username)}`, `realm=${quoted(realm)}`, `nonce=${quoted(nonce)}`, `uri=${quoted(request.uri)}`];
  parts.push(`response="${response}"`, `algorithm=${algorithm}`);
  if (opaque !== null) parts.push(`opaque=${quoted(opaque)}`);
  if (challenge.qop) parts.push('qop=auth', `nc=${nc}`, `cnonce=${quoted(request.cnonce)}`);
  return `Digest ${parts.join(', ')}`;
}
