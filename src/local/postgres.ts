import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../kit/log.ts';
import { freeTcpPort } from './free-port.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { commandLineOf, isAlive } from './process-identity.ts';
import { runCommand } from './run-command.ts';
import { type Identity, serviceIdentity } from './service-identity.ts';
import { type ServiceExit, type ServiceProcess, startServiceProcess } from './service-process.ts';
import { SetUpError } from './set-up-error.ts';

/** How an embedded Postgres is started. */
export interface PostgresOptions {
  /** Its data directory; made and initialised when it is not there. */
  readonly dataDir: string;
  /** True: fsync on, survives power loss. False: fast and forgetful (a stop keeps nothing for sure), for tests. */
  readonly durable: boolean;
  readonly log: Logger;
  /** The superuser's password; must be the same at every start on one `dataDir`. Random when absent. */
  readonly password?: string;
  /** The port of 127.0.0.1; chosen by the kernel when absent. */
  readonly port?: number;
  readonly pidFile?: string;
  readonly signal?: AbortSignal;
}

/** A running embedded service. */
export interface RunningService {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** How the program was found, for people to read. */
  readonly foundAs: string;
  /** Settles when the service has ended, by us or by itself; never rejects. */
  readonly exited: Promise<ServiceExit>;
  stop(): Promise<void>;
}

const DATABASE = 'dialplane';
const START_TIMEOUT_MS = 60_000;
/** What Postgres says while backends of a killed one still have its shared memory, and how long they are waited for. */
const SHARED_MEMORY_IN_USE = 'pre-existing shared memory block';
const BACKENDS_END_MS = 20_000;
const LOOK_AGAIN_MS = 250;

/** Starts Postgres from the npm-packaged programs on 127.0.0.1 with scram and a database `dialplane`. */
export async function startPostgres(options: PostgresOptions): Promise<RunningService> {
  const dataDir = resolve(options.dataDir);
  await mkdir(dirname(dataDir), { recursive: true });
  const identity = await serviceIdentity(dataDir);
  const { binDir, foundAs } = await postgresBinaries(identity);
  const password = options.password ?? randomBytes(24).toString('base64url');
  if (!existsSync(join(dataDir, 'PG_VERSION'))) await initialise(binDir, dataDir, identity, password, options);
  await clearStaleLock(dataDir);
  const port = options.port ?? (await freeTcpPort());
  const service = await behindBackends(() => launch(binDir, dataDir, identity, port, options), options.signal);
  const url = `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${DATABASE}`;
  try {
    await ensureDatabase(url);
  } catch (error) {
    await service.stop();
    if ((error as { code?: string }).code !== '28P01') throw error;
    throw new SetUpError(`${dataDir} was made with another password: secrets.json beside it is gone or changed (set DATA_DIR anew)`);
  }
  return { url, port, pid: service.pid, foundAs, exited: service.exited, stop: service.stop };
}

/**
 * The data directory as Postgres is told it. As root on Linux the service is `nobody`, who may be unable to walk to a directory
 * below somebody's 0700 home; its own working directory, entered before the change of user, is always open to it.
 */
const dataDirArgument = (dataDir: string, identity: Identity | undefined): string =>
  identity !== undefined && process.platform === 'linux' ? '/proc/self/cwd' : dataDir;

/** The name in the command line by which a Postgres of this directory is known again. */
const clusterName = (dataDir: string): string => `dialplane-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;

/** Makes the data directory aside and moves it into place whole, so that an interrupted start leaves nothing half made. */
async function initialise(
  binDir: string,
  dataDir: string,
  identity: Identity | undefined,
  password: string,
  options: PostgresOptions,
): Promise<void> {
  const workshop = `${dataDir}.new`;
  const draft = join(workshop, 'data');
  const passwordFile = join(workshop, 'password');
  await Promise.all([workshop, dataDir].map((path) => rm(path, { recursive: true, force: true })));
  await mkdir(draft, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    if (identity !== undefined) await Promise.all([workshop, draft, passwordFile].map((path) => chown(path, identity.uid, identity.gid)));
    const at = dataDirArgument(draft, identity);
    const args = ['-D', at, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${at}/../password`, '--encoding=UTF8', '--locale=C'];
    if (!options.durable) args.push('--no-sync');
    const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };
    const { code, stderr } = await runCommand(join(binDir, 'initdb'), args, {
      cwd: draft,
      env,
      identity,
      timeoutMs: START_TIMEOUT_MS,
      signal: options.signal,
    });
    if (code !== 0) throw new SetUpError(`initdb failed in ${draft}: ${stderr.trim().split('\n').slice(-2).join(' ')}`);
    await rename(draft, dataDir);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/** Postgres refuses to start when the pid in its lock file is alive, whoever it is now: remove a lock that names a stranger. */
