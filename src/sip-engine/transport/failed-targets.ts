import { hostPort, type Peer } from './peer.ts';

const TARGETS_MAX = 1000;

/** Targets that failed lately: they are tried last for a while (RFC 3263 §4.3), so that not every call waits for the dead one. */
export class FailedTargets {
  readonly #keepMs: number;
  readonly #now: () => number;
  readonly #until = new Map<string, number>();

  constructor(keepMs: number, now: () => number = () => performance.now()) {
    this.#keepMs = keepMs;
    this.#now = now;
  }

  get size(): number {
    return this.#until.size;
  }

  failed(peer: Peer): void {
    if (this.#keepMs === 0) return;
    this.#until.delete(keyOf(peer));
    if (this.#until.size >= TARGETS_MAX) this.#until.delete(this.#until.keys().next().value ?? '');
    this.#until.set(keyOf(peer), this.#now() + this.#keepMs);
  }

  answered(peer: Peer): void {
    if (this.#until.size > 0) this.#until.delete(keyOf(peer));
  }

  /** The same targets, those that failed last. */
  order(peers: readonly Peer[]): readonly Peer[] {
    if (this.#until.size === 0 || peers.length < 2) return peers;
    const good = peers.filter((peer) => !this.has(peer));
    return good.length === peers.length ? peers : [...good, ...peers.filter((peer) => this.has(peer))];
  }

  /** True while the target is avoided. */
  has(peer: Peer): boolean {
    const until = this.#until.get(keyOf(peer));
    if (until === undefined) return false;
    if (until > this.#now()) return true;
    this.#until.delete(keyOf(peer));
    return false;
  }
}

const keyOf = ({ protocol, address, port }: Peer): string => `${protocol}|${hostPort(address, port)}`;
