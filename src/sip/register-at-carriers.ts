import type { GatewayHealthStore, RegistrationState } from '../app/ports/gateway-health.ts';
import { parseAddressList } from '../domain/address-list.ts';
import { parseContactUri } from '../domain/contact-uri.ts';
import { newId } from '../kit/ids.ts';
import type { Logger } from '../kit/log.ts';
import type { CarrierLogins, CarrierPeer } from './carrier-logins.ts';
import { SERVER } from './replies.ts';
import type { ReceivedReply, SipHeaders, SipServer } from './sip-stack.ts';
import type { TargetGuard } from './target-guard.ts';
import { type NextHop, nextHopUri, type TargetResolver } from './targets.ts';
import { askInTurn, type WatchedGateway } from './watched-gateways.ts';

export interface CarrierRegisterDeps {
  readonly resolver: TargetResolver;
  readonly guard: TargetGuard;
  readonly logins: CarrierLogins;
  readonly store: Pick<GatewayHealthStore, 'saveRegistration'>;
  readonly log: Logger;
}

/** One registration of ours; a registrar tells its requests by Call-ID and CSeq (RFC 3261 §10.2). */
interface Kept {
  gateway: WatchedGateway;
  readonly callId: string;
  readonly tag: string;
  cseq: number;
  dueAt: number;
  /** The SIP server it was made through, whose address the carrier has. */
  by: string;
  expiresSeconds: number;
}

const ANSWER_MS = 8000;
const RETRY_MS = 30_000;
const TRIES_MAX = 3;
const EXPIRES_SECONDS_MAX = 86_400;

/** Registers at the carriers that want it and renews in time (RFC 3261 §10.2); one agent does so for all. */
export class CarrierRegistrations {
  readonly #deps: CarrierRegisterDeps;
  readonly #kept = new Map<string, Kept>();
  readonly #running = new Set<string>();

  constructor(deps: CarrierRegisterDeps) {
    this.#deps = deps;
  }

