import type { Socket } from 'node:net';
import type { Logger } from '../kit/log.ts';
import { ALLOW_NEW } from './replies.ts';
import type {
  InviteHandle,
  InviteListener,
  OutgoingInvite,
  OutgoingRequest,
  ReceivedReply,
  SipDeadlines,
  SipHandlers,
  SipHeaders,
  SipServer,
} from './sip-stack.ts';
import { askServer } from './srf-ask.ts';
import { SrfConnection } from './srf-connection.ts';
import { hangUpForeign, probeDialog } from './srf-hang-up.ts';
import { sendLean } from './srf-lean.ts';
import { LeftBehind } from './srf-left-behind.ts';
import { createSrf, type SrfHandler, type SrfReplier, type SrfRequest, UNSERVED_VERBS } from './srf-library.ts';
import { askTrace, isOwnEngine, tellBans } from './srf-operate.ts';
import { originate } from './srf-originate.ts';
import { SrfReceived } from './srf-received.ts';
import { SrfReceivedInvite } from './srf-received-invite.ts';
import { toSrf } from './srf-text.ts';

/** Where a SIP server listens for applications. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  /** What bindings and legs call it; its address when absent. */
  readonly name?: string;
}

const VERBS = ['invite', 'register', 'options', ...UNSERVED_VERBS];
const RETRY_MS_MAX = 2000;
const PINGS_UNANSWERED_MAX = 3;

/** Connects to one SIP server through drachtio-srf and stays connected until closed. */
export class SrfServer implements SipServer {
  readonly name: string;
  addresses: readonly string[] = [];
  readonly #connection: SrfConnection;
  readonly #handlers: SipHandlers;
  readonly #pinger: NodeJS.Timeout;
  readonly #left = new LeftBehind();
  #pingsUnanswered = 0;
  readonly #routed = new Set(VERBS);
  #closed = false;
  #ownEngine = false;

