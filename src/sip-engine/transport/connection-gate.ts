import type { Socket } from 'node:net';
import type { Listener } from './listener.ts';
import { sourceKey } from './source-key.ts';

/** How many peers may be connected to us. */
export interface GateLimits {
  /** Streams both ways; of these a tenth is kept for those we open. */
  readonly connectionsMax: number;
  /** From one IPv4 address or IPv6 /64. */
  readonly connectionsPerSourceMax: number;
}

/** Lets sockets in as they are accepted, before TLS or HTTP costs anything. */
export class ConnectionGate {
  readonly #limits: GateLimits;
  readonly #bySource = new Map<string, number>();
  readonly #sockets = new Set<Socket>();
  readonly #refused: (listener: Listener, why: 'banned' | 'limit' | 'source_limit') => void;
  readonly #outgoing: () => number;
  readonly #banned: (address: string) => boolean;

  constructor(
    limits: GateLimits,
    outgoing: () => number,
    refused: (listener: Listener, why: 'banned' | 'limit' | 'source_limit') => void,
    banned: (address: string) => boolean,
  ) {
    this.#limits = limits;
    this.#outgoing = outgoing;
    this.#refused = refused;
    this.#banned = banned;
  }

  /** True when the socket may stay; else it is closed already. Its place is free again when it closes. */
  admit(socket: Socket, listener: Listener): boolean {
    const { remoteAddress } = socket;
    const source = remoteAddress === undefined ? '' : sourceKey(remoteAddress);
    const inboundMax = Math.ceil(this.#limits.connectionsMax * 0.9);
    const full = this.#sockets.size >= inboundMax || this.#sockets.size + this.#outgoing() >= this.#limits.connectionsMax;
    const crowded = (this.#bySource.get(source) ?? 0) >= this.#limits.connectionsPerSourceMax;
    socket.on('error', () => {});
    const banned = remoteAddress !== undefined && this.#banned(remoteAddress);
    if (banned || full || crowded || remoteAddress === undefined) {
      this.#refused(listener, banned ? 'banned' : full ? 'limit' : 'source_limit');
      socket.destroy();
      return false;
    }
    this.#sockets.add(socket);
    this.#bySource.set(source, (this.#bySource.get(source) ?? 0) + 1);
    socket.once('close', () => this.#release(socket, source));
    return true;
  }

  /** True while a further stream may be opened by us. */
  get roomToConnect(): boolean {
    return this.#sockets.size + this.#outgoing() < this.#limits.connectionsMax;
  }

  /** Closes what was let in, half-made connections included. */
  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #release(socket: Socket, source: string): void {
    this.#sockets.delete(socket);
    const left = (this.#bySource.get(source) ?? 1) - 1;
    if (left === 0) this.#bySource.delete(source);
    else this.#bySource.set(source, left);
  }
}
