import type { Socket } from 'node:net';
import type { Listener } from './listener.ts';

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
  readonly #refused: (listener: Listener, why: 'limit' | 'source_limit') => void;
  readonly #outgoing: () => number;

  constructor(limits: GateLimits, outgoing: () => number, refused: (listener: Listener, why: 'limit' | 'source_limit') => void) {
    this.#limits = limits;
    this.#outgoing = outgoing;
    this.#refused = refused;
  }

  /** True when the socket may stay; else it is closed already. Its place is free again when it closes. */
  admit(socket: Socket, listener: Listener): boolean {
    const { remoteAddress } = socket;
    const source = remoteAddress === undefined ? '' : sourceOf(remoteAddress);
    const inboundMax = Math.ceil(this.#limits.connectionsMax * 0.9);
    const full = this.#sockets.size >= inboundMax || this.#sockets.size + this.#outgoing() >= this.#limits.connectionsMax;
    const crowded = (this.#bySource.get(source) ?? 0) >= this.#limits.connectionsPerSourceMax;
    socket.on('error', () => {});
    if (full || crowded || remoteAddress === undefined) {
      this.#refused(listener, full ? 'limit' : 'source_limit');
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

/** An IPv6 site has a /64 at least: single addresses of it mean nothing. */
function sourceOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  return [...front, ...zeros, ...back].slice(0, 4).join(':');
}