  constructor(address: ServerAddress, handlers: SipHandlers, deadlines: SipDeadlines, log: Logger) {
    this.name = address.name ?? `${address.host}:${address.port}`;
    this.#handlers = handlers;
    this.#connection = new SrfConnection(createSrf(), log.child({ sipServer: this.name }), deadlines);
    this.#listen();
    const { host, port, secret } = address;
    // Its own pings are sent but never evaluated (W:274), so ours replace them.
    const reconnect = { retryMaxDelay: RETRY_MS_MAX };
    this.#connection.srf.connect({ host, port, secret, enablePing: false, pingInterval: deadlines.pingMs, reconnect });
    sendLean(this.#connection.srf.app.client);
    this.#connection.srf.app.client.wp.on('msg', () => {
      this.#pingsUnanswered = 0;
    });
    this.#pinger = setInterval(() => this.#ping(), deadlines.pingMs);
    this.#pinger.unref();
  }

  get connected(): boolean {
    return this.#connection.socket !== undefined;
  }

  originate(invite: OutgoingInvite, listener: InviteListener): InviteHandle {
    return originate(this.#connection, invite, listener);
  }

  hangUpForeign(dialogId: string): Promise<'ended' | 'unknown' | 'away'> {
    return hangUpForeign(this.#connection, dialogId);
  }

  probe(dialogId: string): Promise<'there' | 'gone' | 'away'> {
    return probeDialog(this.#connection, dialogId);
  }

  ask(request: OutgoingRequest, deadlineMs: number): Promise<ReceivedReply | null> {
    return askServer(this.#connection, request, deadlineMs);
  }

  ping(uri: string, nextHop: string, headers: SipHeaders): void {
    this.#connection.send(this.#connection.socket, { method: 'OPTIONS', uri, proxy: nextHop, ...toSrf({ headers }) }, () => {});
  }

  async trace(sipCallIds: readonly string[]): Promise<string | null> {
    return this.#ownEngine ? askTrace(this.#connection, sipCallIds) : null;
  }

  async ban(bans: Parameters<SipServer['ban']>[0]): Promise<boolean> {
    return !this.#ownEngine || tellBans(this.#connection, bans);
  }

  removeRoutes(which: 'all' | 'all_but_register'): void {
    for (const verb of this.#routed) {
      if (verb === 'register' && which !== 'all') continue;
      this.#routed.delete(verb);
      this.#connection.safely('remove route', () => this.#connection.srf.app.client.removeRoute(verb));
    }
    // Said now, not at the end of the turn: whoever waits for the drain counts on it.
    for (const socket of this.#connection.srf.app.client.mapServer.keys()) socket.uncork();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#pinger);
    const { wp, mapServer } = this.#connection.srf.app.client;
    wp.closing = true;
    const retry = wp.reconnectVars?.retryTimer;
    if (retry) clearTimeout(retry);
    for (const socket of mapServer.keys()) {
      socket.end();
      setTimeout(() => socket.destroy(), 500).unref();
    }
  }

  #listen(): void {
    const { srf, log } = this.#connection;
    srf.use((request, response, next) => this.#inDialog(request, response, next));
    srf.invite((request, response) => this.#invite(request, response));
    srf.register((request, response) => this.#handlers.register(new SrfReceived(this.#connection, request, response)));
    srf.options((request, response) => this.#handlers.options(new SrfReceived(this.#connection, request, response)));
    // Without a route the server answers 503, upon which a peer takes the whole server for broken (RFC 3263 §4.3).
    const refuse: SrfHandler = (request, response) =>
      new SrfReceived(this.#connection, request, response).reply(405, { headers: { Allow: ALLOW_NEW } });
    for (const verb of UNSERVED_VERBS) srf[verb](refuse);
    srf.on('connect', (error, hostports, version) => this.#connected(error, hostports, version));
    srf.on('close', (socket) => this.#lost(socket));
    // Without a listener this event ends the process (defect 9).
    srf.on('error', (error) => log.warn('connection to the SIP server failed', { error: String(error) }));
  }

  /** Requests of dialogs go to them; one whose dialog is gone gets 481 here, because the library would answer 404 or nothing. */
  #inDialog(request: SrfRequest, response: SrfReplier, next: () => void): void {
    const id = request.stackDialogId;
    if (id === undefined || id === '' || request.method === 'PRACK') {
      next();
      return;
    }
    const dialog = this.#connection.dialogs.get(id);
    if (dialog !== undefined) {
      this.#connection.safely(request.method, () => dialog.receive(request, response));
      return;
    }
    if (request.method === 'ACK') return;
    const received = new SrfReceived(this.#connection, request, response);
    // Nobody takes what comes before the answer (RFC 3311 §5.2 says the same of UPDATE); 481 would end the call (RFC 3261 §12.2.1.2).
    if (this.#isEarly(request, received.callId)) received.reply(500, { headers: { 'Retry-After': '2' } });
    else received.reply(481);
  }

  #isEarly({ stackDialogId = '', socket, method }: SrfRequest, callId: string): boolean {
    if (method === 'BYE') return false;
    const { early, srf } = this.#connection;
    return early.has(stackDialogId) || srf.app.client.mapServer.get(socket)?.pendingNetworkInvites.has(callId) === true;
  }

  #invite(request: SrfRequest, response: SrfReplier): void {
    const invite = new SrfReceivedInvite(this.#connection, this, request, response);
    this.#connection.safely('INVITE', () => this.#handlers.invite(invite));
  }

  #connected(error: unknown, hostports: string | undefined, version: string | undefined): void {
    if (this.#closed) return;
    if (error) {
      this.#connection.log.error('the SIP server refused the secret', { error: String(error) });
      return;
    }
    this.#ownEngine = isOwnEngine(version);
    this.#pingsUnanswered = 0;
    this.addresses = (hostports ?? '').split(',').filter((text) => text !== '');
    this.#connection.log.info('connected to the SIP server', { addresses: this.addresses });
    const { socket, srf } = this.#connection;
    this.#left.end(this.#connection);
    this.#left.begin(socket === undefined ? undefined : srf.app.client.mapServer.get(socket));
    this.#handlers.connection(this);
  }

  #lost(socket: Socket): void {
    this.addresses = [];
    if (!this.#closed) this.#left.note(this.#connection);
    this.#connection.lost(socket);
    if (this.#closed) return;
    this.#connection.log.warn('the connection to the SIP server is gone');
    this.#handlers.connection(this);
  }

  /** A peer that vanished without closing is noticed by silence; what it sends instead of a pong is as good. */
  #ping(): void {
    const { socket } = this.#connection;
    if (socket === undefined) return;
    if (this.#pingsUnanswered >= PINGS_UNANSWERED_MAX) {
      this.#connection.log.error('the SIP server does not answer pings');
      socket.destroy();
      return;
    }
    this.#pingsUnanswered += 1;
    this.#connection.safely('ping', () => this.#connection.srf.app.client.wp.send(socket, 'ping'));
  }
}
