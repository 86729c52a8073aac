interface Waiter {
  readonly go: () => void;
}

/**
 * Calls that wait for the plane. One of them asks each `everyMs`, first come first; as soon as the plane answered anybody all of them
 * ask. Were each to ask by itself, an outage of seconds would be thousands of decisions made for nothing, and the agent too busy to
 * notice that the plane is back.
 */
export class WaitLine {
  readonly #everyMs: number;
  readonly #waiting = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  get length(): number {
    return this.#waiting.size;
  }

  /** Resolves when this call is the one to ask, when the plane answered, or after `ms`. */
  turn(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(() => this.#leave(waiter), ms);
      const waiter = {
        go: (): void => {
          clearTimeout(late);
          resolve();
        },
      };
      this.#waiting.add(waiter);
      this.#timer ??= setTimeout(() => this.#next(), this.#everyMs);
    });
  }

  /** The plane answered somebody. */
  answered(): void {
    for (const waiter of this.#waiting) this.#leave(waiter);
  }

  #next(): void {
    this.#timer = undefined;
    const [first] = this.#waiting;
    if (first !== undefined) this.#leave(first);
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#next(), this.#everyMs);
  }

  #leave(waiter: Waiter): void {
    if (!this.#waiting.delete(waiter)) return;
    if (this.#waiting.size === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    waiter.go();
  }
}
