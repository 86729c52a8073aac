/** The running timers of one party, so that closing it can end and count them all. */
export class TimerSet {
  readonly #running = new Set<NodeJS.Timeout>();

  get size(): number {
    return this.#running.size;
  }

  /** Runs `work` once after `ms`; the answer ends the timer and may be called at any time. */
  after(ms: number, work: () => void): () => void {
    const timer = setTimeout(() => {
      this.#running.delete(timer);
      work();
    }, ms);
    this.#running.add(timer);
    return () => {
      clearTimeout(timer);
      this.#running.delete(timer);
    };
  }

  clear(): void {
    for (const timer of this.#running) clearTimeout(timer);
    this.#running.clear();
  }
}
