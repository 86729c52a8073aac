import type { TimerSet } from './timer-set.ts';

interface Waiter<T> {
  readonly matches: (item: T) => boolean;
  readonly takes: boolean;
  readonly deliver: (item: T) => void;
  readonly fail: (error: Error) => void;
}

/** Items in order of arrival that tests wait for with a deadline; what came before the wait still counts. */
export class Mailbox<T> {
  readonly #items: T[] = [];
  readonly #waiters = new Set<Waiter<T>>();
  readonly #timers: TimerSet;
  readonly #describe: () => string;
  #closed: Error | undefined;

  /** `describe` tells what did happen, for the message of a wait that ended in vain. */
  constructor(timers: TimerSet, describe: () => string) {
    this.#timers = timers;
    this.#describe = describe;
  }

  /** What arrived and was not taken, oldest first. */
  get items(): readonly T[] {
    return this.#items;
  }

  push(item: T): void {
    for (const waiter of [...this.#waiters]) {
      if (!waiter.matches(item)) continue;
      this.#waiters.delete(waiter);
      waiter.deliver(item);
      if (waiter.takes) return;
    }
    this.#items.push(item);
  }

  /** Takes the first matching item out, waiting at most `timeoutMs`; rejects naming `what` and telling what came instead. */
  take(what: string, timeoutMs: number, matches: (item: T) => boolean = () => true): Promise<T> {
    const at = this.#items.findIndex(matches);
    if (at >= 0) return Promise.resolve(this.#items.splice(at, 1)[0] as T);
    return this.#wait(what, timeoutMs, matches, true);
  }

  /** Like `take`, but leaves the item, so that it can be seen again. */
  see(what: string, timeoutMs: number, matches: (item: T) => boolean = () => true): Promise<T> {
    const item = this.#items.find(matches);
    return item === undefined ? this.#wait(what, timeoutMs, matches, false) : Promise.resolve(item);
  }

  /** Ends every wait, now and later, with an error; items already here can still be taken. */
  close(error: Error): void {
    this.#closed ??= error;
    for (const waiter of this.#waiters) waiter.fail(error);
    this.#waiters.clear();
  }

  #wait(what: string, timeoutMs: number, matches: (item: T) => boolean, takes: boolean): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(this.#explained(this.#closed, what));
    return new Promise<T>((resolve, reject) => {
      const late = (): void => {
        this.#waiters.delete(waiter);
        reject(new Error(`${what} did not come within ${timeoutMs} ms\n${this.#describe()}`));
      };
      const stop = this.#timers.after(timeoutMs, late);
      const settle =
        <A>(work: (argument: A) => void) =>
        (argument: A): void => {
          stop();
          work(argument);
        };
      const fail = settle((error: Error) => reject(this.#explained(error, what)));
      const waiter: Waiter<T> = { matches, takes, deliver: settle(resolve), fail };
      this.#waiters.add(waiter);
    });
  }

  #explained(error: Error, what: string): Error {
    return new Error(`${what} cannot come: ${error.message}\n${this.#describe()}`);
  }
}
