import { sourceKey } from '../transport/source-key.ts';

/** A source nobody listens to for a while. */
export interface Ban {
  readonly address: string;
  readonly remainingMs: number;
}

/** Longest list an application may give. */
export const BANS_MAX = 20_000;

/** Sources whose new work is not answered, by IPv4 address or IPv6 /64, as applications told it; each ends by itself. */
export class BanList {
  readonly #now: () => number;
  readonly #until = new Map<string, number>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get size(): number {
    this.#forgetOver();
    return this.#until.size;
  }

  /** Puts these in the place of all, or beside them. */
  set(bans: readonly Ban[], how: 'all' | 'more'): void {
    if (how === 'all') this.#until.clear();
    else this.#forgetOver();
    for (const { address, remainingMs } of bans) {
      if (this.#until.size >= BANS_MAX) return;
      this.#until.set(sourceKey(address), this.#now() + remainingMs);
    }
  }

  has(address: string): boolean {
    if (this.#until.size === 0) return false;
    const until = this.#until.get(sourceKey(address));
    return until !== undefined && until > this.#now();
  }

  #forgetOver(): void {
    const now = this.#now();
    for (const [key, until] of this.#until) if (until <= now) this.#until.delete(key);
  }
}
