import { setTimeout as delay } from 'node:timers/promises';

/** Makes one call of many: what comes within `pauseMs`, or while a call is under way, goes with the next one, and shares its outcome. */
export function mergeCalls<T>(pauseMs: number, call: (items: readonly T[]) => Promise<void>): (items: readonly T[]) => Promise<void> {
  let waiting: T[] = [];
  let next: Promise<void> | null = null;
  let running: Promise<unknown> = Promise.resolve();
  const run = async (): Promise<void> => {
    await Promise.all([delay(pauseMs), running]);
    const items = waiting;
    waiting = [];
    next = null;
    const done = call(items);
    running = done.catch(() => {});
    await done;
  };
  return (items) => {
    waiting.push(...items);
    next ??= run();
    return next;
  };
}
