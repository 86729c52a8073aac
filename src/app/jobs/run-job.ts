import { type Job, retryDelayMs } from '../../domain/job.ts';
import type { Clock } from '../../kit/clock.ts';
import { bounded } from '../../kit/lifecycle.ts';
import { ok } from '../../kit/result.ts';
import { type ChangeDeps, change } from '../change.ts';
import type { BuiltQueue, JobEnd, JobHandler, JobHandlers, JobKinds, JobMetrics, JobOutcome, JobSettlement } from '../ports/jobs.ts';
import type { Transaction } from '../ports/store.ts';
import { jobActor } from './job-actor.ts';

export interface RunJobDeps extends ChangeDeps {
  readonly clock: Clock;
  readonly handlers: JobHandlers;
  readonly kinds: JobKinds;
  readonly metrics: JobMetrics;
  /** How long a run may take before the job counts as abandoned. */
  readonly leaseMs: number;
  /** What follows from giving a job up after its last fault, in the transaction that says so. */
  readonly onGivenUp?: (tx: Transaction, job: Job) => Promise<void>;
}

/** What became of a delivery; `nothing`: the job is done, runs elsewhere or is not due, so a repeated delivery changes nothing. */
export type JobRunResult = 'nothing' | 'done' | 'again' | 'retry' | 'failed';

/** The run was taken over: whatever it did is rolled back with this. */
class RunSuperseded extends Error {
  override readonly name = 'RunSuperseded';
}

/** Does one step of a job, if it is there to be done, and writes its end in the transaction of its effects (invariant 14). */
export async function runJob(deps: RunJobDeps, id: string): Promise<JobRunResult> {
  const actor = jobActor(id);
  const started = await change(deps, actor, async (tx) => ok(await tx.jobs.start(id, deps.clock.now(), deps.leaseMs)));
  const job = started.ok ? started.value.value : null;
  if (job === null) return 'nothing';
  try {
    const outcome = await bounded(handle(deps, job), deps.leaseMs, `job ${job.queue}`);
    return await settle(deps, job, outcome ?? { kind: 'done', result: null });
  } catch (error) {
    if (error instanceof RunSuperseded) return 'nothing';
    deps.log.error('job failed on a fault', { jobId: id, queue: job.queue, tries: job.tries + 1, error: String(error) });
    return await putOff(deps, job);
  }
}

const handle = (deps: RunJobDeps, job: Job): Promise<JobOutcome> => handleIn(deps, job.queue as BuiltQueue, job);

async function handleIn<Q extends BuiltQueue>(deps: RunJobDeps, queue: Q, job: Job): Promise<JobOutcome> {
  const handler: JobHandler<Q> | undefined = deps.handlers[queue];
  if (handler === undefined) return { kind: 'refused', code: 'queue_not_built' };
  const payload = deps.kinds.parse(queue, job.payload);
  if (payload.ok) return handler(payload.value, job);
  deps.log.error('job cannot be read', { jobId: job.id, queue, error: payload.error });
  return { kind: 'refused', code: 'payload_invalid' };
}

async function settle(deps: RunJobDeps, job: Job, outcome: JobOutcome): Promise<JobRunResult> {
  const done = await change(deps, jobActor(job.id), async (tx) => {
    const settled = outcome.kind === 'transact' ? await outcome.work(tx) : outcome;
    const now = deps.clock.now();
    if (!(await tx.jobs.end(job, endOf(job, settled, now), now))) throw new RunSuperseded();
    return ok(settled.kind);
  });
  if (!done.ok) throw new Error('ending a job was refused');
  const result = done.value.value === 'refused' ? 'failed' : done.value.value;
  deps.metrics.ran(job.queue, result);
  return result;
}

function endOf(job: Job, settled: JobSettlement, now: number): JobEnd {
  const common = { tries: 0, progress: job.progress, result: null, error: null, dueAt: now };
  switch (settled.kind) {
    case 'done':
      return { ...common, state: 'done', result: settled.result };
    case 'again':
      return { ...common, state: 'queued', progress: settled.progress, dueAt: settled.dueAt };
    case 'refused':
      return { ...common, state: 'failed', error: settled.code };
  }
}

/** After a fault: later again, or given up and left to somebody who looks at it. */
async function putOff(deps: RunJobDeps, job: Job): Promise<JobRunResult> {
  const tries = job.tries + 1;
  const waitMs = retryDelayMs(deps.kinds.retry[job.queue], tries);
  const result = waitMs === null ? 'failed' : 'retry';
  const now = deps.clock.now();
  const end: JobEnd = {
    state: waitMs === null ? 'failed' : 'queued',
    tries,
    progress: job.progress,
    result: null,
    error: 'internal_error',
    dueAt: now + (waitMs ?? 0),
  };
  const written = await change(deps, jobActor(job.id), async (tx) => {
    const isEnded = await tx.jobs.end(job, end, now);
    if (isEnded && waitMs === null) await deps.onGivenUp?.(tx, job);
    return ok(isEnded);
  });
  if (!written.ok || !written.value.value) return 'nothing';
  deps.metrics.ran(job.queue, result);
  return result;
}
