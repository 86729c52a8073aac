import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type pg from 'pg';
import { type KeepPlaneDeps, keepPlane } from '../src/app/routing/keep-plane.ts';
import { newId } from '../src/kit/ids.ts';
import { silentLogger } from '../src/kit/log.ts';
import { startPostgres } from '../src/local/postgres.ts';
import { startRedis } from '../src/local/redis.ts';
import { closeRedis, connectRedis } from '../src/redis/client.ts';
import { createRoutingPlane } from '../src/redis/plane.ts';
import { createRecordWriter } from '../src/redis/record-writer.ts';
import { holdLongLeadership } from '../src/store/leadership.ts';
import { migrate } from '../src/store/migrate.ts';
import { postgresOutbox } from '../src/store/outbox.ts';
import { postgresPlaneHistory } from '../src/store/plane-history.ts';
import { createPool } from '../src/store/pool.ts';

/** Issue 4: an emptied Redis knows a million numbers again within 20 s. */
export const REBUILD_PER_SECOND_MIN = 50_000;

/** What a rebuild of so many owned numbers came to. */
export interface RebuildFigures {
  readonly numbers: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** CPU of the worker and of Redis per record, µs: what remains when the machine is shared with others. */
  readonly workerCpuUs: number;
  readonly redisCpuUs: number;
  /** One look at a plane that is whole. */
  readonly lookMs: number;
}

/** Fills a Postgres of its own with owned numbers and lets a worker find an empty Redis. */
export async function measureRebuild(numbers: number, progress: (line: string) => void): Promise<RebuildFigures> {
  const dir = await mkdtemp(join(tmpdir(), 'dialplane-bench-'));
  const postgres = await startPostgres({ dataDir: join(dir, 'postgres'), durable: false, log: silentLogger });
  const server = await startRedis({ dataDir: join(dir, 'redis'), durable: false, log: silentLogger });
  await migrate(postgres.url);
  const pool = createPool(postgres.url, { log: silentLogger, statementTimeoutMs: 300_000 });
  const redis = await connectRedis({ url: server.url, name: 'bench', log: silentLogger, commandTimeoutMs: 10_000 });
  try {
    progress(`putting ${numbers} owned numbers into Postgres`);
    await ownNumbers(pool, numbers);
    const plane = createRoutingPlane(redis);
    const alone: KeepPlaneDeps['alone'] = (stop, work) => holdLongLeadership(pool, 'plane', stop, work);
    const stores = { outbox: postgresOutbox(pool), history: postgresPlaneHistory(pool) };
    const deps = { plane, ...stores, records: createRecordWriter({ redis }), alone, log: silentLogger };
    const never = new AbortController().signal;
    progress('rebuilding');
    const [cpu, redisCpu] = [process.cpuUsage(), await redisCpuSeconds(redis)];
    const startedAt = performance.now();
    await keepPlane(deps, never);
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const cpuOf = { workerCpuUs: (user + system) / numbers, redisCpuUs: (((await redisCpuSeconds(redis)) - redisCpu) * 1e6) / numbers };
    if ((await plane.readPlane()).status !== 'ready') throw new Error('the plane is not complete');
    const lookedAt = performance.now();
    await keepPlane(deps, never);
    return { numbers, seconds, perSecond: numbers / seconds, ...cpuOf, lookMs: performance.now() - lookedAt };
  } finally {
    await closeRedis(redis);
    await pool.end();
    await Promise.all([server.stop(), postgres.stop()]);
    await rm(dir, { recursive: true, force: true });
  }
}

async function redisCpuSeconds(redis: Redis): Promise<number> {
  const info = await redis.info('cpu');
  return [...info.matchAll(/^used_cpu_(?:user|sys):([0-9.]+)/gm)].reduce((sum, [, seconds]) => sum + Number(seconds), 0);
}

async function ownNumbers(pool: pg.Pool, count: number): Promise<void> {
  const accountId = newId();
  await pool.query(
    `insert into accounts (id, auth_id, name, kind, status, currency, created_at, updated_at)
     values ($1, 'MABENCHBENCHBENCHBEN', 'Bench', 'account', 'active', 'USD', now(), now())`,
    [accountId],
  );
  await pool.query(
    `insert into numbers (id, e164, mode, country, type, setup_fee_minor, monthly_fee_minor, currency, owner_account_id, lifecycle,
       created_at, updated_at)
     select gen_random_uuid(), '+4420' || (10000000 + n), 'live', 'GB', 'local', 0, 0, 'USD', $1, 'active', now(), now()
     from generate_series(1, $2::int) n`,
    [accountId, count],
  );
  await pool.query('vacuum analyze numbers');
}
