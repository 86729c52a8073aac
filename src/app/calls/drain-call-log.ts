import type { CallFolder } from '../ports/calls.ts';
import type { PlaneMetrics } from '../ports/metrics.ts';
import type { CallLog } from '../ports/routing.ts';

export interface DrainDeps {
  readonly log: CallLog;
  readonly calls: CallFolder;
  readonly metrics: PlaneMetrics;
}

const EVENTS_MAX = 500;

/**
 * One round of the drain: reads events, commits them to Postgres, and only then forgets them (decision C5). True: there is more to
 * do at once. Otherwise the pause between rounds gathers events, so that a busy site commits ten batches a second and not one a call.
 */
export async function drainCallLog(deps: DrainDeps, waitMs: number): Promise<boolean> {
  const entries = await deps.log.read(EVENTS_MAX, waitMs);
  if (entries.length > 0) {
    await deps.calls.fold(entries.map(({ event }) => event));
    await deps.log.forget(entries.map(({ streamId }) => streamId));
  }
  deps.metrics.backlog(await deps.log.backlog());
  return entries.length === EVENTS_MAX;
}
