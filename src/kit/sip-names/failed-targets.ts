import { hostPort, type Target } from './sip-transport.ts';

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

  failed(target: Target): void {
    if (this.#keepMs === 0) return;
    this.#until.delete(keyOf(target));
    if (this.#until.size >= TARGETS_MAX) this.#until.delete(this.#until.keys().next().value ?? '');
    this.#until.set(keyOf(target), this.#now() + this.#keepMs);
  }

  answered(target: Target): void {
    if (this.#until.size > 0) this.#until.delete(keyOf(target));
  }

  /** The same targets, those that failed last. */
  order<T extends Target>(targets: readonly T[]): readonly T[] {
    if (this.#until.size === 0 || targets.length < 2) return targets;
    const good = targets.filter((target) => !this.has(target));
    return good.length === targets.length ? targets : [...good, ...targets.filter((target) => this.has(target))];
  }

  /** True while the target is avoided. */
  has(target: Target): boolean {
    const until = this.#until.get(keyOf(target));
    if (until === undefined) return false;
    if (until > this.#now()) return true;
    this.#until.delete(keyOf(target));
    return false;
  }
}

const keyOf = ({ protocol, address, port }: Target): string => `${protocol}|${hostPort(address, port)}`;
