import { defaultPort, hostPort } from '../../kit/sip-names/sip-transport.ts';
import type { Parsed } from '../message/parse-message.ts';
import { type CommonView, type Misfit, type RequestView, readRequest } from '../message/read-request.ts';
import { type ResponseView, readResponse } from '../message/read-response.ts';
import type { SipMessage } from '../message/sip-message.ts';
import { MAGIC_COOKIE } from '../message/via.ts';
import { isReliable, type Peer } from '../transport/peer.ts';
import { InviteClient, type InviteClientEvents } from './invite-client.ts';
import { InviteServer } from './invite-server.ts';
import { NonInviteClient, type NonInviteClientEvents } from './non-invite-client.ts';
import { NonInviteServer } from './non-invite-server.ts';
import type { Outgoing, TransactionDeps } from './transaction-deps.ts';

/** A server transaction of either kind. */
export type ServerTransaction = InviteServer | NonInviteServer;

/** The layer above: gets what is new, never a retransmission. */
export interface TransactionUser {
  request(view: RequestView, transaction: ServerTransaction, from: Peer): void;
  /** An ACK that belongs to no non-2xx answer. */
  acknowledgement(view: RequestView, from: Peer): void;
  /** A request that must be refused without state. */
  misfit(message: SipMessage & { kind: 'request' }, misfit: Misfit, from: Peer): void;
  /** A response that matches no transaction. */
  strayResponse(view: ResponseView, from: Peer): void;
  /** The INVITE of `transaction` came again behind our 2xx. */
  repeatedAfterAccept(transaction: ServerTransaction): void;
  ended(transaction: ServerTransaction): void;
  /** Whether a request that is none of a transaction is taken, answered 503, or left unanswered; who does not take it counts it. */
  admits(view: RequestView, from: Peer): 'take' | 'refuse' | 'ignore';
  received(method: string, status: number | '', from: Peer): void;
  drop(reason: string): void;
}

/** Matches messages to transactions (RFC 3261 §17.1.3, §17.2.3) and owns their tables. */
export class TransactionLayer {
  readonly #deps: TransactionDeps;
  readonly #user: TransactionUser;
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #clients = new Map<string, InviteClient | NonInviteClient>();

  /** Requests that came again. */
  repeats = 0;
  /** How many there ever were, by `side|kind`. */
  readonly begun = new Map<string, number>();

  constructor(deps: TransactionDeps, user: TransactionUser) {
    this.#deps = deps;
    this.#user = user;
  }

  get size(): number {
    return this.#servers.size + this.#clients.size;
  }

  /** Takes one message off the wire. */
  receive(parsed: Parsed & { kind: 'message' }, from: Peer): void {
    if (parsed.message.kind === 'request') this.#request(parsed, from);
    else this.#response(parsed, from);
  }

  /** The INVITE server transaction a CANCEL aims at by branch and sent-by, if any (RFC 3261 §9.2). */
  findInvite(cancel: RequestView): InviteServer | undefined {
    const found = this.#servers.get(serverKey(cancel, cancel.message.uri, 'INVITE'));
    return found?.kind === 'invite' ? found : undefined;
  }

