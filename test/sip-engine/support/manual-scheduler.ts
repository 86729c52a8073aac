import type { Scheduler, Timer } from '../../../src/sip-engine/transaction/scheduler.ts';

/** A scheduler whose time a test moves by hand. */
export class ManualScheduler implements Scheduler {
  #now = 0;
  readonly #waiting = new Set<{ readonly at: number; readonly run: () => void }>();

  get size(): number {
    return this.#waiting.size;
  }

  after(delayMs: number, run: () => void): Timer {
    const entry = { at: this.#now + delayMs, run };
    this.#waiting.add(entry);
    return { cancel: () => void this.#waiting.delete(entry) };
  }

  /** Moves time forward, running what becomes due in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#waiting].filter((entry) => entry.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#waiting.delete(due);
      this.#now = due.at;
      due.run();
    }
    this.#now = until;
  }
}
