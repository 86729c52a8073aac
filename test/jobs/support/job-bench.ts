import type pg from 'pg';
import type { ChangeDeps } from '../../../src/app/change.ts';
import { type JobRunResult, type RunJobDeps, runJob } from '../../../src/app/jobs/run-job.ts';
import { sweepJobs } from '../../../src/app/jobs/sweep-jobs.ts';
import type { JobHandler, JobHandlers, NewJob } from '../../../src/app/ports/jobs.ts';
import type { Account } from '../../../src/domain/account.ts';
import type { Job } from '../../../src/domain/job.ts';
import { createJobQueue } from '../../../src/jobs/job-queue.ts';
import { BUILT_QUEUES, jobKinds } from '../../../src/jobs/queues.ts';
import { startJobWorkers } from '../../../src/jobs/worker.ts';
import { type MovableClock, movableClock } from '../../../src/kit/clock.ts';
import { newAuthId, newId } from '../../../src/kit/ids.ts';
import type { Part } from '../../../src/kit/lifecycle.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { startLoop } from '../../../src/kit/loop.ts';
import { ok } from '../../../src/kit/result.ts';
import { closeRedis, connectRedis } from '../../../src/redis/client.ts';
import { createRecordWriter } from '../../../src/redis/record-writer.ts';
import { listen } from '../../../src/store/listen.ts';
import { postgresOutbox } from '../../../src/store/outbox.ts';
import { createPool } from '../../../src/store/pool.ts';
import { postgresUnitOfWork } from '../../../src/store/unit-of-work.ts';
import { createTestDatabase, startTestRedis, type TestRedisServer } from '../../support/services.ts';

export type TestHandler = JobHandler<'trunk-group-unassign'>;

/** Postgres, a queue Redis of its own, and workers that can be started and stopped. */
export interface JobBench {
  readonly queueRedis: TestRedisServer;
  readonly clock: MovableClock;
  readonly account: Account;
  readonly pool: pg.Pool;
  readonly outcomes: string[];
  readonly change: ChangeDeps;
  readonly deps: RunJobDeps;
  handle: TestHandler;
  order(changes?: Partial<NewJob<'trunk-group-unassign'>>): Promise<Job>;
  job(id: string): Promise<Job>;
  run(id: string): Promise<JobRunResult>;
  sweep(): Promise<boolean>;
  startWorkers(): Promise<Part>;
  /** Waits until the job is in the state. */
  until(id: string, state: Job['state']): Promise<Job>;
  /** Effects of handlers: rows that `effect` wrote. */
  effects(): Promise<number>;
  close(): Promise<void>;
}

const STAMP = { kind: 'system', id: 'test', accountId: null, requestId: 'test', ip: null };

export async function openJobBench(leaseMs = 1000): Promise<JobBench> {
  const database = await createTestDatabase('jobs');
  const queueRedis = await startTestRedis();
  const pool = createPool(database.url, { log: silentLogger, connectionsMax: 8 });
  const clock = movableClock();
  const unitOfWork = postgresUnitOfWork(pool, clock, silentLogger);
  const fast = await connectRedis({ url: queueRedis.url, name: 'jobs', log: silentLogger });
  const queue = createJobQueue(fast, silentLogger);
  const records = createRecordWriter({ redis: fast });
  const change: ChangeDeps = { unitOfWork, outbox: postgresOutbox(pool), records, log: silentLogger, propagationWaitMs: 500 };
  const outcomes: string[] = [];
  const metrics = { ran: (_queue: string, outcome: string) => void outcomes.push(outcome), oldestAge: () => {} };
  const handlers: JobHandlers = { 'trunk-group-unassign': (payload, job) => bench.handle(payload, job) } as JobHandlers;
  const deps: RunJobDeps = { ...change, clock, handlers, kinds: jobKinds, metrics, leaseMs };
  const sweeping = { unitOfWork, queue, clock, metrics, log: silentLogger, againMs: 50 };
  const account = anAccount(clock.now());
  await unitOfWork.change(STAMP, async (tx) => ok(await tx.accounts.insert(account)));
  const parts: Part[] = [];
  const bench: JobBench = {
    queueRedis,
    clock,
    account,
    pool,
    outcomes,
    change,
    deps,
    handle: async () => ({ kind: 'done', result: null }),
    async order(changes = {}) {
      const done = await unitOfWork.change(STAMP, async (tx) => ok(await tx.jobs.enqueue(newJob(account.id, clock.now(), changes))));
      if (!done.ok) throw new Error('refused');
      return done.value.value;
    },
    async job(id) {
      const job = await unitOfWork.read((tx) => tx.jobs.get(id));
      if (job === null) throw new Error(`no job ${id}`);
      return job;
    },
    run: (id) => runJob(deps, id),
    sweep: () => sweepJobs(sweeping),
    async startWorkers() {
      const redis = await connectRedis({ url: queueRedis.url, name: 'workers', log: silentLogger, patient: true });
      const workers = await startJobWorkers({
        redis,
        queues: BUILT_QUEUES,
        concurrency: 4,
        run: (id) => runJob(deps, id),
        log: silentLogger,
      });
      const sweep = startLoop({ name: 'sweep', intervalMs: 20, log: silentLogger, run: () => sweepJobs(sweeping) });
      const wake = listen({ databaseUrl: database.url, channels: ['jobs'], onNotify: () => sweep.wake(), log: silentLogger });
      let stopped = false;
      const part: Part = {
        name: 'workers',
        async stop() {
          if (stopped) return;
          stopped = true;
          await wake.stop();
          await sweep.stop();
          await workers.stop();
          await closeRedis(redis);
        },
      };
      parts.push(part);
      return part;
    },
    async until(id, state) {
      const deadline = performance.now() + 15_000;
      for (;;) {
        const job = await bench.job(id);
        if (job.state === state) return job;
        if (performance.now() > deadline) throw new Error(`job is ${JSON.stringify(job)}, not ${state}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    effects: async () => Number((await pool.query("select count(*) as n from audit where action = 'test.effect'")).rows[0].n),
    async close() {
      for (const part of parts) await part.stop();
      await queue.stop();
      await closeRedis(fast);
      await pool.end();
      await queueRedis.close();
      await database.close();
    },
  };
  return bench;
}

/** A handler whose one effect is an audit row, committed with the end of the job. */
export const effect: TestHandler = async ({ numberId }) => ({
  kind: 'transact',
  async work(tx) {
    await tx.audit({ action: 'test.effect', resource: `number:${numberId}`, accountId: null, before: null, after: null });
    return { kind: 'done', result: { did: 'it' } };
  },
});

function newJob(accountId: string, now: number, changes: Partial<NewJob<'trunk-group-unassign'>>): NewJob<'trunk-group-unassign'> {
  const numberId = newId();
  return {
    queue: 'trunk-group-unassign',
    key: newId(),
    payload: { numberId, e164: '+442071838750', mode: 'live', accountId, trunkGroupId: newId(), epoch: 2, leftAt: now },
    dueAt: now,
    accountId,
    numberId,
    at: now,
    ...changes,
  };
}

const anAccount = (at: number): Account => ({
  id: newId(),
  authId: newAuthId('MA'),
  name: 'Acme',
  kind: 'account',
  parentId: null,
  status: 'active',
  currency: 'USD',
  country: null,
  version: 1,
  createdAt: at,
  updatedAt: at,
});
