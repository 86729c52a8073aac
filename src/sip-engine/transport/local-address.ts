import { networkInterfaces } from 'node:os';
import type { LocalNetworks } from './local-networks.ts';

/** True for an address that means every interface. */
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';
/** True for addresses of this machine alone. */
export const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

const CACHE_MS = 5000;

/** Knows which address of ours a peer should use. */
export class LocalAddress {
  readonly #boundHost: string;
  readonly #external: string | undefined;
  readonly #local: LocalNetworks;
  #first: string | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(boundHost: string, external: string | undefined, local: LocalNetworks) {
    this.#boundHost = boundHost;
    this.#external = external;
    this.#local = local;
  }

  /** True when that peer is told the external address: it is neither local nor, for a listener on every interface, on loopback. */
  isOutside(peerAddress: string): boolean {
    if (this.#external === undefined || this.#local.has(peerAddress)) return false;
    return !(isLoopback(peerAddress) && isWildcard(this.#boundHost));
  }

  /** The external address, else the bound one, else the machine's first of that family; loopback peers see loopback. */
  towards(peerAddress: string): string {
    if (this.#external !== undefined && this.isOutside(peerAddress)) return this.#external;
    return this.inside(peerAddress);
  }

  /** As `towards`, never the external address. */
  inside(peerAddress: string): string {
    if (!isWildcard(this.#boundHost)) return this.#boundHost;
    const own = this.#boundHost === '::' ? '::1' : '127.0.0.1';
    return isLoopback(peerAddress) ? own : (this.#firstOutside() ?? own);
  }

  #firstOutside(): string | undefined {
    const now = performance.now();
    if (now - this.#readAt > CACHE_MS) {
      const family = this.#boundHost === '::' ? 'IPv6' : 'IPv4';
      const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
      this.#first = all.find((item) => item.family === family && !item.internal && !item.address.startsWith('fe80:'))?.address;
      this.#readAt = now;
    }
    return this.#first;
  }
}