  /** Starts what is due, and takes back what is not wanted any more. */
  round(gateways: readonly WatchedGateway[], server: SipServer, nowMs: number): void {
    const wanted = new Map(gateways.filter(isWanted).map((gateway) => [keyOf(gateway), gateway]));
    for (const [key, kept] of this.#kept) {
      if (wanted.has(key) || this.#running.has(key)) continue;
      this.#kept.delete(key);
      this.#start(key, () => this.#send(kept, server, 0).then(() => {}));
    }
    for (const [key, gateway] of wanted) {
      const kept = this.#kept.get(key) ?? fresh(gateway);
      this.#kept.set(key, kept);
      if (this.#running.has(key)) continue;
      // Its login may be another now: calls use that one at once, and what is registered with the old one is not renewed with it. Nor
      // does the carrier reach us at a SIP server that is gone, or came back elsewhere.
      if (secretOf(kept.gateway) !== secretOf(gateway) || kept.by !== placeOf(server)) kept.dueAt = 0;
      kept.by = placeOf(server);
      kept.gateway = gateway;
      if (kept.dueAt > nowMs) continue;
      kept.dueAt = nowMs + RETRY_MS;
      this.#start(key, () => this.#renew(kept, server));
    }
  }

  /** Another agent took over: it registers anew, and nothing is to be taken back. */
  clear(): void {
    this.#kept.clear();
  }

  #start(key: string, work: () => Promise<void>): void {
    this.#running.add(key);
    void work()
      .catch((error: unknown) => this.#deps.log.warn('a registration at a carrier failed', { error: String(error) }))
      .finally(() => this.#running.delete(key));
  }

  async #renew(kept: Kept, server: SipServer): Promise<void> {
    const { gatewayId, trunkGroupId } = kept.gateway;
    const reply = await this.#send(kept, server, kept.expiresSeconds);
    const isGood = reply !== null && reply.status >= 200 && reply.status < 300;
    const seconds = isGood ? grantedSeconds(reply, kept) : 0;
    // Half a minute before its end, and at the latest after four fifths of it, so that one lost answer does no harm.
    if (isGood) kept.dueAt = performance.now() + Math.max(seconds * 500, Math.min(seconds * 800, seconds * 1000 - 30_000));
    const at = Date.now();
    const status = reply === null ? 'no_response' : String(reply.status);
    const state: RegistrationState = {
      gatewayId,
      trunkGroupId,
      state: isGood ? 'registered' : 'failed',
      status,
      at,
      expiresAt: at + seconds * 1000,
    };
    if (!isGood) this.#deps.log.warn('a carrier did not take our registration', { trunkGroupId, gatewayId, status });
    await this.#deps.store.saveRegistration(state);
  }

  async #send(kept: Kept, server: SipServer, expiresSeconds: number): Promise<ReceivedReply | null> {
    const { gateway } = kept;
    if (gateway.terms.login === undefined) return null;
    return await askInTurn(gateway, server, this.#deps, (hop) => this.#sendTo(hop, kept, server, expiresSeconds));
  }

  /** One address of the registrar, until it has nothing more to ask. */
  async #sendTo(hop: NextHop, kept: Kept, server: SipServer, expiresSeconds: number): Promise<ReceivedReply | null> {
    const { gatewayId, terms, uri } = kept.gateway;
    const { login } = terms;
    if (login === undefined) return null;
    const peer: CarrierPeer = { gatewayId, login };
    const registrar = registrarOf(uri);
    let expires = expiresSeconds;
    for (let tries = 1; ; tries += 1) {
      kept.cseq += 1;
      const answer = this.#deps.logins.answer(peer, 'REGISTER', registrar.uri);
      const headers = { ...fieldsOf(kept, login.username, registrar.host, expires), ...answer.headers };
      const reply = await server.ask({ method: 'REGISTER', uri: registrar.uri, nextHop: nextHopUri(hop), headers }, ANSWER_MS);
      const shortest = reply?.status === 423 ? Number(reply.header('Min-Expires')) : Number.NaN;
      if (tries >= TRIES_MAX) return reply;
      // RFC 3261 §10.2.8: too short for this registrar.
      if (Number.isInteger(shortest) && shortest > expires && shortest <= EXPIRES_SECONDS_MAX) {
        expires = shortest;
        kept.expiresSeconds = shortest;
      } else if (!this.#deps.logins.learn(peer, reply, answer.answered)) return reply;
    }
  }
}

function fieldsOf({ tag, callId, cseq }: Kept, username: string, host: string, expires: number): SipHeaders {
  const own = `sip:${encodeURIComponent(username)}@`;
  return {
    From: `<${own}${host}>;tag=${tag}`,
    To: `<${own}${host}>`,
    'Call-ID': callId,
    CSeq: `${cseq} REGISTER`,
    Contact: `<${own}localhost>;expires=${expires}`,
    Expires: String(expires),
    'Max-Forwards': '70',
    'User-Agent': SERVER,
  };
}

const isWanted = ({ terms }: WatchedGateway): boolean => terms.registerSeconds !== undefined && terms.login !== undefined;

/** Another user name or place is another registration. */
const keyOf = ({ gatewayId, uri, terms }: WatchedGateway): string =>
  `${gatewayId} ${uri} ${terms.login?.username ?? ''} ${terms.registerSeconds ?? ''}`;

const secretOf = ({ terms: { login } }: WatchedGateway): string => `${login?.sealedPassword ?? ''} ${login?.realm ?? ''}`;

/** What a Contact of ours is at. */
const placeOf = ({ name, addresses }: Pick<SipServer, 'name' | 'addresses'>): string => [name, ...addresses].join(' ');

const fresh = (gateway: WatchedGateway): Kept => ({
  gateway,
  by: '',
  callId: newId(),
  tag: newId(),
  cseq: 0,
  dueAt: 0,
  expiresSeconds: gateway.terms.registerSeconds ?? 0,
});

/** RFC 3261 §10.2: the Request-URI of a REGISTER has no user part. */
function registrarOf(uri: string): { readonly uri: string; readonly host: string } {
  const scheme = uri.slice(0, uri.indexOf(':'));
  const rest = uri.slice(uri.lastIndexOf('@') + 1 || scheme.length + 1);
  const host = parseContactUri(uri)?.host ?? '';
  return { uri: `${scheme}:${rest}`, host: host.includes(':') ? `[${host}]` : host };
}

/** What the registrar granted our contact: its own parameter before the field for all (RFC 3261 §10.2.4). */
function grantedSeconds(reply: ReceivedReply, { gateway, expiresSeconds }: Kept): number {
  const user = encodeURIComponent(gateway.terms.login?.username ?? '');
  const contacts = parseAddressList(reply.header('Contact') ?? '', 32) ?? [];
  const ours = contacts.find(({ uri }) => parseContactUri(uri)?.user === user) ?? contacts[0];
  const seconds = Number(ours?.params['expires'] ?? reply.header('Expires') ?? expiresSeconds);
  return Number.isInteger(seconds) && seconds > 0 && seconds <= EXPIRES_SECONDS_MAX ? seconds : expiresSeconds;
}
