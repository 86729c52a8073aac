import { JOB_QUEUES } from '../../domain/job.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import { ok } from '../../kit/result.ts';
import type { JobMetrics, JobQueue } from '../ports/jobs.ts';
import type { ActorStamp, UnitOfWork } from '../ports/store.ts';

export interface SweepJobsDeps {
  readonly unitOfWork: UnitOfWork;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly metrics: JobMetrics;
  readonly log: Logger;
  /** After this a due job that is still queued is handed over again: its id may have been lost. */
  readonly againMs: number;
}

const JOBS_PER_SWEEP = 500;
const SWEEPER: ActorStamp = { kind: 'system', id: 'job-sweep', accountId: null, requestId: 'job-sweep', ip: null };

/**
 * Hands every due job to the queue: new ones, those whose time has come, those whose worker is gone, and again those whose id the
 * queue server may have lost (invariant 14). Resolves true when there may be more.
 */
export async function sweepJobs(deps: SweepJobsDeps): Promise<boolean> {
  const now = deps.clock.now();
  const swept = await deps.unitOfWork.change(SWEEPER, async (tx) => {
    const freed = await tx.jobs.freeAbandoned(now);
    const due = await tx.jobs.takeDue(now, deps.againMs, JOBS_PER_SWEEP);
    return ok({ freed, due, waiting: await tx.jobs.waiting(now) });
  });
  if (!swept.ok) return false;
  const { freed, due, waiting } = swept.value.value;
  if (freed > 0) deps.log.warn('jobs of workers that are gone run again', { jobs: freed });
  for (const queue of JOB_QUEUES) deps.metrics.oldestAge(queue, (waiting.find((one) => one.queue === queue)?.oldestMs ?? 0) / 1000);
  // After the commit: an id that arrives before its row would find nothing to do.
  if (due.length > 0) await deps.queue.wake(due);
  return due.length === JOBS_PER_SWEEP;
}
