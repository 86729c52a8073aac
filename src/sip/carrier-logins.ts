import { randomBytes } from 'node:crypto';
import { buildAuthorization, type DigestChallenge, pickChallenge } from '../domain/digest-client.ts';
import type { CarrierLogin } from '../domain/gateway-terms.ts';
import type { ReceivedReply } from './sip-stack.ts';

/** A gateway that wants to know who we are. */
export interface CarrierPeer {
  readonly gatewayId: string;
  readonly login: CarrierLogin;
}

interface Known {
  readonly challenge: DigestChallenge;
  readonly proxy: boolean;
  uses: number;
}

const KNOWN_MAX = 5000;

/**
 * Our logins at carriers (RFC 3261 §22.2, RFC 7616 §3.4). The last challenge of each gateway is kept, so that the next request comes with
 * an answer at once: one round trip less a call, until the carrier asks anew.
 */
export class CarrierLogins {
  readonly #open: (login: CarrierLogin) => string;
  readonly #known = new Map<string, Known>();

  /** `open` unseals a password; may throw: the request then goes without an answer. */
  constructor(open: (login: CarrierLogin) => string) {
    this.#open = open;
  }

  /** The header fields that answer what this gateway asked last; none where it asked nothing yet. */
  fields(peer: CarrierPeer, method: string, uri: string): Readonly<Record<string, string>> {
    const known = this.#known.get(keyOf(peer));
    if (known === undefined) return {};
    known.uses += 1;
    const request = { method, uri, nc: known.uses, cnonce: randomBytes(12).toString('hex') };
    const value = buildAuthorization(known.challenge, { username: peer.login.username, password: this.#open(peer.login) }, request);
    return { [known.proxy ? 'Proxy-Authorization' : 'Authorization']: value };
  }

  /** Takes in a refusal; true: it is a challenge that was not answered yet, and trying again is worth it. */
  learn(peer: CarrierPeer, reply: Pick<ReceivedReply, 'status' | 'header'> | null): boolean {
    if (reply === null || (reply.status !== 401 && reply.status !== 407)) return false;
    const proxy = reply.status === 407;
    const field = reply.header(proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate') ?? '';
    const challenge = pickChallenge(field, peer.login.realm ?? null);
    const key = keyOf(peer);
    const had = this.#known.get(key);
    if (challenge === null) return false;
    // Kept whatever becomes of it; the same nonce again, and not for its age, says that the password is wrong.
    this.#remember(key, { challenge, proxy, uses: 0 });
    return had?.challenge.nonce !== challenge.nonce || challenge.stale;
  }

  #remember(key: string, known: Known): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= KNOWN_MAX && oldest !== undefined) this.#known.delete(oldest);
    this.#known.delete(key);
    this.#known.set(key, known);
  }
}

const keyOf = ({ gatewayId, login }: CarrierPeer): string => `${gatewayId} ${login.username}`;
