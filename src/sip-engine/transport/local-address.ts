import { networkInterfaces } from 'node:os';

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';
const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

const CACHE_MS = 5000;

/** Knows which address of ours a peer should use. */
export class LocalAddress {
  readonly #boundHost: string;
  readonly #external: string | undefined;
  #first: string | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(boundHost: string, external: string | undefined) {
    this.#boundHost = boundHost;
    this.#external = external;
  }

  /** The external address, else the bound one, else the machine's first of that family; loopback peers see loopback. */
  towards(peerAddress: string): string {
    const wildcard = isWildcard(this.#boundHost);
    const loopback = isLoopback(peerAddress);
    if (this.#external !== undefined && !(loopback && wildcard)) return this.#external;
    if (!wildcard) return this.#boundHost;
    const own = this.#boundHost === '::' ? '::1' : '127.0.0.1';
    return loopback ? own : (this.#firstOutside() ?? own);
  }

  #firstOutside(): string | undefined {
    const now = performance.now();
    if (now - this.#readAt > CACHE_MS) {
      const family = this.#boundHost === '::' ? 'IPv6' : 'IPv4';
      const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
      this.#first = all.find((item) => item.family === family && !item.internal)?.address;
      this.#readAt = now;
    }
    return this.#first;
  }
}
