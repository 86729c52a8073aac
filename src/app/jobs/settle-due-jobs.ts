import { setTimeout as delay } from 'node:timers/promises';
import type { UnitOfWork } from '../ports/store.ts';

const LOOK_MS = 20;

/** Waits until every job that was due at `now` has run, at most `waitMs`; the workers do the running. True when none is left. */
export async function settleDueJobs(
  deps: { readonly unitOfWork: UnitOfWork; wakeWorkers(): void },
  now: number,
  waitMs: number,
): Promise<boolean> {
  const until = performance.now() + waitMs;
  deps.wakeWorkers();
  for (;;) {
    const waiting = await deps.unitOfWork.read((tx) => tx.jobs.waiting(now));
    if (waiting.length === 0) return true;
    if (performance.now() > until) return false;
    await delay(LOOK_MS);
  }
}
