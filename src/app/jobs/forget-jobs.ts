import type { Clock } from '../../kit/clock.ts';
import { ok } from '../../kit/result.ts';
import type { ActorStamp, UnitOfWork } from '../ports/store.ts';

const JOBS_AT_ONCE = 1000;
const FORGETTER: ActorStamp = { kind: 'system', id: 'job-forgetter', accountId: null, requestId: 'job-forgetter', ip: null };

/** Removes jobs that have been done for `keepMs`; failed ones stay for somebody to look at. True when there are more. */
export async function forgetJobs(deps: {
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly keepMs: number;
}): Promise<boolean> {
  const before = deps.clock.now() - deps.keepMs;
  const done = await deps.unitOfWork.change(FORGETTER, async (tx) => ok(await tx.jobs.forgetDone(before, JOBS_AT_ONCE)));
  return done.ok && done.value.value === JOBS_AT_ONCE;
}
