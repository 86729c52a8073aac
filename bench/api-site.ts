import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { silentLogger } from '../src/kit/log.ts';
import { startPostgres } from '../src/local/postgres.ts';
import { createPool } from '../src/store/pool.ts';
import { cpuSeconds } from './process-cpu.ts';
import { type Product, startProduct } from './product.ts';

/** The product and bare Express + pg, each on its own database of one durable Postgres (fsync on). */
export interface ApiSite {
  readonly product: Product;
  /** The product's database. */
  readonly pool: pg.Pool;
  readonly bare: { readonly url: string; readonly pool: pg.Pool };
  /** CPU seconds so far of every process that takes part. */
  cpu(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

const BARE_TABLE = `create table numbers (id uuid primary key default gen_random_uuid(), e164 text not null unique, country text not null,
  type text not null, region text, setup_fee_minor bigint not null, monthly_fee_minor bigint not null, owner uuid);
  create index on numbers (country, type, id) where owner is null`;
const START_MS_MAX = 20_000;

/** Starts everything; on a failure what was started is stopped again. */
export async function startApiSite(folder: string): Promise<ApiSite> {
  const data = await mkdtemp(join(tmpdir(), 'dialplane-bench-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(data, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const postgres = await startPostgres({ dataDir: join(data, 'postgres'), durable: true, log: silentLogger });
    undo.push(() => postgres.stop());
    const open = (url: string): pg.Pool => {
      const pool = createPool(url, { log: silentLogger, connectionsMax: 2, statementTimeoutMs: 600_000 });
      undo.push(() => pool.end());
      return pool;
    };
    const pool = open(postgres.url);
    await pool.query('create database bare');
    const bareUrl = new URL(postgres.url);
    bareUrl.pathname = '/bare';
    const barePool = open(bareUrl.href);
    await barePool.query(BARE_TABLE);
    const bare = await startBare(bareUrl.href);
    undo.push(bare.stop);
    const product = await startProduct(join(folder, 'api-daemon.log'), {
      DATABASE_URL: postgres.url,
      SEALING_KEY: randomBytes(32).toString('hex'),
    });
    undo.push(() => product.stop());
    const { supervisor: _, ...roles } = product.pids();
    const named = { bench: [process.pid], ...roles, postgres: [postgres.pid], 'bare express': [bare.pid] };
    return { product, pool, bare: { url: bare.url, pool: barePool }, cpu: () => cpuSeconds(named), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startBare(databaseUrl: string): Promise<{ readonly url: string; readonly pid: number; stop(): Promise<void> }> {
  const file = fileURLToPath(new URL('bare-express.ts', import.meta.url));
  const env = { ...process.env, DATABASE_URL: databaseUrl, NODE_ENV: 'production' };
  const child = spawn(process.execPath, ['--import', 'tsx', file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'exit');
  const [line] = (await Promise.race([
    once(child.stdout, 'data', { signal: AbortSignal.timeout(START_MS_MAX) }),
    ended.then(() => Promise.reject(new Error('bare Express ended'))),
  ])) as [Buffer];
  return {
    url: line.toString('utf8').trim(),
    pid: child.pid ?? 0,
    async stop() {
      process.off('exit', kill);
      kill();
      await ended;
    },
  };
}
