import type { Scheduler, Timer } from './scheduler.ts';

const TICK_MS = 10;
const SLOTS = 2048;

class Entry implements Timer {
  readonly #wheel: TimerWheel;
  run: (() => void) | undefined;
  previous: Entry | undefined;
  next: Entry | undefined;
  slot = 0;
  rounds = 0;

  constructor(wheel: TimerWheel, run: () => void) {
    this.#wheel = wheel;
    this.run = run;
  }

  cancel(): void {
    if (this.run !== undefined) this.#wheel.remove(this);
  }
}

/**
 * A hashed timer wheel of 10 ms ticks: starting and cancelling are O(1) however many of the 32 s timers of ended
 * transactions wait. One Node timer turns it, and only while something waits.
 */
export class TimerWheel implements Scheduler {
  readonly #slots: (Entry | undefined)[] = new Array<Entry | undefined>(SLOTS);
  readonly #now: () => number;
  readonly #report: (error: unknown) => void;
  #tick: number;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(report: (error: unknown) => void, now: () => number = () => performance.now()) {
    this.#report = report;
    this.#now = now;
    this.#tick = Math.floor(now() / TICK_MS);
  }

  get size(): number {
    return this.#size;
  }

  after(delayMs: number, run: () => void): Timer {
    const entry = new Entry(this, run);
    if (this.#size === 0) this.#tick = Math.floor(this.#now() / TICK_MS);
    const due = Math.max(this.#tick + 1, Math.ceil((this.#now() + delayMs) / TICK_MS));
    entry.slot = due % SLOTS;
    entry.rounds = Math.floor((due - this.#tick - 1) / SLOTS);
    const head = this.#slots[entry.slot];
    entry.next = head;
    if (head !== undefined) head.previous = entry;
    this.#slots[entry.slot] = entry;
    this.#size += 1;
    this.#timer ??= setTimeout(() => this.#turn(), TICK_MS);
    return entry;
  }

  remove(entry: Entry): void {
    entry.run = undefined;
    if (entry.previous === undefined) this.#slots[entry.slot] = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
    this.#size -= 1;
  }

  /** Drops every timer. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#slots.fill(undefined);
    this.#size = 0;
  }

  #turn(): void {
    this.#timer = undefined;
    const target = Math.floor(this.#now() / TICK_MS);
    while (this.#tick < target && this.#size > 0) {
      this.#tick += 1;
      this.#runSlot(this.#tick % SLOTS);
    }
    this.#tick = Math.max(this.#tick, target);
    if (this.#size > 0) this.#timer ??= setTimeout(() => this.#turn(), TICK_MS);
  }

  #runSlot(slot: number): void {
    const due: Entry[] = [];
    for (let entry = this.#slots[slot]; entry !== undefined; entry = entry.next) {
      if (entry.rounds === 0) due.push(entry);
      else entry.rounds -= 1;
    }
    for (const entry of due) {
      const run = entry.run;
      if (run === undefined) continue;
      this.remove(entry);
      try {
        run();
      } catch (error) {
        this.#report(error);
      }
    }
  }
}
