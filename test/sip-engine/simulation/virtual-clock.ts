import type { Scheduler, Timer } from '../../../src/sip-engine/transaction/scheduler.ts';

interface Entry extends Timer {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** An engine's timers. */
export interface EngineScheduler extends Scheduler {
  /** When one of them ran last. */
  lastRunAt: number;
  stop(): void;
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** One time line for engines, network and parties: a heap of what is due, run in order and as fast as it goes. */
export class VirtualClock {
  readonly #heap: Entry[] = [];
  #order = 0;
  now = 0;

  /** A scheduler of its own size, so that what one engine still waits for can be told. */
  scheduler(): EngineScheduler {
    let size = 0;
    const scheduler: EngineScheduler = {
      lastRunAt: 0,
      get size() {
        return size;
      },
      stop: () => {},
      after: (delayMs, run) => {
        size += 1;
        const timer = this.after(delayMs, () => {
          size -= 1;
          scheduler.lastRunAt = this.now;
          run();
        });
        return {
          cancel: () => {
            if (timer.run === undefined) return;
            size -= 1;
            timer.cancel();
          },
        };
      },
    };
    return scheduler;
  }

  after(delayMs: number, run: () => void): Entry {
    const entry: Entry = {
      at: this.now + Math.max(0, delayMs),
      order: this.#order,
      run,
      cancel: () => {
        entry.run = undefined;
      },
    };
    this.#order += 1;
    this.#push(entry);
    return entry;
  }

  /** Runs what is due next; false when nothing is left, or nothing before `untilMs`. */
  step(untilMs: number): boolean {
    const [first] = this.#heap;
    if (first === undefined || first.at > untilMs) return false;
    this.#pop();
    const { run } = first;
    if (run === undefined) return true;
    first.run = undefined;
    this.now = first.at;
    run();
    return true;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!before(entry, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      if (!before(heap[child] as Entry, last)) break;
      heap[i] = heap[child] as Entry;
      i = child;
    }
    heap[i] = last;
  }
}
