import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { JobQueue } from '../app/ports/jobs.ts';
import type { JobQueueName } from '../domain/job.ts';
import { bounded, type Part } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { KEY_PREFIX } from './queues.ts';

const WAKE_MS = 5000;

/** Carries ids of jobs over BullMQ. `redis` is a connection that fails fast: what is not handed over now is swept up later. */
export function createJobQueue(redis: Redis, log: Logger): JobQueue & Part {
  const queues = new Map<string, Queue>();
  const queueOf = (name: JobQueueName): Queue => {
    const known = queues.get(name);
    if (known !== undefined) return known;
    const queue = new Queue(name, { connection: redis, prefix: KEY_PREFIX, skipWaitingForReady: true });
    queue.on('error', (error) => log.warn('job queue', { queue: name, error: error.message }));
    queues.set(name, queue);
    return queue;
  };
  return {
    name: 'job queue',
    async wake(jobs) {
      for (const name of new Set(jobs.map(({ queue }) => queue))) {
        const some = jobs.filter(({ queue }) => queue === name);
        // The run is part of the id: a run that is waiting or active is not handed over twice, the next one is.
        // Nothing is kept once it is over: an id that stays would keep a lost run from being handed over again.
        const added = some.map(({ id, runs }) => ({
          name: 'run',
          data: { id },
          opts: { jobId: `${id}-${runs}`, attempts: 1, removeOnComplete: true, removeOnFail: true },
        }));
        const queue = queueOf(name);
        try {
          await bounded(queue.addBulk(added), WAKE_MS, `handing over to ${name}`);
        } catch (error) {
          // One whose first connection failed never comes back: the next time gets another.
          queues.delete(name);
          queue.close().catch(() => {});
          throw error;
        }
      }
    },
    async stop() {
      for (const queue of queues.values()) await queue.close();
    },
  };
}
