import { isUtf8 } from 'node:buffer';
import type { RawData, WebSocket } from 'ws';
import type { Protocol } from '../../kit/sip-names/sip-transport.ts';
import { parseDatagram } from '../message/parse-message.ts';
import type { CloseReason, Connection, ConnectionEvents, ConnectionFacts, ConnectionLimits } from './connection.ts';
import type { Listener } from './listener.ts';
import { Liveness } from './liveness.ts';
import type { Peer } from './peer.ts';

/** One SIP stream over a WebSocket (RFC 7118): a message of the socket is a SIP message or a keep-alive. */
export class WsConnection implements Connection {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
  readonly listener: Listener;
  readonly inbound = true;
  readonly serverName = undefined;
  readonly openedAt = performance.now();
  readonly #socket: WebSocket;
  readonly #limits: ConnectionLimits;
  readonly #events: ConnectionEvents;
  readonly #liveness: Liveness;
  readonly #peer: Peer;
  #closed = false;
  #why: CloseReason | undefined;

  /** `socket` is open. */
  constructor(
    socket: WebSocket,
    facts: Omit<ConnectionFacts, 'inbound' | 'serverName'>,
    limits: ConnectionLimits,
    events: ConnectionEvents,
  ) {
    ({ protocol: this.protocol, address: this.address, port: this.port, listener: this.listener } = facts);
    this.#socket = socket;
    this.#limits = limits;
    this.#events = events;
    this.#peer = { protocol: facts.protocol, address: facts.address, port: facts.port, connection: this, listener: facts.listener };
    this.#liveness = new Liveness(limits, 'always', true, performance.now());
    socket.on('message', (data) => this.#received(data));
    // A peer behind a browser cannot be called again once this is closed, so its pong counts as use of the connection.
    socket.on('pong', () => this.#alive());
    socket.on('ping', () => this.#alive());
    socket.on('error', () => {
      this.#why ??= 'reset';
    });
    socket.on('close', () => {
      if (this.#closed) return;
      this.#closed = true;
      this.#events.closed(this, this.#why ?? 'closed');
    });
  }

  get open(): boolean {
    return !this.#closed && this.#socket.readyState === this.#socket.OPEN;
  }

  /** Nobody is called by it for another's name. */
  proves(): boolean {
    return false;
  }

  send(bytes: Buffer, failed?: (why: string) => void): void {
    if (!this.open) return void failed?.('connection closed');
    if (this.#socket.bufferedAmount + bytes.length > this.#limits.tcpBacklogBytesMax) {
      this.destroy('backlog');
      return void failed?.('peer reads too slowly');
    }
    this.#liveness.used(performance.now());
    // Browsers take text more readily; bytes that are no UTF-8 may only go as binary (RFC 7118 §5).
    this.#socket.send(bytes, { binary: !isUtf8(bytes) }, (error) => {
      if (error !== undefined && error !== null) failed?.('connection closed');
    });
  }

  tend(now: number): void {
    const verdict = this.#liveness.look(now);
    if (verdict === 'ping') this.#socket.ping();
    else if (verdict !== 'fine') this.destroy(verdict);
  }

  unanswered(): void {
    if (this.#liveness.unanswered()) this.destroy('silent');
  }

  destroy(why: CloseReason = 'closed'): void {
    this.#why ??= why;
    this.#socket.terminate();
  }

  #alive(): void {
    const now = performance.now();
    this.#liveness.heard(now);
    this.#liveness.used(now);
    this.#liveness.ponged();
  }

  #received(data: RawData): void {
    const now = performance.now();
    this.#liveness.heard(now);
    this.#liveness.used(now);
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);
    if (isKeepAlive(bytes)) {
      if (bytes.length === 4 && this.open) this.#socket.send('\r\n', () => {});
      return;
    }
    const parsed = parseDatagram(bytes, this.#limits);
    if (parsed.kind === 'garbage') this.#events.garbage(parsed.why);
    else {
      this.#liveness.spoke(now);
      this.#events.message(parsed, this.#peer);
    }
  }
}

/** CRLFCRLF or CRLF in a message of their own: some clients keep alive as on TCP. */
const isKeepAlive = (bytes: Buffer): boolean => bytes.length <= 4 && (bytes.equals(DOUBLE) || bytes.equals(SINGLE) || bytes.length === 0);
const DOUBLE = Buffer.from('\r\n\r\n');
const SINGLE = Buffer.from('\r\n');
