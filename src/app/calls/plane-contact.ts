/** How long ago the routing plane last answered, by a clock that never jumps; what is last-known-good ages by it (decision C10). */
export class PlaneContact {
  readonly #maxAgeMs: number;
  #goodAt = performance.now();

  constructor(maxAgeMs: number) {
    this.#maxAgeMs = maxAgeMs;
  }

  /** The plane answered just now. */
  good(): void {
    this.#goodAt = performance.now();
  }

  /** True while the local copy may still decide inbound calls by itself. */
  get isRecent(): boolean {
    return performance.now() - this.#goodAt <= this.#maxAgeMs;
  }
}
