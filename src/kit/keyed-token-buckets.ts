import { TokenBucket } from './token-bucket.ts';

const KEYS_MAX = 20_000;

/** One token bucket per key, such as a source address; bounded: the key not seen for longest is forgotten first. */
export class KeyedTokenBuckets {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #keysMax: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(perSecond: number, burst: number, keysMax = KEYS_MAX) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#keysMax = keysMax;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token of this key; false: it has none left. */
  take(key: string): boolean {
    return this.#bucket(key).take();
  }

  /** Whether this key has a token left. */
  allows(key: string): boolean {
    return this.#buckets.get(key)?.hasToken ?? true;
  }

  #bucket(key: string): TokenBucket {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#perSecond, this.#burst);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > this.#keysMax && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket;
  }
}
