import type { Registry } from 'prom-client';
import { giveUpBulkJob } from '../app/bulk-jobs/give-up-bulk-job.ts';
import type { ChangeDeps } from '../app/change.ts';
import { forgetJobs } from '../app/jobs/forget-jobs.ts';
import { type RunJobDeps, runJob } from '../app/jobs/run-job.ts';
import { sweepJobs } from '../app/jobs/sweep-jobs.ts';
import type { JobHandlers } from '../app/ports/jobs.ts';
import { giveUpDelivery } from '../app/webhooks/give-up-delivery.ts';
import type { Config } from '../config/load-config.ts';
import { createJobQueue } from '../jobs/job-queue.ts';
import { BUILT_QUEUES, jobKinds } from '../jobs/queues.ts';
import { startJobWorkers } from '../jobs/worker.ts';
import type { Clock } from '../kit/clock.ts';
import type { Lifecycle } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { startLoop } from '../kit/loop.ts';
import { jobMetrics } from '../metrics/recorders.ts';
import { listen } from '../store/listen.ts';
import type { RedisConnections } from './plane-parts.ts';

const DAY_MS = 86_400_000;
const FORGET_MS = 60_000;

export interface WorkerJobsOptions {
  readonly config: Config;
  readonly change: ChangeDeps;
  readonly clock: Clock;
  readonly handlers: JobHandlers;
  readonly redis: RedisConnections;
  readonly registry: Registry;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
}

/** What somebody waits for does not wait for a job that nobody will do. */
const onGivenUp = (clock: Clock): NonNullable<RunJobDeps['onGivenUp']> => {
  const deliveries = giveUpDelivery(clock);
  const bulkJobs = giveUpBulkJob(clock);
  return async (tx, job) => {
    await deliveries(tx, job);
    await bulkJobs(tx, job);
  };
};

/** The part of the worker that works on jobs: a worker for each queue, and the sweep that feeds them from Postgres. */
export async function startWorkerJobs({
  config,
  change,
  clock,
  handlers,
  redis,
  registry,
  lifecycle,
  log,
}: WorkerJobsOptions): Promise<void> {
  const { sweepMs, againMs, leaseMs, concurrency, keepDays } = config.jobs;
  const metrics = jobMetrics(registry);
  const queue = lifecycle.add(createJobQueue(await redis.queue('jobs'), log));
  const running = { ...change, clock, handlers, kinds: jobKinds, metrics, leaseMs, onGivenUp: onGivenUp(clock) };
  const patient = await redis.queue('job-workers', { patient: true });
  const run = (id: string) => runJob(running, id);
  // Deliveries wait for other people's servers, not for ours.
  const concurrencyOf = { 'webhook-delivery': config.webhooks.concurrency };
  lifecycle.add(await startJobWorkers({ redis: patient, queues: BUILT_QUEUES, concurrency, concurrencyOf, run, log }));
  const sweeping = { unitOfWork: change.unitOfWork, queue, clock, metrics, log, againMs };
  const sweep = lifecycle.add(startLoop({ name: 'job sweep', intervalMs: sweepMs, log, run: () => sweepJobs(sweeping) }));
  const keeping = { unitOfWork: change.unitOfWork, clock, keepMs: keepDays * DAY_MS };
  lifecycle.add(startLoop({ name: 'done jobs', intervalMs: FORGET_MS, log, run: () => forgetJobs(keeping) }));
  lifecycle.add(listen({ databaseUrl: config.postgres.url ?? '', channels: ['jobs'], onNotify: () => sweep.wake(), log }));
}
