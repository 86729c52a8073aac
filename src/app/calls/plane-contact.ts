import { WaitLine } from './wait-line.ts';

// The agent's seconds against those of Redis: clocks of machines run apart by less than this, and code takes a moment to run.
const DRIFT = 1.02;
const MARGIN_MS = 50;
/** A reply may have taken this long; so much earlier it stops again. */
const TRANSIT_MS = 2000;
const ASK_MS = 200;

/**
 * How long ago the routing plane last answered, by a clock that never jumps; what is last-known-good ages by it (decision C10).
 * It also keeps this agent's promise to the fence around changes of holder: that until `promiseMs` after a time it had from Redis it
 * lets nobody in but by Redis (decision C4).
 */
export class PlaneContact {
  /** Calls that wait until the plane answers. */
  readonly line = new WaitLine(ASK_MS);
  readonly #maxAgeMs: number;
  readonly #promiseMs: number;
  #goodAt = performance.now();
  #promisedAt = 0;
  #isKnown: boolean;

  /** Without `promiseMs` nobody is promised anything. */
  constructor(maxAgeMs: number, promiseMs = 0) {
    this.#maxAgeMs = maxAgeMs;
    this.#promiseMs = promiseMs;
    this.#isKnown = promiseMs === 0;
  }

  /** The plane answered just now. */
  good(): void {
    this.#goodAt = performance.now();
    this.line.answered();
  }

  /** A promise is about to be sent that rests on a time received at `receivedAt`. It binds from now on, whether it arrives or not. */
  promise(receivedAt: number): void {
    this.#promisedAt = Math.max(this.#promisedAt, receivedAt);
  }

  /** The fence has heard of this agent: it will miss it. */
  known(): void {
    this.#isKnown = true;
  }

  /** True while the local copy is young enough to decide by. */
  get isRecent(): boolean {
    return performance.now() - this.#goodAt <= this.#maxAgeMs;
  }

  /** In how many ms this agent may let calls in by its own copy; 0: now; null: not at all. */
  get aloneInMs(): number | null {
    if (!this.isRecent || !this.#isKnown) return null;
    if (this.#promiseMs === 0) return 0;
    const silentMs = performance.now() - this.#promisedAt;
    if (silentMs > this.#promiseMs + Math.max(0, this.#maxAgeMs - TRANSIT_MS)) return null;
    return Math.max(0, this.#promiseMs * DRIFT + MARGIN_MS - silentMs);
  }
}
