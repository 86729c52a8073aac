import { UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { JobRunResult } from '../app/jobs/run-job.ts';
import type { JobQueueName } from '../domain/job.ts';
import { bounded, type Part } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { KEY_PREFIX } from './queues.ts';

export interface JobWorkersOptions {
  /** Connected with `maxRetriesPerRequest: null`; each worker makes itself another one for blocking reads. */
  readonly redis: Redis;
  readonly queues: readonly JobQueueName[];
  /** Runs of one queue at a time in this process. */
  readonly concurrency: number;
  /** The same for queues that differ. */
  readonly concurrencyOf?: Partial<Record<JobQueueName, number>>;
  run(id: string): Promise<JobRunResult>;
  readonly log: Logger;
}

const READY_MS = 10_000;
const RETRY_MS = 1000;
/** Longest wait for a job in one read: the Redis client gives up a connection that is silent for longer. */
const WAIT_S = 5;
const delivery = z.object({ id: z.uuid() });

/**
 * One BullMQ worker a queue. What a delivery carries is only an id; when a job is tried again is decided in Postgres, so BullMQ never
 * tries by itself: a fault here (Postgres away) loses the delivery, and the sweep makes it anew. Rejects when Redis goes away before
 * all are ready: a BullMQ worker whose first connection fails never comes back.
 */
export async function startJobWorkers({ redis, queues, concurrency, concurrencyOf = {}, run, log }: JobWorkersOptions): Promise<Part> {
  const workers = queues.map((name) => {
    const worker = new Worker(
      name,
      async ({ data }) => {
        const parsed = delivery.safeParse(data);
        if (!parsed.success) throw new UnrecoverableError('not a job');
        if ((await run(parsed.data.id)) === 'failed') throw new UnrecoverableError('refused or given up');
      },
      {
        connection: redis,
        prefix: KEY_PREFIX,
        concurrency: concurrencyOf[name] ?? concurrency,
        drainDelay: WAIT_S,
        maxStalledCount: 0,
        runRetryDelay: RETRY_MS,
      },
    );
    worker.on('error', (error) => log.warn('job worker', { queue: name, error: error.message }));
    worker.on('failed', (_job, error) => log.info('job delivery failed', { queue: name, error: error.message }));
    return worker;
  });
  let closing: Promise<unknown> | undefined;
  const close = (): Promise<unknown> => {
    closing ??= Promise.all(workers.map((worker) => worker.close()));
    return closing;
  };
  try {
    await bounded(Promise.all(workers.map((worker) => worker.waitUntilReady())), READY_MS, 'starting the job workers');
  } catch (error) {
    for (const worker of workers) worker.close(true).catch(() => {});
    throw error;
  }
  return {
    name: 'job workers',
    async drain() {
      await close();
    },
    async stop() {
      await close();
    },
  };
}
