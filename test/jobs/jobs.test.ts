import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgetJobs } from '../../src/app/jobs/forget-jobs.ts';
import { retryJob } from '../../src/app/jobs/retry-job.ts';
import { settleDueJobs } from '../../src/app/jobs/settle-due-jobs.ts';
import type { BuiltQueue, JobPayloads } from '../../src/app/ports/jobs.ts';
import { BUILT_QUEUES } from '../../src/jobs/queues.ts';
import { newId } from '../../src/kit/ids.ts';
import { ok } from '../../src/kit/result.ts';
import { effect, type JobBench, openJobBench } from './support/job-bench.ts';

let bench: JobBench;
beforeEach(async () => {
  bench = await openJobBench();
});
afterEach(() => bench.close());

const actor = {
  kind: 'platform',
  id: 'platform',
  account: null,
  role: 'owner',
  scopes: null,
  mode: 'live',
  requestId: 'r',
  ip: null,
} as const;

const NUMBER = { numberId: newId(), e164: '+12025550100', mode: 'live' } as const;
/** What a job of each queue carries. */
const PAYLOADS: { readonly [Q in BuiltQueue]: JobPayloads[Q] } = {
  'trunk-group-unassign': { ...NUMBER, accountId: newId(), trunkGroupId: newId(), epoch: 1, leftAt: 0 },
  'release-due': { ...NUMBER, epoch: 1, releasedAt: 0, quarantineMs: 0 },
  'bulk-jobs': { bulkJobId: newId() },
  'requirement-deadlines': { orderId: newId(), deadline: 0 },
  reports: { reportId: newId(), step: 'write' },
  'billing-renewals': { numberId: NUMBER.numberId, purchasedAt: 0, period: 1 },
  'webhook-delivery': { deliveryId: newId() },
};

async function flushQueue(): Promise<void> {
  const admin = new Redis(bench.queueRedis.url);
  await admin.flushall();
  admin.disconnect();
}

describe('a job', () => {
  it('runs once it is committed, and keeps what it did', async () => {
    bench.handle = effect;
    await bench.startWorkers();
    const { id } = await bench.order();
    const done = await bench.until(id, 'done');
    expect(done).toMatchObject({ runs: 1, result: { did: 'it' }, error: null });
    expect([await bench.effects(), bench.outcomes]).toEqual([1, ['done']]);
  });

  it('is not there when its transaction is rolled back', async () => {
    await bench.change.unitOfWork
      .change({ kind: 'system', id: 't', accountId: null, requestId: 't', ip: null }, async (tx) => {
        await tx.jobs.enqueue({
          queue: 'trunk-group-unassign',
          key: 'rolled back',
          payload: {} as never,
          dueAt: 0,
          accountId: null,
          numberId: null,
          at: bench.clock.now(),
        });
        throw new Error('no');
      })
      .catch(() => {});
    expect((await bench.pool.query('select 1 from jobs')).rowCount).toBe(0);
  });

  it('ordered twice with one key is one job', async () => {
    const first = await bench.order({ key: 'same' });
    const second = await bench.order({ key: 'same' });
    expect(second.id).toBe(first.id);
  });

  it('does not run before it is due by the product clock', async () => {
    await bench.startWorkers();
    const { id } = await bench.order({ dueAt: bench.clock.now() + 3_600_000 });
    expect(await bench.run(id)).toBe('nothing');
    bench.clock.advance(3_600_001);
    const unitOfWork = bench.change.unitOfWork;
    expect(await settleDueJobs({ unitOfWork, wakeWorkers: () => {} }, bench.clock.now(), 5000)).toBe(true);
    expect((await bench.job(id)).state).toBe('done');
  });
});

describe('invariant 14', () => {
  it('invariant 14: a lost job is redone: the queue Redis is flushed with jobs in it', async () => {
    bench.handle = effect;
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await bench.order()).id));
    await bench.sweep();
    await flushQueue();
    await bench.startWorkers();
    for (const id of ids) await bench.until(id, 'done');
    expect(await bench.effects()).toBe(20);
  });

  it.each(BUILT_QUEUES)('invariant 14: a lost job is redone in every queue: %s', async (queue) => {
    const ran: string[] = [];
    const done = async (_: unknown, job: { readonly id: string }) => {
      ran.push(job.id);
      return { kind: 'done', result: null } as const;
    };
    Object.assign(bench.deps.handlers, { [queue]: done });
    const { id } = await bench.order({ queue: queue as 'trunk-group-unassign', payload: PAYLOADS[queue] as never });
    await bench.sweep();
    await flushQueue();
    await bench.startWorkers();
    await bench.until(id, 'done');
    expect(ran).toEqual([id]);
  });

  it('a lost job is redone: the queue Redis dies and comes back empty while workers run', async () => {
    bench.handle = effect;
    await bench.startWorkers();
    await bench.queueRedis.kill();
    const { id } = await bench.order();
    await bench.queueRedis.restart();
    await bench.until(id, 'done');
    expect(await bench.effects()).toBe(1);
  });

  it('a lost job is redone: its worker vanished in the middle of it', async () => {
    await bench.close();
    bench = await openJobBench(1000);
    const { id } = await bench.order();
    const { unitOfWork } = bench.change;
    const stamp = { kind: 'system', id: 't', accountId: null, requestId: 't', ip: null };
    // A worker that takes the job with a lease of 1 ms and is never heard of again.
    await unitOfWork.change(stamp, async (tx) => ok(await tx.jobs.start(id, bench.clock.now(), 1)));
    bench.handle = effect;
    await bench.startWorkers();
    expect(await bench.until(id, 'done')).toMatchObject({ runs: 2 });
  });

  it('invariant 14: a repeated job changes nothing, delivered again or twice at once', async () => {
    bench.handle = effect;
    const { id } = await bench.order();
    const results = await Promise.all(Array.from({ length: 8 }, () => bench.run(id)));
    expect(results.filter((result) => result === 'done')).toHaveLength(1);
    expect(results.filter((result) => result === 'nothing')).toHaveLength(7);
    expect(await bench.run(id)).toBe('nothing');
    expect(await bench.effects()).toBe(1);
  });

  it('a run that was taken over leaves no effect', async () => {
    const { id } = await bench.order();
    const stamp = { kind: 'system', id: 't', accountId: null, requestId: 't', ip: null };
    bench.handle = async (payload, job) => {
      if (job.runs === 1) {
        // Its lease runs out and somebody else does the whole job before this run comes to its end.
        await bench.pool.query("update jobs set lease_until = clock_timestamp() - interval '1 second' where id = $1", [id]);
        await bench.change.unitOfWork.change(stamp, async (tx) => ok(await tx.jobs.freeAbandoned(bench.clock.now())));
        expect(await bench.run(id)).toBe('done');
      }
      return effect(payload, job);
    };
    expect(await bench.run(id)).toBe('nothing');
    expect(await bench.effects()).toBe(1);
    expect(await bench.job(id)).toMatchObject({ state: 'done', runs: 2 });
  });
});

