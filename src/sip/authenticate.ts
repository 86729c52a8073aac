import type { AuthCheck, CallerAuthentication } from '../app/calls/incoming-call.ts';
import { algorithmsFor, type DigestAnswer, type Ha1, nonceCountOf, parseDigest, verifyDigest } from '../domain/digest.ts';
import { digestUriHost } from '../domain/digest-uri.ts';
import { checkNonce, holderMark, nonceHolder, nonceId } from '../domain/nonce.ts';
import { type CredentialRecord, recordRef } from '../domain/records.ts';
import { banAddressOf } from '../domain/sip-ban.ts';
import type { OwnHosts } from './own-hosts.ts';
import type { ReceivedRequest } from './sip-stack.ts';

export type DigestPolicy = 'md5' | 'sha256' | 'both';

/** What checking digests needs; nonces are signed with a key all agents share (decision C14). */
export interface AuthenticateDeps {
  readonly hosts: OwnHosts;
  readonly nonceKey: Uint8Array;
  readonly nonceLifetimeMs: number;
  readonly digest: DigestPolicy;
  /** Opens the sealed HA1s of a credential; null when they cannot be opened. */
  readonly openHa1: (record: CredentialRecord) => Ha1 | null;
  /** Nobody's login, whose HA1s are opened where there is none, so that an unknown user costs what a known one does. */
  readonly standIn: CredentialRecord;
  /** Real time in ms: nonces outlive no test clock. */
  readonly now: () => number;
}

/** A digest answer that came with a request. `offer` is what the next challenge offers, known after `check`. */
export interface ReceivedCredentials extends CallerAuthentication {
  readonly offer: DigestPolicy;
  readonly failed: boolean;
  readonly passed: boolean;
  /**
   * Whom the nonce was given to: who answers for a wrong digest. An address alone would not do: over UDP anybody's can be forged, and
   * wrong digests in its name would lock it out. null: it is none of ours, and so no password is tried out by it.
   */
  readonly holder: string | null;
  /** The request came from where the nonce was sent to: whoever it is hears us there. */
  readonly proven: boolean;
}

/** What failures are counted by: one IPv4 address or IPv6 /64. */
export const siteOf = ({ sourceIp }: ReceivedRequest): string => banAddressOf(sourceIp) ?? sourceIp;

// One request may carry credentials for several realms; more than this is no client.
const CREDENTIALS_MAX = 4;

/** Several fields of one name were joined by commas; a scheme name behind a comma outside quotes begins the next. */
function splitCredentials(field: string): string[] {
  const parts: string[] = [];
  let quoted = false;
  let from = 0;
  for (let at = 0; at < field.length && parts.length < CREDENTIALS_MAX; at += 1) {
    const char = field[at];
    if (char === '\\' && quoted) at += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted && /^\s{0,8}digest\s/i.test(field.slice(at + 1, at + 17))) {
      parts.push(field.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(field.slice(from));
  return parts;
}

/** The credentials for a realm of ours: null where there are none, `malformed` where they cannot be read. */
export function readCredentials(request: ReceivedRequest, deps: AuthenticateDeps): ReceivedCredentials | null | 'malformed' {
  const field = request.header(request.method === 'REGISTER' ? 'Authorization' : 'Proxy-Authorization');
  if (field === undefined) return null;
  let malformed = false;
  for (const part of splitCredentials(field)) {
    const answer = parseDigest(part.trim());
    // Basic and others are for somebody else; so are realms that are not ours.
    if (!answer.ok) malformed ||= answer.error === 'malformed';
    else if (deps.hosts.isRealm(answer.value.realm)) return checker(answer.value, request, deps);
  }
  return malformed ? 'malformed' : null;
}

function checker(answer: DigestAnswer, request: ReceivedRequest, deps: AuthenticateDeps): ReceivedCredentials {
  let offer = deps.digest;
  let failed = false;
  let passed = false;
  const freshness = checkNonce(deps.nonceKey, answer.nonce, deps.now(), deps.nonceLifetimeMs);
  const holder = freshness === 'forged' ? null : nonceHolder(answer.nonce);
  return {
    holder,
    proven: holder !== null && holder === holderMark(deps.nonceKey, siteOf(request)),
    credential: recordRef.credential(answer.realm, answer.username),
    get offer() {
      return offer;
    },
    get failed() {
      return failed;
    },
    get passed() {
      return passed;
    },
    check(record) {
      const verdict = judge(answer, request.method, freshness, record, deps);
      offer = verdict.offer;
      failed = verdict.check.fact.result === 'wrong';
      passed = verdict.check.fact.result === 'valid';
      return verdict.check;
    },
  };
}

/** One way through the code for every user, known or not, so that time tells nothing (decision C14). */
function judge(
  answer: DigestAnswer,
  method: string,
  freshness: ReturnType<typeof checkNonce>,
  record: CredentialRecord | null,
  deps: AuthenticateDeps,
) {
  const { realm, username, nonce } = answer;
  const opened = deps.openHa1(record ?? deps.standIn);
  const ha1 = record === null ? null : opened;
  const right = verifyDigest(answer, method, ha1);
  const host = digestUriHost(answer.uri);
  const offer = right && record?.digest ? record.digest : deps.digest;
  const result = verdictOf(right && host !== null && deps.hosts.has(host), freshness, algorithmsFor(offer).includes(answer.algorithm));
  const used = result === 'valid';
  const lifetimeSeconds = Math.ceil(deps.nonceLifetimeMs / 1000);
  // A nonce of an agent whose clock is ahead lives up to two lifetimes here.
  const use = used ? { id: nonceId(nonce), count: nonceCountOf(answer), ttlSeconds: 2 * lifetimeSeconds } : null;
  return { offer, check: { fact: { result, realm, username }, nonce: use } satisfies AuthCheck };
}

function verdictOf(right: boolean, freshness: 'valid' | 'expired' | 'forged', offered: boolean): 'valid' | 'stale' | 'wrong' {
  if (!right || freshness === 'forged') return 'wrong';
  // A weaker algorithm than this login wants, but the right password: ask again, with the right one.
  return freshness === 'valid' && offered ? 'valid' : 'stale';
}
