import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { type Logger, silentLogger } from '../../src/kit/log.ts';
import { pidRecord, readPidFile, stillRuns, writePidFile } from '../../src/local/pid-file.ts';
import { startPostgres } from '../../src/local/postgres.ts';
import { startRedis } from '../../src/local/redis.ts';
import { SetUpError } from '../../src/local/set-up-error.ts';
import { compileProgram } from './program.ts';

/** What the test files are told of the services that run for them. */
export interface TestServices {
  /** Superuser URL of the database `postgres`'s server; helpers make one database per test file on it. */
  readonly postgresUrl: string;
  /** The migrated database that test databases are copied from. */
  readonly templateDatabase: string;
  readonly redisUrl: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    services: TestServices;
  }
}

/** Enough for every test file to have a Redis database of its own. */
export const REDIS_DATABASES = 1024;

const TEMPLATE = 'dialplane_template';
const PREFIX = 'dialplane-test-';

const say: Logger = {
  debug: () => {},
  info: (message) => console.log(message),
  warn: (message, fields) => console.warn(message, fields ?? ''),
  error: (message, fields) => console.error(message, fields ?? ''),
  child: () => say,
};

/** Starts Postgres (without fsync) and Redis once per test run and returns how to end them; a leak fails the run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const startedAt = performance.now();
  await removeLeftoverDirs();
  compileProgram();
  const dir = await mkdtemp(join(tmpdir(), PREFIX));
  writePidFile(join(dir, 'owner.pid'), pidRecord(process.pid, 'node'));
  const postgres = await startPostgres({ dataDir: join(dir, 'postgres'), durable: false, log: silentLogger }).catch(giveUp);
  const redis = await startRedis({ dataDir: join(dir, 'redis'), durable: false, databases: REDIS_DATABASES, log: say }).catch(giveUp);
  await makeTemplate(postgres.url);
  project.provide('services', { postgresUrl: postgres.url, templateDatabase: TEMPLATE, redisUrl: redis.url });
  const tookMs = Math.round(performance.now() - startedAt);
  console.log(`test services in ${tookMs} ms: postgres (${postgres.foundAs}), redis (${redis.foundAs})`);
  return async () => {
    const leaks = await leftDatabases(postgres.url).finally(() => Promise.all([redis.stop(), postgres.stop()]));
    await rm(dir, { recursive: true, force: true });
    if (leaks.length > 0) throw new Error(`test databases were not closed: ${leaks.join(', ')}`);
  };
}

/** A machine that lacks something gets the one line that says what, and exit code 2 (design §8). What runs ends with us. */
function giveUp(error: unknown): never {
  if (!(error instanceof SetUpError)) throw error;
  console.error(`dialplane: ${error.message}`);
  process.exit(2);
}

/** One migrated database; the copies of it cost some 50 ms each. */
async function makeTemplate(serverUrl: string): Promise<void> {
  await onServer(serverUrl, (client) => client.query(`create database ${TEMPLATE}`));
  const migrateFile = new URL('../../src/store/migrate.ts', import.meta.url);
  if (!existsSync(migrateFile)) return;
  const { migrate } = (await import(migrateFile.href)) as { migrate(databaseUrl: string): Promise<unknown> };
  const url = new URL(serverUrl);
  url.pathname = `/${TEMPLATE}`;
  await migrate(url.href);
}

async function leftDatabases(serverUrl: string): Promise<string[]> {
  return onServer(serverUrl, async (client) => {
    const { rows } = await client.query<{ datname: string }>("select datname from pg_database where datname like 'test\\_%' order by 1");
    return rows.map((row) => row.datname);
  });
}

async function onServer<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** A test run that was killed leaves its directory; its services ended by their watchdogs. */
async function removeLeftoverDirs(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const owner = readPidFile(join(tmpdir(), name, 'owner.pid'));
    if (owner === undefined || (await stillRuns(owner))) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}
