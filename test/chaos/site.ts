import { join } from 'node:path';
import { Redis } from 'ioredis';
import type pg from 'pg';
import { silentLogger } from '../../src/kit/log.ts';
import { type RunningService, startPostgres } from '../../src/local/postgres.ts';
import { startRedis } from '../../src/local/redis.ts';
import { createPool } from '../../src/store/pool.ts';
import { type Daemon, type DaemonState, readState, startDaemon, tempDataDir, until } from '../support/daemon.ts';
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A store of the product that we start, kill and start again on the same data, port and password. */
export interface Store {
  readonly url: string;
  readonly proxy: TcpProxy;
  pid(): number;
  /** kill -9, then a start; resolves when it answers again. */
  killAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

/** The whole product with its stores behind proxies of ours. */
export interface Site {
  /** state.json as it is now: pids change with every restart. */
  state(): DaemonState;
  readonly postgres: Store;
  readonly redis: Store;
  /** Past the proxies, for checks. */
  readonly pool: pg.Pool;
  readonly redisClient: Redis;
  /** What the product has said since this was asked last, at most the newest `LOG_CHARS`. */
  takeLog(): string;
  /** True once `/readyz` says so; false after `ms`. */
  ready(ms: number): Promise<boolean>;
  stop(): Promise<number | null>;
}

const PASSWORD = 'chaos-password-0123456789';
const SEALING_KEY = Buffer.alloc(32, 7).toString('base64');
const RESTART_TRIES = 40;
const LOG_CHARS = 1_000_000;
const START_MS = 180_000;

/** Starts Postgres, Redis (durable, as `npm start` runs them) and the product with two agents and two workers. */
export async function startSite(env: Readonly<Record<string, string>> = {}): Promise<Site> {
  const dir = tempDataDir();
  const options = { durable: true, password: PASSWORD, log: silentLogger };
  const postgres = await openStore((port) => startPostgres({ ...options, dataDir: join(dir.path, 'pg'), ...port }));
  const redis = await openStore((port) => startRedis({ ...options, dataDir: join(dir.path, 'redis'), ...port }));
  const dataDir = join(dir.path, 'product');
  const roles = { ROLES: 'api,agent,agent,worker,worker', CLOCK: 'test', ALLOW_TEST_CLOCK: 'true', LOG_LEVEL: 'warn' };
  const stores = { DATABASE_URL: behind(postgres), REDIS_URL: behind(redis), SEALING_KEY };
  const daemon = startDaemon(dataDir, { ...roles, ...stores, ...env }, { held: true });
  let said = '';
  daemon.process.stdout?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-LOG_CHARS);
  });
  const closeStores = async (): Promise<void> => {
    await Promise.all([postgres.stop(), redis.stop()]);
    dir.remove();
  };
  const first = await firstState(daemon, dataDir).catch(async (error: unknown) => {
    daemon.process.kill('SIGKILL');
    await closeStores();
    throw error;
  });
  const pool = createPool(postgres.url, { log: silentLogger, connectionsMax: 2 });
  const redisClient = new Redis(redis.url, { retryStrategy: () => 100, maxRetriesPerRequest: null });
  redisClient.on('error', () => {});
  const state = (): DaemonState => readState(dataDir) ?? first;
  return {
    state,
    postgres,
    redis,
    pool,
    redisClient,
    takeLog() {
      const taken = said;
      said = '';
      return taken;
    },
    ready: async (ms) => (await until(() => isReady(state().http_url), ms)) === true,
    async stop() {
      redisClient.disconnect();
      await pool.end();
      daemon.process.kill('SIGTERM');
      const { code } = await daemon.exited;
      await closeStores();
      return code;
    },
  };
}

/** state.json once everything is ready. A slow machine takes its time: only an end of the daemon, or minutes, are a failure. */
async function firstState(daemon: Daemon, dataDir: string): Promise<DaemonState> {
  let ended = '';
  void daemon.exited.then(({ stdout, stderr }) => {
    ended = `the daemon ended:\n${stdout}\n${stderr}`;
  });
  const own = (): DaemonState | undefined => {
    const found = readState(dataDir);
    return found?.pid === daemon.process.pid ? found : undefined;
  };
  await until(async () => {
    const found = own();
    return ended !== '' || (found !== undefined && (await isReady(found.http_url)));
  }, START_MS);
  const found = own();
  if (found === undefined || ended !== '') throw new Error(ended === '' ? 'the daemon is not ready' : ended);
  return found;
}

const isReady = (httpUrl: string): Promise<boolean> =>
  fetch(`${httpUrl}/readyz`, { signal: AbortSignal.timeout(3000) }).then(
    ({ ok }) => ok,
    () => false,
  );

function behind({ url, proxy }: Store): string {
  const address = new URL(url);
  address.port = String(proxy.port);
  return address.href;
}

async function openStore(start: (port: { readonly port?: number }) => Promise<RunningService>): Promise<Store> {
  let service = await start({});
  const { url, port } = service;
  const proxy = await openTcpProxy(port);
  let restarting: Promise<void> = Promise.resolve();
  return {
    url,
    proxy,
    pid: () => service.pid,
    killAndRestart() {
      // One after the other: two kills at once would start it twice.
      restarting = restarting.then(async () => {
        process.kill(service.pid, 'SIGKILL');
        await service.exited;
        service = await startAgain(() => start({ port }));
      });
      return restarting;
    },
    async stop() {
      await proxy.close();
      await restarting.catch(() => {});
      await service.stop();
    },
  };
}

/** The backends of a killed Postgres hold its shared memory for a moment more. */
async function startAgain(start: () => Promise<RunningService>): Promise<RunningService> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (attempt === RESTART_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
