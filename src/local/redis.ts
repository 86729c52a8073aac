import { createHash, randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { chown, mkdir, readdir } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import type { Logger } from '../kit/log.ts';
import { freeTcpPort } from './free-port.ts';
import { type RunningService, untilReady } from './postgres.ts';
import { type RedisProgram, unpackedRedis } from './redis-package.ts';
import { runCommand } from './run-command.ts';
import { type Identity, serviceIdentity } from './service-identity.ts';
import { type ServiceProcess, startServiceProcess } from './service-process.ts';
import { SetUpError } from './set-up-error.ts';

/** How an embedded Redis is started. */
export interface RedisOptions {
  /** Its working directory, where the append-only file lives. */
  readonly dataDir: string;
  /** True: append-only file on (decision C5). False: memory only. */
  readonly durable: boolean;
  readonly log: Logger;
  /** What clients must present. Random when absent. */
  readonly password?: string;
  /** The port of 127.0.0.1; chosen by the kernel when absent. */
  readonly port?: number;
  /** Number of logical databases, 16 when absent. */
  readonly databases?: number;
  readonly pidFile?: string;
  readonly signal?: AbortSignal;
}

/** Starts Redis on 127.0.0.1 from PATH or from the unpacked distribution package; throws SetUpError when there is none. */
export async function startRedis(options: RedisOptions): Promise<RunningService> {
  const dataDir = resolve(options.dataDir);
  const identity = await serviceIdentity(dataDir);
  const program = await findRedis(identity, options.log, options.signal);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (identity !== undefined) {
    await chown(dataDir, identity.uid, identity.gid);
    for (const name of await readdir(dataDir, { recursive: true })) await chown(join(dataDir, name), identity.uid, identity.gid);
  }
  const password = options.password ?? randomBytes(24).toString('base64url');
  const port = options.port ?? (await freeTcpPort());
  const service = await launch(program, dataDir, identity, configText(options, port, password, dataDir), options);
  const url = `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}/0`;
  return { url, port, pid: service.pid, foundAs: program.foundAs, exited: service.exited, stop: service.stop };
}

/** The server program, which is Sentinel too; throws SetUpError when there is none. */
export async function findRedis(identity: Identity | undefined, log: Logger, signal?: AbortSignal): Promise<RedisProgram> {
  const program = (await programOnPath(process.env.PATH ?? '', identity)) ?? (await unpackedRedis(log, signal));
  if (program === undefined) throw new SetUpError(howToGetRedis());
  return program;
}

/** The first server on PATH that runs as `identity`; as root a program in somebody's private directory may not. */
async function programOnPath(path: string, identity: Identity | undefined): Promise<RedisProgram | undefined> {
  for (const name of ['redis-server', 'valkey-server']) {
    for (const dir of path.split(delimiter).filter((entry) => entry.startsWith('/'))) {
      const command = join(dir, name);
      if (!isExecutable(command)) continue;
      const { code } = await runCommand(command, ['--version'], { identity, cwd: '/', env: { PATH: path }, timeoutMs: 5000 });
      if (code === 0) return { command, env: {}, foundAs: `${name} on PATH` };
    }
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function howToGetRedis(): string {
  const install = process.platform === 'darwin' ? 'brew install redis' : 'apt install redis-server';
  return `Redis is needed and was not found: ${install}, or set REDIS_URL`;
}

/** The configuration goes to standard input, so that the password is in no argument list and in no file (decision C18). */
function configText(options: RedisOptions, port: number, password: string, dataDir: string): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    // No `dir`: the working directory is the data directory, which `nobody` may be unable to reach by its path.
    `databases ${options.databases ?? 16}`,
    // The projection and the leases may never be evicted behind our back (decision C5).
    'maxmemory-policy noeviction',
    options.durable ? 'appendonly yes' : 'appendonly no',
    'save ""',
    `proc-title-template "{title} {listen-addr} ${markerOf(dataDir)}"`,
    'loglevel notice',
    '',
  ].join('\n');
}

/** The name in the process title by which a Redis of this directory is known again. */
const markerOf = (dataDir: string): string => `dialplane-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;

async function launch(
  program: RedisProgram,
  dataDir: string,
  identity: Identity | undefined,
  input: string,
  options: RedisOptions,
): Promise<ServiceProcess> {
  const lastLines: string[] = [];
  let markReady = (): void => {};
  const ready = new Promise<true>((resolvePromise) => {
    markReady = () => resolvePromise(true);
  });
  const service = await startServiceProcess({
    name: 'redis',
    command: program.command,
    args: ['-'],
    cwd: dataDir,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...program.env },
    identity,
    input,
    onLine: (line) => {
      if (/Ready to accept connections/i.test(line)) markReady();
      lastLines.push(line);
      if (lastLines.length > 5) lastLines.shift();
      options.log.debug('redis', { line });
    },
    stopSignals: [{ signal: options.durable ? 'SIGTERM' : 'SIGKILL', waitMs: 8000 }],
    pidFile: options.pidFile,
    // Its title is rewritten a moment after the start: the program's name is in it before and after.
    marker: 'redis-server',
  });
  await untilReady('redis', service, ready, options.signal, lastLines);
  return service;
}
