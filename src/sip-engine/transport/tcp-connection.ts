import type { Socket } from 'node:net';
import type { MessageLimits } from '../message/message-limits.ts';
import type { Parsed } from '../message/parse-message.ts';
import type { Peer } from './peer.ts';
import { StreamFramer } from './stream-framer.ts';

/** Bounds of one connection. */
export interface ConnectionLimits extends MessageLimits {
  readonly tcpIdleMs: number;
  readonly tcpBacklogBytesMax: number;
  readonly tcpConnectMs: number;
}

/** What a connection reports. */
export interface ConnectionEvents {
  message(parsed: Parsed & { kind: 'message' }, from: Peer): void;
  broken(why: string): void;
  closed(connection: TcpConnection): void;
}

const PONG = Buffer.from('\r\n');

/** One SIP stream: frames what comes in, answers keep-alives, closes itself when idle, broken or too slow to read. */
export class TcpConnection {
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;
  readonly #limits: ConnectionLimits;
  readonly #waiting: ((why: string) => void)[] = [];
  #connected: boolean;
  #closed = false;

  /** `socket` is connected, or connecting to `address:port`. */
  constructor(socket: Socket, address: string, port: number, limits: ConnectionLimits, events: ConnectionEvents) {
    this.#socket = socket;
    this.address = address;
    this.port = port;
    this.#limits = limits;
    this.#connected = !socket.connecting;
    const from: Peer = { protocol: 'tcp', address, port, connection: this };
    const framer = new StreamFramer(limits, {
      message: (parsed) => events.message(parsed, from),
      ping: () => socket.write(PONG),
      broken: (why) => {
        events.broken(why);
        socket.end();
      },
    });
    socket.setNoDelay(true);
    socket.on('data', (chunk) => framer.push(chunk));
    socket.on('error', (error) => this.#fail(error.message));
    socket.on('close', () => {
      this.#closed = true;
      this.#fail('connection closed');
      events.closed(this);
    });
    socket.on('timeout', () => socket.destroy());
    socket.setTimeout(this.#connected ? limits.tcpIdleMs : limits.tcpConnectMs);
    socket.once('connect', () => this.#opened());
  }

  get open(): boolean {
    return !this.#closed && !this.#socket.destroyed && this.#socket.writable;
  }

  /** Writes a message; `failed` is called when it certainly did not leave. */
  send(bytes: Buffer, failed?: (why: string) => void): void {
    if (!this.open) return void failed?.('connection closed');
    if (this.#socket.writableLength + bytes.length > this.#limits.tcpBacklogBytesMax) {
      this.#socket.destroy();
      return void failed?.('peer reads too slowly');
    }
    if (!this.#connected && failed !== undefined) this.#waiting.push(failed);
    this.#socket.write(bytes);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #opened(): void {
    this.#connected = true;
    this.#waiting.length = 0;
    this.#socket.setTimeout(this.#limits.tcpIdleMs);
  }

  #fail(why: string): void {
    for (const failed of this.#waiting.splice(0)) failed(why);
  }
}
