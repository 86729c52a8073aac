import { randomInt } from 'node:crypto';
import { Retransmission } from '../transaction/retransmission.ts';
import type { Timer } from '../transaction/scheduler.ts';
import type { Core } from './core.ts';

/** Reliable provisional answers of one INVITE: one at a time, each repeated until its PRACK (RFC 3262 §3). */
export class ReliableProvisionals {
  readonly #core: Core;
  readonly #unacknowledged: () => void;
  readonly #queue: { readonly rseq: number | undefined; readonly send: () => void }[] = [];
  #nextRseq = randomInt(1, 0x7fff_ffff);
  #current: { readonly rseq: number; readonly again: Retransmission; readonly deadline: Timer } | undefined;

  /** `unacknowledged` is called when a PRACK does not come within 64*T1. */
  constructor(core: Core, unacknowledged: () => void) {
    this.#core = core;
    this.#unacknowledged = unacknowledged;
  }

  /** The RSeq for the next reliable answer. */
  takeRseq(): number {
    this.#nextRseq += 1;
    return this.#nextRseq - 1;
  }

  /** Sends a reliable answer now or when the one before is acknowledged. */
  enqueue(rseq: number, send: () => void): void {
    this.#queue.push({ rseq, send });
    this.#advance();
  }

  /** Runs `send` at once, or behind the reliable answers that still wait: a final answer must not overtake them. */
  afterwards(send: () => void): void {
    this.#queue.push({ rseq: undefined, send });
    this.#advance();
  }

  /** True when a PRACK with this RSeq names the answer that waits. */
  acknowledges(rseq: number): boolean {
    return this.#current?.rseq === rseq;
  }

  /** A PRACK came. */
  acknowledged(rseq: number): void {
    if (this.#current?.rseq !== rseq) return;
    this.#clear();
    this.#advance();
  }

  stop(): void {
    this.#queue.length = 0;
    this.#clear();
  }

  #clear(): void {
    this.#current?.again.stop();
    this.#current?.deadline.cancel();
    this.#current = undefined;
  }

  #advance(): void {
    while (this.#current === undefined) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      if (next.rseq !== undefined) this.#watch(next.rseq, next.send);
      next.send();
    }
  }

  #watch(rseq: number, send: () => void): void {
    const { scheduler, timers, tally } = this.#core;
    // Doubles without a cap (RFC 3262 §3).
    const again = new Retransmission(scheduler, timers.t1Ms, timers.ackTimeoutMs, () => {
      tally.retransmissions += 1;
      send();
    });
    const deadline = scheduler.after(timers.ackTimeoutMs, () => {
      this.stop();
      this.#unacknowledged();
    });
    this.#current = { rseq, again, deadline };
  }
}
