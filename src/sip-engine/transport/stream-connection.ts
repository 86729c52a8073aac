import type { Socket } from 'node:net';
import type { Protocol } from '../../kit/sip-names/sip-transport.ts';
import { isCertifiedFor } from './certified-name.ts';
import type { CloseReason, Connection, ConnectionEvents, ConnectionFacts, ConnectionLimits, LostRequest } from './connection.ts';
import type { Listener } from './listener.ts';
import { Liveness } from './liveness.ts';
import type { Peer } from './peer.ts';
import { RecentRequests } from './recent-requests.ts';
import { StreamFramer } from './stream-framer.ts';

const PING = Buffer.from('\r\n\r\n');
const PONG = Buffer.from('\r\n');
/** Requests younger than this are sent again elsewhere when their stream breaks. */
const RECENT_MS = 4000;

/** One SIP stream over TCP or TLS: frames what comes in, keeps itself alive, closes when idle, broken, silent or too slow to read. */
export class StreamConnection implements Connection {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
  readonly listener: Listener;
  readonly inbound: boolean;
  readonly serverName: string | undefined;
  readonly openedAt = performance.now();
  readonly #socket: Socket;
  readonly #limits: ConnectionLimits;
  readonly #events: ConnectionEvents;
  readonly #framer: StreamFramer;
  readonly #liveness: Liveness;
  readonly #recent = new RecentRequests(RECENT_MS);
  #waiting: LostRequest[] = [];
  #ready: boolean;
  #closed = false;
  #why: CloseReason | undefined;
  #messageSince: number | undefined;
  #written = { bytes: 0, at: 0 };

  /** `socket` is connected (and secured), or will say so by `readyEvent`. */
  constructor(
    socket: Socket,
    readyEvent: 'connect' | 'secureConnect' | undefined,
    facts: ConnectionFacts,
    limits: ConnectionLimits,
    events: ConnectionEvents,
  ) {
    ({ protocol: this.protocol, address: this.address, port: this.port, listener: this.listener } = facts);
    ({ inbound: this.inbound, serverName: this.serverName } = facts);
    this.#socket = socket;
    this.#limits = limits;
    this.#events = events;
    this.#ready = readyEvent === undefined;
    this.#liveness = new Liveness(limits, facts.inbound ? 'never' : 'learn', facts.inbound, this.openedAt);
    this.#framer = this.#createFramer();
    socket.setNoDelay(true);
    if (limits.keepAliveMs > 0) socket.setKeepAlive(true, limits.keepAliveMs);
    socket.on('data', (chunk) => this.#received(chunk));
    socket.on('error', () => {
      this.#why ??= this.#ready ? 'reset' : 'connect_failed';
    });
    socket.on('close', () => this.#gone());
    if (readyEvent !== undefined) socket.once(readyEvent, () => this.#opened());
  }

  get open(): boolean {
    return !this.#closed && !this.#socket.destroyed && this.#socket.writable;
  }

  proves(name: string): boolean {
    return isCertifiedFor(this.#socket, name);
  }

  send(bytes: Buffer, failed?: (why: string) => void): void {
    if (!this.open) return void failed?.('connection closed');
    if (this.#socket.writableLength + bytes.length > this.#limits.tcpBacklogBytesMax) {
      this.destroy('backlog');
      return void failed?.('peer reads too slowly');
    }
    const now = performance.now();
    this.#liveness.used(now);
    if (failed !== undefined) {
      if (this.#ready) this.#recent.add({ bytes, failed }, false, now);
      else this.#waiting.push({ bytes, failed });
    }
    this.#socket.write(bytes);
  }

  tend(now: number): void {
    if (!this.#ready) {
      if (now - this.openedAt >= this.#limits.tcpConnectMs) this.destroy('connect_failed');
      return;
    }
    this.#recent.expire(now);
    if (this.#messageSince !== undefined && now - this.#messageSince >= this.#limits.tcpMessageMs) this.destroy('stalled');
    else if (this.#isStuck(now)) this.destroy('stalled');
    else {
      const verdict = this.#liveness.look(now);
      if (verdict === 'ping') this.#socket.write(PING);
      else if (verdict !== 'fine') this.destroy(verdict);
    }
  }

  unanswered(): void {
    if (this.#liveness.unanswered()) this.destroy('silent');
  }

  destroy(why: CloseReason = 'closed'): void {
    this.#why ??= why;
    this.#socket.destroy();
  }

  #createFramer(): StreamFramer {
    const { protocol, address, port, listener, serverName } = this;
    const from: Peer = { protocol, address, port, connection: this, listener, serverName };
    return new StreamFramer(this.#limits, {
      message: (parsed) => {
        this.#messageSince = undefined;
        this.#liveness.spoke(performance.now());
        this.#events.message(parsed, from);
      },
      ping: () => {
        this.#liveness.used(performance.now());
        if (this.#socket.writableLength < this.#limits.tcpBacklogBytesMax) this.#socket.write(PONG);
      },
      broken: (why) => {
        this.#events.garbage(why);
        this.#why ??= 'unframeable';
        this.#socket.end();
      },
    });
  }

  #received(chunk: Buffer): void {
    const now = performance.now();
    const answersPing = this.#liveness.awaitsPong && chunk.equals(PONG) && !this.#framer.holding;
    this.#liveness.heard(now);
    this.#recent.heard();
    if (answersPing) {
      this.#liveness.ponged();
      return;
    }
    this.#framer.push(chunk);
    this.#messageSince = this.#framer.holding ? (this.#messageSince ?? now) : undefined;
  }

  /** Bytes wait to leave and none has moved for too long: the peer is gone or does not read. */
  #isStuck(now: number): boolean {
    if (this.#socket.writableLength === 0 || this.#written.bytes !== this.#socket.bytesWritten - this.#socket.writableLength) {
      this.#written = { bytes: this.#socket.bytesWritten - this.#socket.writableLength, at: now };
      return false;
    }
    return now - this.#written.at >= this.#limits.tcpStallMs;
  }

  #opened(): void {
    const now = performance.now();
    this.#ready = true;
    for (const request of this.#waiting.splice(0)) this.#recent.add(request, true, now);
    this.#liveness.heard(now);
    this.#liveness.used(now);
  }

  #gone(): void {
    if (this.#closed) return;
    this.#closed = true;
    const why = this.#why ?? (this.#ready ? 'closed' : 'connect_failed');
    for (const { failed } of this.#waiting.splice(0)) failed('connection failed');
    this.#events.closed(this, why);
    for (const request of this.#recent.take()) {
      if (!request.first) this.#events.lost(request, this);
      // A peer that closes in order may have read it and answer by another stream.
      else if (why !== 'closed') request.failed('connection broke');
    }
  }
}
