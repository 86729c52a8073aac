import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type Logger, silentLogger } from '../kit/log.ts';
import { sqlState } from './transaction.ts';

/** Where migrations are taken from and told of. */
export interface MigrateOptions {
  /** Directory with `NNNN_name.sql`; the one shipped with the program when absent. */
  readonly sqlDir?: string;
  readonly log?: Logger;
  /** Longest wait of a migration for one lock, while everybody behind it waits too; then it begins anew. Default 5000. */
  readonly lockTimeoutMs?: number;
}

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly sql: string;
}

const FILE = /^([0-9]{4})_[a-z0-9_]{1,80}\.sql$/;
/** Any constant will do; all starters of one database queue on it. */
const LOCK = 4_711_550_861;
/** How long a starter waits for another one's migration, and how long one migration may take. */
const STEP_TIMEOUT_MS = 600_000;
const LOCK_NOT_AVAILABLE = '55P03';
/** How often a migration that did not get a lock begins anew. */
const TRIES_MAX = 20;

/**
 * Brings the database to the newest schema: every `sql/NNNN_*.sql` once, in order, each in its own transaction, whoever else starts
 * at the same time. Returns the names applied by this call; throws when a migration that was applied has changed since.
 */
export async function migrate(databaseUrl: string, options: MigrateOptions = {}): Promise<{ applied: string[] }> {
  const log = options.log ?? silentLogger;
  const migrations = await readMigrations(options.sqlDir ?? findSqlDir());
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 10_000,
    statement_timeout: STEP_TIMEOUT_MS,
    query_timeout: STEP_TIMEOUT_MS + 5000,
    application_name: 'dialplane-migrate',
  });
  client.on('error', (error) => log.warn('migration connection lost', { error: error.message }));
  await client.connect();
  try {
    await alone(client, () => prepare(client));
    const applied: string[] = [];
    for (const migration of migrations) {
      const once = () => alone(client, () => apply(client, migration, options.lockTimeoutMs ?? 5000));
      if (!(await patiently(once, log).catch((error: Error) => failed(migration, error)))) continue;
      log.info('migration applied', { migration: migration.name });
      applied.push(migration.name);
    }
    return { applied };
  } finally {
    await client.end();
  }
}

/**
 * The migrations of a directory, in order. A number used twice is a mistake of ours and throws. A gap is none: numbers are given out
 * beforehand to changes that are made side by side, and each migration is applied once whatever came before it.
 */
async function readMigrations(sqlDir: string): Promise<readonly Migration[]> {
  const files = (await readdir(sqlDir)).filter((file) => FILE.test(file)).sort();
  return Promise.all(
    files.map(async (file, index) => {
      const version = Number(file.slice(0, 4));
      if (version === Number(files[index - 1]?.slice(0, 4) ?? 0)) throw new Error(`migration ${file} has a number that is used twice`);
      const sql = await readFile(join(sqlDir, file), 'utf8');
      return { version, name: file, checksum: createHash('sha256').update(sql).digest('hex'), sql };
    }),
  );
}

/** `sql/` lies beside `src/` and beside `dist/`, however deep the build puts this file. */
function findSqlDir(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  for (let depth = 0; depth < 5; depth += 1) {
    const candidate = join(dir, 'sql');
    if (existsSync(join(candidate, '0001_accounts.sql'))) return candidate;
    dir = dirname(dir);
  }
  throw new Error('the sql directory of the program is missing');
}

/** Runs `work` in a transaction that only one starter at a time is in; the lock goes with the transaction, also behind a pooler. */
async function alone<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

/** Whoever asks for a table queues behind a migration that waits for it: better it gives up, and tries again. */
async function patiently<T>(work: () => Promise<T>, log: Logger): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === TRIES_MAX || sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
      log.warn('a migration waits for a lock', { tries });
    }
  }
}

function failed(migration: Migration, cause: Error): never {
  throw new Error(`migration ${migration.name}: ${cause.message}`, { cause });
}

async function prepare(client: pg.Client): Promise<void> {
  await client.query(`
    create table if not exists schema_migrations (
      version integer primary key,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default clock_timestamp()
    )`);
}

/** The version row goes in first: whoever finds it taken has nothing to do but to compare. */
async function apply(client: pg.Client, migration: Migration, lockTimeoutMs: number): Promise<boolean> {
  const { version, name, checksum } = migration;
  const inserted = await client.query(
    'insert into schema_migrations (version, name, checksum) values ($1, $2, $3) on conflict (version) do nothing',
    [version, name, checksum],
  );
  if (inserted.rowCount === 1) {
    await client.query(`set local lock_timeout = ${lockTimeoutMs}`);
    await client.query(migration.sql);
    return true;
  }
  const { rows } = await client.query<{ checksum: string }>('select checksum from schema_migrations where version = $1', [version]);
  if (rows[0]?.checksum !== checksum) {
    throw new Error('it was changed after it had been applied; add a new one instead');
  }
  return false;
}
