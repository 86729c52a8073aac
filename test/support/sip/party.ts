import { parseSipUri } from './address.ts';
import { buildRequest, type ResponseParts } from './build-message.ts';
import { type MessageParts, token } from './core.ts';
import { type AuthOptions, DigestClient } from './digest.ts';
import { Dispatcher } from './dispatcher.ts';
import type { IncomingCall } from './incoming-call.ts';
import type { Mailbox } from './mailbox.ts';
import type { SipMessage } from './message.ts';
import { asUri, type InviteOptions, OutgoingCall } from './outgoing-call.ts';
import { PartyCore } from './party-core.ts';
import { Trace } from './trace.ts';
import { type Flow, type HostPort, openWire, type Transport, type Wire } from './wire.ts';

/** How a party is opened; the port is the kernel's choice unless given. */
export interface PartyOptions {
  readonly host?: string;
  readonly port?: number;
  /** The transport of its own requests and of `party.uri`; both are always served. */
  readonly transport?: Transport;
  readonly user?: string;
  /** Receives every line of the trace as it happens. */
  readonly log?: (line: string) => void;
  /** RFC 3261 T1 and T2; default 500 and 4000. */
  readonly t1Ms?: number;
  readonly t2Ms?: number;
  /** Timers B and F: how long a request without an answer is waited for; default 64 T1. */
  readonly giveUpMs?: number;
  /** Every request leaves to this hop, whatever its route (a lossy relay's front). */
  readonly outbound?: HostPort;
  /** The address written into Via and Contact (a lossy relay's back). */
  readonly advertise?: HostPort;
  /** False: no TCP listener, and TCP connections leave from the party's own port. */
  readonly listenTcp?: boolean;
}

/** A request outside of any call. */
export interface LooseRequest extends MessageParts {
  readonly target: HostPort;
  /** The Request-URI; default the target's address. */
  readonly uri?: string;
  readonly to?: string;
  readonly from?: string;
  readonly transport?: Transport;
  readonly auth?: AuthOptions;
  readonly timeoutMs?: number;
}

/** A scriptable SIP user agent on one loopback port over UDP and TCP, independent of the product's engine. */
export class Party {
  readonly host: string;
  readonly port: number;
  readonly transport: Transport;
  readonly user: string;
  readonly trace: Trace;
  /** Answers requests outside of calls; undefined leaves OPTIONS 200 and everything else 501. */
  onRequest: ((request: SipMessage) => ResponseParts | 'silent' | undefined) | undefined;
  readonly #wire: Wire;
  readonly #core: PartyCore;
  readonly #dispatcher: Dispatcher;
  readonly #invites: Mailbox<IncomingCall>;
  #onInvite: ((call: IncomingCall) => void) | undefined;