async function clearStaleLock(dataDir: string): Promise<void> {
  const lock = join(dataDir, 'postmaster.pid');
  const pid = Number.parseInt(await readFile(lock, 'utf8').catch(() => ''), 10);
  if (!Number.isInteger(pid) || pid <= 1) return;
  if (isAlive(pid) && (await commandLineOf(pid)).includes(clusterName(dataDir))) {
    throw new SetUpError(`a Postgres (pid ${pid}) still runs on ${dataDir}`);
  }
  await rm(lock, { force: true });
}

/** A killed Postgres leaves backends that end once they notice, which on a busy machine takes them seconds: the next one waits. */
async function behindBackends(start: () => Promise<ServiceProcess>, signal: AbortSignal | undefined): Promise<ServiceProcess> {
  for (const deadline = performance.now() + BACKENDS_END_MS; ; await delay(LOOK_AGAIN_MS)) {
    try {
      return await start();
    } catch (error) {
      const mayPass = error instanceof Error && error.message.includes(SHARED_MEMORY_IN_USE);
      if (!mayPass || signal?.aborted === true || performance.now() >= deadline) throw error;
    }
  }
}

async function launch(
  binDir: string,
  dataDir: string,
  identity: Identity | undefined,
  port: number,
  options: PostgresOptions,
): Promise<ServiceProcess> {
  if (!(await lstat(dataDir)).isDirectory()) throw new SetUpError(`${dataDir} is not a directory`);
  const marker = clusterName(dataDir);
  const lastLines: string[] = [];
  let markReady = (): void => {};
  const ready = new Promise<true>((resolvePromise) => {
    markReady = () => resolvePromise(true);
  });
  const onLine = (line: string): void => {
    if (line.includes('database system is ready to accept connections')) markReady();
    lastLines.push(line);
    if (lastLines.length > 5) lastLines.shift();
    if (/ (FATAL|PANIC): /.test(line)) options.log.warn('postgres', { line });
    else options.log.debug('postgres', { line });
  };
  const service = await startServiceProcess({
    name: 'postgres',
    command: join(binDir, 'postgres'),
    args: ['-D', dataDirArgument(dataDir, identity), '-p', String(port), ...settings(options.durable, marker)],
    cwd: dataDir,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    identity,
    onLine,
    // SIGINT is Postgres's fast shutdown, SIGQUIT its immediate one.
    stopSignals: options.durable
      ? [
          { signal: 'SIGINT', waitMs: 10_000 },
          { signal: 'SIGQUIT', waitMs: 3000 },
        ]
      : [{ signal: 'SIGQUIT', waitMs: 5000 }],
    pidFile: options.pidFile,
    marker,
  });
  await untilReady('postgres', service, ready, options.signal, lastLines);
  return service;
}

function settings(durable: boolean, marker: string): string[] {
  const values: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: durable ? '128MB' : '64MB',
    cluster_name: marker,
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    // LOG, FATAL and PANIC only: an ERROR line would carry statements, and with them people's data, into our log.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', wal_level: 'minimal', max_wal_senders: '0' }),
  };
  return Object.entries(values).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}

/** Waits for `ready`; a service that ends first, a deadline or an abort stop it and throw with its last words. */
export async function untilReady(
  name: string,
  service: ServiceProcess,
  ready: Promise<true>,
  signal: AbortSignal | undefined,
  lastLines: readonly string[],
): Promise<void> {
  const late = AbortSignal.any([AbortSignal.timeout(START_TIMEOUT_MS), ...(signal === undefined ? [] : [signal])]);
  const aborted = new Promise<false>((resolvePromise) => late.addEventListener('abort', () => resolvePromise(false), { once: true }));
  if (late.aborted || !(await Promise.race([ready, service.exited.then(() => false), aborted]))) {
    await service.stop();
    throw new Error(`${name} did not start: ${lastLines.join(' | ') || 'no word from it'}`);
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const admin = new URL(url);
  admin.pathname = '/postgres';
  const client = new pg.Client({ connectionString: admin.href, connectionTimeoutMillis: 10_000, query_timeout: 20_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}