  /** Sends an INVITE with the given branch and watches over it; `timeoutMs` is a Timer B of its own. */
  startInvite(branch: string, request: Outgoing, to: Peer, events: InviteClientEvents, timeoutMs?: number): InviteClient {
    this.#count('client|invite');
    const key = `${branch}|INVITE`;
    const client = new InviteClient(this.#deps, request, to, events, () => this.#clients.delete(key), timeoutMs);
    this.#clients.set(key, client);
    client.start();
    return client;
  }

  /** Sends any other request with the given branch and watches over it; `timeoutMs` is a Timer F of its own. */
  startRequest(branch: string, request: Outgoing, to: Peer, events: NonInviteClientEvents, timeoutMs?: number): NonInviteClient {
    this.#count('client|other');
    const key = `${branch}|${request.method}`;
    const client = new NonInviteClient(this.#deps, request, to, events, () => this.#clients.delete(key), timeoutMs);
    this.#clients.set(key, client);
    client.start();
    return client;
  }

  /** Forgets every transaction. */
  stop(): void {
    for (const transaction of [...this.#servers.values(), ...this.#clients.values()]) transaction.terminate();
  }

  #request(parsed: Parsed & { kind: 'message' }, from: Peer): void {
    const { message } = parsed;
    if (message.kind !== 'request') return;
    this.#user.received(message.method, '', from);
    const read = readRequest(message, parsed.fault, parsed.version);
    if (!read.ok) {
      this.#user.misfit(message, read.error, from);
      return;
    }
    const view = read.value;
    if (message.method === 'ACK') {
      this.#ack(view, from);
      return;
    }
    const key = serverKey(view, message.uri, message.method);
    const known = this.#servers.get(key);
    if (known !== undefined) {
      this.repeats += 1;
      known.retransmitted();
      return;
    }
    const admitted = this.#user.admits(view, from);
    if (admitted !== 'take') {
      if (admitted === 'refuse') this.#user.misfit(message, { status: 503, reason: 'Service Unavailable' }, from);
      return;
    }
    // RFC 3261 §18.2.2: when the stream is closed, the answer goes to the sent-by port.
    const back = isReliable(from.protocol) ? { ...from, returnPort: view.via.port ?? defaultPort(from.protocol) } : from;
    const transaction = this.#createServer(key, message.method, back);
    try {
      this.#user.request(view, transaction, back);
    } catch (error) {
      // An INVITE has no timer before its final answer: it would stay in the table for ever.
      transaction.terminate();
      throw error;
    }
  }

  #createServer(key: string, method: string, from: Peer): ServerTransaction {
    this.#count(method === 'INVITE' ? 'server|invite' : 'server|other');
    const ended = (): void => {
      this.#servers.delete(key);
      this.#user.ended(transaction);
    };
    const transaction: ServerTransaction =
      method === 'INVITE'
        ? new InviteServer(this.#deps, from, { ended, repeatedAfterAccept: () => this.#user.repeatedAfterAccept(transaction) })
        : new NonInviteServer(this.#deps, from, ended);
    this.#servers.set(key, transaction);
    return transaction;
  }

  #count(what: string): void {
    this.begun.set(what, (this.begun.get(what) ?? 0) + 1);
  }

  #ack(view: RequestView, from: Peer): void {
    const known = this.#servers.get(serverKey(view, view.message.uri, 'INVITE'));
    if (known?.kind === 'invite' && known.acknowledged()) return;
    this.#user.acknowledgement(view, from);
  }

  #response(parsed: Parsed & { kind: 'message' }, from: Peer): void {
    const { message } = parsed;
    if (message.kind !== 'response') return;
    const read = readResponse(message, parsed.fault);
    if (!read.ok) {
      this.#user.drop('bad_response');
      return;
    }
    const view = read.value;
    this.#user.received(view.cseqMethod, message.status, from);
    const client = this.#clients.get(`${view.via.branch}|${view.cseqMethod}`);
    // RFC 3261 §8.1.3.3: a response with a second Via is not for us, unless we have passed its request on.
    if (client?.relays !== true && message.headers.reduce((count, line) => (line.id === 'via' ? count + 1 : count), 0) > 1) {
      this.#user.drop('foreign_via');
      return;
    }
    if (client === undefined) this.#user.strayResponse(view, from);
    else client.receive(view, from);
  }
}

function serverKey(view: CommonView, uri: string, method: string): string {
  const { via } = view;
  if (via.branch.length > MAGIC_COOKIE.length && via.branch.startsWith(MAGIC_COOKIE))
    return `${via.branch}|${hostPort(via.host.toLowerCase(), via.port ?? 5060)}|${method}`;
  // RFC 3261 §17.2.3, for peers older than the magic cookie or without anything behind it (RFC 4475 §3.2.1).
  return `2543|${view.callId}|${view.fromTag}|${view.cseq}|${uri}|${view.viaLine}|${method}`;
}