  constructor(wire: Wire, options: PartyOptions) {
    const { transport = 'udp', user = 'party', t1Ms = 500, t2Ms = 4000, giveUpMs = 64 * t1Ms, outbound } = options;
    const { host, port } = options.advertise ?? wire;
    this.host = host;
    this.port = port;
    this.transport = transport;
    this.user = user;
    this.trace = new Trace(`${user}:${port}`, options.log);
    this.#wire = wire;
    this.#core = new PartyCore(wire, this.trace, { host, port, user, t1Ms, t2Ms, giveUpMs, outbound });
    this.#invites = this.#core.mailbox();
    this.#dispatcher = new Dispatcher(this.#core, {
      invite: (call) => (this.#onInvite ?? ((unhandled) => this.#invites.push(unhandled)))(call),
      loose: (request) => this.onRequest?.(request),
    });
  }

  /** The address other parties call this one at. */
  get uri(): string {
    return `sip:${this.user}@${this.host}:${this.port}${this.transport === 'tcp' ? ';transport=tcp' : ''}`;
  }

  /** The socket's own address, which differs from `host` and `port` when another one is advertised. */
  get bound(): HostPort {
    return { host: this.#wire.host, port: this.#wire.port };
  }

  /** Rules of SIP the other side broke, in order. */
  get violations(): readonly string[] {
    return this.#core.violations;
  }

  /** Timers and sockets still open; 0 after `close`. */
  get openCount(): number {
    return this.#core.timers.size + this.#wire.openCount;
  }

  /** Places a call; it is on its way when this returns. */
  invite(options: InviteOptions): OutgoingCall {
    return new OutgoingCall(this.#core, options, (leg) => this.#dispatcher.addLeg(leg), options.transport ?? this.transport);
  }

  /** Calls `handler` for each INVITE from now on. */
  onInvite(handler: (call: IncomingCall) => void): void {
    this.#onInvite = handler;
  }

  /** The next INVITE nobody handled. */
  expectInvite(timeoutMs = 5000): Promise<IncomingCall> {
    return this.#invites.take('INVITE', timeoutMs);
  }

  /** INVITEs that arrived and were neither handled nor expected. */
  get unexpectedInvites(): readonly IncomingCall[] {
    return this.#invites.items;
  }

  /** Sends a request outside of any call and returns its final response, after credentials when `auth` is given. */
  async request(method: string, options: LooseRequest): Promise<SipMessage> {
    const digest = options.auth === undefined ? undefined : new DigestClient(options.auth);
    const flow = this.#core.flowTo({ ...options.target, transport: options.transport ?? this.transport });
    const uri = options.uri ?? `sip:${options.target.host}:${options.target.port}`;
    const from = `<${asUri(options.from ?? this.user, this)}>;tag=${token()}`;
    const base = { ...options, method, uri, from, to: `<${options.to ?? uri}>`, callId: `${token()}@${this.host}` };
    let credentials = digest?.first(method, uri);
    for (let cseq = 1; ; cseq += 1) {
      const authorization = credentials === undefined ? {} : { [credentials.name]: credentials.value };
      const parts = { cseq, via: this.#core.via(flow.transport), contact: this.#core.contact(flow.transport) };
      const request = buildRequest({ ...base, ...parts, headers: { ...authorization, ...options.headers } });
      const final = await this.#core.transact(request, flow, options.timeoutMs ?? 5000);
      credentials = digest?.answer(final, method, uri);
      if (credentials === undefined) return final;
    }
  }

  options(options: LooseRequest): Promise<SipMessage> {
    return this.request('OPTIONS', options);
  }

  /** Registers this party's contact for an address of record (URI); `expires` 0 removes it. */
  register(aor: string, options: LooseRequest & { readonly expires?: number }): Promise<SipMessage> {
    const headers = { Expires: String(options.expires ?? 3600), ...options.headers };
    const { host, port } = parseSipUri(aor);
    return this.request('REGISTER', { uri: `sip:${host}${port === undefined ? '' : `:${port}`}`, ...options, to: aor, from: aor, headers });
  }

  /** Sends bytes as they are; what comes back is in the trace. */
  async raw(bytes: Buffer | string, target: HostPort, transport: Transport = this.transport): Promise<void> {
    this.trace.note(`sent ${bytes.length} raw bytes to ${target.host}:${target.port}/${transport}`);
    await this.#wire.send(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, { ...target, transport });
  }

  /** The next message received from now on or already there that fits; it stays in the trace. */
  received(matches: (message: SipMessage) => boolean, timeoutMs = 5000): Promise<SipMessage> {
    return this.#core.received.see('a fitting message', timeoutMs, matches);
  }

  /** Breaks every TCP connection. */
  dropConnections(): void {
    this.#wire.dropConnections();
  }

  /** Ends every wait, timer and socket; rejects when anything of it is left. */
  async close(): Promise<void> {
    this.#core.stop();
    await this.#wire.close();
    this.#core.timers.clear();
    if (this.openCount > 0) throw new Error(`${this.openCount} timers or sockets of ${this.uri} are left`);
  }

  /** Bytes from the network, given by the wire. */
  receive(bytes: Buffer, flow: Flow): void {
    this.#dispatcher.receive(bytes, flow);
  }
}

/** Opens a party. Close it in the test's clean-up. */
export async function createParty(options: PartyOptions = {}): Promise<Party> {
  let party: Party | undefined;
  const wireOptions = { host: options.host ?? '127.0.0.1', port: options.port ?? 0, listenTcp: options.listenTcp ?? true };
  const wire = await openWire({ ...wireOptions, onBytes: (bytes, flow) => party?.receive(bytes, flow) });
  party = new Party(wire, options);
  return party;
}
