import { TokenBucket } from '../app/calls/token-bucket.ts';

const SOURCES_MAX = 20_000;

/** One token bucket per source address, bounded: the address not seen for longest is forgotten first. */
export class SourceLimits {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /** Takes a token of this address; false: it has none left. */
  take(ip: string): boolean {
    return this.#bucket(ip).take();
  }

  /** Whether this address has a token left. */
  allows(ip: string): boolean {
    return this.#buckets.get(ip)?.hasToken ?? true;
  }

  #bucket(ip: string): TokenBucket {
    const bucket = this.#buckets.get(ip) ?? new TokenBucket(this.#perSecond, this.#burst);
    this.#buckets.delete(ip);
    this.#buckets.set(ip, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > SOURCES_MAX && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket;
  }
}
