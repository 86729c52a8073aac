import type { Scheduler, Timer } from './scheduler.ts';

/** Calls `send` at growing intervals: first after `firstMs`, doubling up to `maxMs`, until stopped. */
export class Retransmission {
  readonly #scheduler: Scheduler;
  readonly #maxMs: number;
  readonly #send: () => void;
  #intervalMs: number;
  #timer: Timer | undefined;

  constructor(scheduler: Scheduler, firstMs: number, maxMs: number, send: () => void) {
    this.#scheduler = scheduler;
    this.#intervalMs = firstMs;
    this.#maxMs = maxMs;
    this.#send = send;
    this.#arm();
  }

  /** From now on at the longest interval (RFC 3261 §17.1.2.2, Proceeding). */
  slowDown(): void {
    this.#intervalMs = this.#maxMs;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#scheduler.after(this.#intervalMs, () => {
      this.#intervalMs = Math.min(2 * this.#intervalMs, this.#maxMs);
      this.#arm();
      this.#send();
    });
  }
}
