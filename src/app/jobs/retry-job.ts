import type { Job } from '../../domain/job.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';

/** Queues a failed job anew, or one that waits for its next try; refuses `wrong_state` for one that runs or is done. */
export function retryJob(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  id: string,
): Promise<Result<Changed<Job>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    const before = await tx.jobs.lock(id);
    if (before === null) return err({ kind: 'not_found', resource: 'job' });
    if (before.state === 'running' || before.state === 'done')
      return err({ kind: 'wrong_state', detail: `The job is ${before.state}; only failed and waiting jobs can be tried again.` });
    const after = await tx.jobs.requeue(id, deps.clock.now());
    await tx.audit({ action: 'job.retry', resource: `job:${id}`, accountId: before.accountId, before, after });
    return ok(after);
  });
}
