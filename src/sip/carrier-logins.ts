import { randomBytes } from 'node:crypto';
import { buildAuthorization, type DigestChallenge, pickChallenge } from '../domain/digest-client.ts';
import type { CarrierLogin } from '../domain/gateway-terms.ts';
import type { Logger } from '../kit/log.ts';
import type { ReceivedReply } from './sip-stack.ts';

/** A gateway that wants to know who we are. */
export interface CarrierPeer {
  readonly gatewayId: string;
  readonly login: CarrierLogin;
}

/** Which question a request answered: the nonce, and whether a proxy had asked; null: none. */
export type Answered = { readonly nonce: string; readonly proxy: boolean } | null;

/** Header fields of one request, and what they answer. */
export interface CarrierAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly answered: Answered;
}

interface Known {
  readonly challenge: DigestChallenge;
  readonly proxy: boolean;
  uses: number;
}

const KNOWN_MAX = 5000;
const NO_ANSWER: CarrierAnswer = { headers: {}, answered: null };

/**
 * Our logins at carriers (RFC 3261 §22.2, RFC 7616 §3.4). The last challenge of each gateway is kept, so that the next request comes with
 * an answer at once: one round trip less a call, until the carrier asks anew.
 */
export class CarrierLogins {
  readonly #open: (login: CarrierLogin) => string;
  readonly #log: Logger;
  readonly #known = new Map<string, Known>();

  /** `open` unseals a password; may throw: the request then goes without an answer, and the next gateway gets its turn. */
  constructor(open: (login: CarrierLogin) => string, log: Logger) {
    this.#open = open;
    this.#log = log;
  }

  /** What a request to this gateway answers it with; nothing where it asked nothing yet, or in a realm that is not meant any more. */
  answer(peer: CarrierPeer, method: string, uri: string): CarrierAnswer {
    const known = this.#known.get(keyOf(peer));
    if (known === undefined || !isMeant(known.challenge, peer.login)) return NO_ANSWER;
    const password = this.#password(peer);
    if (password === null) return NO_ANSWER;
    known.uses += 1;
    const request = { method, uri, nc: known.uses, cnonce: randomBytes(12).toString('hex') };
    const value = buildAuthorization(known.challenge, { username: peer.login.username, password }, request);
    const { proxy } = known;
    return { headers: { [proxy ? 'Proxy-Authorization' : 'Authorization']: value }, answered: { nonce: known.challenge.nonce, proxy } };
  }

  /**
   * Takes in the refusal of a request that answered the question `answered`; true: it is a challenge which that request did not answer,
   * and trying again is worth it. A carrier may ask by 401 and by 407 with one nonce: Kamailio's are equal within a second. What others
   * have learnt meanwhile says nothing: calls that leave together may all get one nonce.
   */
  learn(peer: CarrierPeer, reply: Pick<ReceivedReply, 'status' | 'header'> | null, answered: Answered): boolean {
    if (reply === null || (reply.status !== 401 && reply.status !== 407)) return false;
    const proxy = reply.status === 407;
    const field = reply.header(proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate') ?? '';
    const challenge = pickChallenge(field, peer.login.realm ?? null);
    if (challenge === null) return false;
    const key = keyOf(peer);
    const had = this.#known.get(key)?.challenge;
    const isSame = had?.nonce === challenge.nonce && had.realm === challenge.realm;
    // A count begun anew would be a replay of those that others have sent with this nonce (RFC 7616 §3.4).
    const uses = isSame ? (this.#known.get(key)?.uses ?? 0) : 0;
    // Kept whatever becomes of it; the nonce that was answered, and not for its age, says that the password is wrong.
    this.#remember(key, { challenge, proxy, uses });
    return challenge.nonce !== answered?.nonce || proxy !== answered.proxy || challenge.stale;
  }

  #password({ gatewayId, login }: CarrierPeer): string | null {
    try {
      return this.#open(login);
    } catch (error) {
      this.#log.error('the password for a gateway cannot be unsealed', { gatewayId, error: String(error) });
      return null;
    }
  }

  #remember(key: string, known: Known): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= KNOWN_MAX && oldest !== undefined) this.#known.delete(oldest);
    this.#known.delete(key);
    this.#known.set(key, known);
  }
}

const keyOf = ({ gatewayId, login }: CarrierPeer): string => `${gatewayId} ${login.username}`;

const isMeant = ({ realm }: DigestChallenge, login: CarrierLogin): boolean =>
  login.realm === undefined || login.realm.toLowerCase() === realm.toLowerCase();