describe('a job that is done', () => {
  it('is kept for its time and then forgotten, a failed one for good', async () => {
    const [done, failed] = [await bench.order(), await bench.order()];
    expect(await bench.run(done.id)).toBe('done');
    bench.handle = async () => ({ kind: 'refused', code: 'no' });
    expect(await bench.run(failed.id)).toBe('failed');
    const forget = () => forgetJobs({ unitOfWork: bench.change.unitOfWork, clock: bench.clock, keepMs: 3_600_000 });
    await forget();
    expect((await bench.job(done.id)).state).toBe('done');
    bench.clock.advance(3_600_001);
    await forget();
    await expect(bench.job(done.id)).rejects.toThrow('no job');
    expect((await bench.job(failed.id)).state).toBe('failed');
  });
});

describe('a job that fails', () => {
  it('is tried again later after a fault, and given up in the end', async () => {
    bench.handle = async () => {
      throw new Error('secret detail');
    };
    const { id } = await bench.order();
    const waits: number[] = [];
    for (let tries = 1; tries < 10; tries += 1) {
      expect(await bench.run(id)).toBe('retry');
      const job = await bench.job(id);
      expect(job).toMatchObject({ state: 'queued', tries, error: 'internal_error' });
      waits.push(Math.round((job.dueAt - job.updatedAt) / 1000));
      expect(await bench.run(id)).toBe('nothing');
      bench.clock.advance(job.dueAt - bench.clock.now() + 1);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
    expect(await bench.run(id)).toBe('failed');
    const job = await bench.job(id);
    expect(job).toMatchObject({ state: 'failed', error: 'internal_error' });
    expect(JSON.stringify(job)).not.toContain('secret');
  });

  it('is not tried again after a refusal, and has no effect', async () => {
    bench.handle = async () => ({ kind: 'refused', code: 'number_gone' });
    await bench.startWorkers();
    const { id } = await bench.order();
    expect(await bench.until(id, 'failed')).toMatchObject({ error: 'number_gone', runs: 1 });
    expect(bench.outcomes).toEqual(['failed']);
  });

  it('can be tried again by hand, with one audit row', async () => {
    bench.handle = async () => ({ kind: 'refused', code: 'not_now' });
    await bench.startWorkers();
    const { id } = await bench.order();
    await bench.until(id, 'failed');
    bench.handle = effect;
    const again = await retryJob({ ...bench.change, clock: bench.clock }, actor, id);
    expect(again.ok && again.value.value).toMatchObject({ state: 'queued', tries: 0, error: null });
    await bench.until(id, 'done');
    const refused = await retryJob({ ...bench.change, clock: bench.clock }, actor, id);
    expect(refused).toMatchObject({ ok: false, error: { kind: 'wrong_state' } });
    expect(await retryJob({ ...bench.change, clock: bench.clock }, actor, newId())).toMatchObject({ error: { kind: 'not_found' } });
    expect((await bench.pool.query("select 1 from audit where action = 'job.retry'")).rowCount).toBe(1);
  });

  it('whose payload nobody can read is given up, not tried for ever', async () => {
    const { id } = await bench.order({ payload: { numberId: 'x' } as never });
    expect(await bench.run(id)).toBe('failed');
    expect(await bench.job(id)).toMatchObject({ error: 'payload_invalid' });
  });

  it('goes on where it was when it is not over', async () => {
    bench.handle = async (_payload, job) =>
      job.progress === null
        ? { kind: 'again', dueAt: bench.clock.now() + 30, progress: { step: 1 } }
        : { kind: 'done', result: job.progress };
    await bench.startWorkers();
    const { id } = await bench.order();
    expect(await bench.until(id, 'done')).toMatchObject({ runs: 2, result: { step: 1 } });
  });
});
