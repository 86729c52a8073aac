import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { inject } from 'vitest';
import { silentLogger } from '../../src/kit/log.ts';
import { startRedis } from '../../src/local/redis.ts';
import { REDIS_DATABASES } from './global-setup.ts';

/** A database of one test file. */
export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Drops the database; throws when a connection to it was left open. */
  close(): Promise<void>;
}

/** Makes a migrated database (a template copy, some 50 ms). Call in `beforeAll`, `close` in `afterAll`, after closing every pool. */
export async function createTestDatabase(label = 'db'): Promise<TestDatabase> {
  const { postgresUrl, templateDatabase } = inject('services');
  const name = `test_${label.replaceAll(/[^a-z0-9]/gi, '_').toLowerCase()}_${randomBytes(5).toString('hex')}`;
  await onServer(postgresUrl, (client) => client.query(`create database ${name} template ${templateDatabase}`));
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return { url: url.href, name, close: () => onServer(postgresUrl, (client) => dropDatabase(client, name)) };
}

async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  const open = async (): Promise<string[]> => {
    const { rows } = await client.query<{ who: string }>(
      'select application_name || $2 || left(query, 60) as who from pg_stat_activity where datname = $1',
      [name, ': '],
    );
    return rows.map((row) => row.who);
  };
  const leaks = await emptyWithin(open, 2000);
  await client.query(`drop database ${name} with (force)`);
  if (leaks.length > 0) throw new Error(`connections to ${name} were left open: ${leaks.join('; ')}`);
}

/** A Redis database of one test file. */
export interface TestRedis {
  readonly url: string;
  /** Empties the database; throws when a connection to it was left open. */
  close(): Promise<void>;
}

/**
 * An empty logical database of the shared Redis. Keys are its own; channels, scripts, `CLIENT TRACKING` and the run id are the
 * server's: a test that subscribes, flushes, restarts or counts takes `startTestRedis` instead.
 */
export async function createTestRedis(): Promise<TestRedis> {
  const { redisUrl } = inject('services');
  const admin = new Redis(redisUrl);
  const number = await admin.incr('test:next-database').finally(() => admin.disconnect());
  if (number >= REDIS_DATABASES) throw new Error(`more than ${REDIS_DATABASES} test databases of Redis`);
  const url = new URL(redisUrl);
  url.pathname = `/${number}`;
  return { url: url.href, close: () => closeRedis(redisUrl, number) };
}

async function closeRedis(serverUrl: string, number: number): Promise<void> {
  const admin = new Redis(serverUrl);
  try {
    const open = async (): Promise<string[]> =>
      String(await admin.client('LIST'))
        .split('\n')
        .filter((line) => line.includes(` db=${number} `));
    const leaks = await emptyWithin(open, 2000);
    await admin.select(number);
    await admin.flushdb();
    if (leaks.length > 0) throw new Error(`connections to Redis database ${number} were left open:\n${leaks.join('\n')}`);
  } finally {
    admin.disconnect();
  }
}

/** A Redis server of one test, which may be killed and started again on its port. */
export interface TestRedisServer extends TestRedis {
  readonly port: number;
  /** kill -9: nothing is saved, clients see the connection break. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port with the same password, as a new run id. */
  restart(): Promise<void>;
}

/** Starts a private Redis server (some 30 ms). */
export async function startTestRedis({ durable = false }: { readonly durable?: boolean } = {}): Promise<TestRedisServer> {
  const dir = await mkdtemp(join(tmpdir(), 'dialplane-redis-'));
  const password = randomBytes(12).toString('hex');
  const start = (port?: number) =>
    startRedis({ dataDir: join(dir, 'redis'), durable, password, log: silentLogger, ...(port === undefined ? {} : { port }) });
  let server = await start();
  const { url, port } = server;
  return {
    url,
    port,
    kill: () => server.stop(),
    restart: async () => {
      await server.stop();
      server = await start(port);
    },
    close: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function onServer<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000, application_name: 'test-support' });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Polls until `list` is empty; the last list at the deadline. A closing connection takes the server a moment to notice. */
async function emptyWithin(list: () => Promise<string[]>, ms: number): Promise<string[]> {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = await list();
    if (found.length === 0 || performance.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
