import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { silentLogger } from '../../src/kit/log.ts';
import { freeTcpPort } from '../../src/local/free-port.ts';
import { findRedis } from '../../src/local/redis.ts';
import { until } from './daemon.ts';

/** A primary, a replica and three Sentinels, each a process of its own. */
export interface SentinelPlane {
  /** `redis+sentinel://…`, as an operator would set it. */
  readonly url: string;
  readonly replicaPort: number;
  /** kill -9. */
  killPrimary(): Promise<void>;
  /** The port Sentinel names as the primary's. */
  primaryPort(): Promise<number>;
  close(): Promise<void>;
}

const NAME = 'plane';
const DOWN_AFTER_MS = 1000;
const READY_MS = 30_000;

export async function startSentinelPlane(): Promise<SentinelPlane> {
  const dir = await mkdtemp(join(tmpdir(), 'dialplane-sentinel-'));
  const program = await findRedis(undefined, silentLogger);
  const password = randomBytes(12).toString('hex');
  const children: ChildProcess[] = [];
  const start = async (name: string, lines: readonly string[], args: readonly string[] = []): Promise<ChildProcess> => {
    const home = join(dir, name);
    await mkdir(home);
    const file = join(home, 'redis.conf');
    await writeFile(file, ['bind 127.0.0.1', `dir ${home}`, 'save ""', ...lines, ''].join('\n'));
    const child = spawn(program.command, [file, ...args], { env: { PATH: process.env.PATH, ...program.env }, stdio: 'ignore' });
    children.push(child);
    return child;
  };
  const [primary, replica, ...sentinels] = [
    await freeTcpPort(),
    await freeTcpPort(),
    await freeTcpPort(),
    await freeTcpPort(),
    await freeTcpPort(),
  ];
  const server = [
    `requirepass ${password}`,
    `masterauth ${password}`,
    'maxmemory-policy noeviction',
    'appendonly yes',
    'repl-diskless-sync-delay 0',
  ];
  const first = await start('primary', [`port ${primary}`, ...server]);
  await start('replica', [`port ${replica}`, `replicaof 127.0.0.1 ${primary}`, ...server]);
  for (const port of sentinels) {
    const watch = [`sentinel monitor ${NAME} 127.0.0.1 ${primary} 2`, `sentinel auth-pass ${NAME} ${password}`];
    const pace = [`sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`, `sentinel failover-timeout ${NAME} 5000`];
    await start(`sentinel-${port}`, [`port ${port}`, ...watch, ...pace], ['--sentinel']);
  }
  const ask = async <T>(port: number, login: string, question: (redis: Redis) => Promise<T>): Promise<T | undefined> => {
    const redis = new Redis(`redis://${login}127.0.0.1:${port}`, { lazyConnect: true, retryStrategy: null, connectTimeout: 1000 });
    redis.on('error', () => {});
    try {
      await redis.connect();
      return await question(redis);
    } catch {
      return undefined;
    } finally {
      redis.disconnect();
    }
  };
  const primaryPort = async (): Promise<number> => {
    const address = await ask(
      sentinels[0] ?? 0,
      '',
      (redis) => redis.call('SENTINEL', 'get-master-addr-by-name', NAME) as Promise<string[]>,
    );
    return Number(address?.[1] ?? 0);
  };
  const close = async (): Promise<void> => {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }),
    );
    await rm(dir, { recursive: true, force: true });
  };
  const complete = await until(async () => {
    const inSync = await ask(replica, `:${password}@`, async (redis) =>
      (await redis.info('replication')).includes('master_link_status:up'),
    );
    const facts = await ask(sentinels[0] ?? 0, '', (redis) => redis.call('SENTINEL', 'master', NAME) as Promise<string[]>);
    const fact = (name: string): string => facts?.[facts.indexOf(name) + 1] ?? '';
    return inSync === true && fact('num-slaves') === '1' && fact('num-other-sentinels') === '2';
  }, READY_MS);
  if (complete !== true) {
    await close();
    throw new Error(`the Sentinels do not see each other after ${READY_MS} ms`);
  }
  return {
    url: `redis+sentinel://:${password}@${sentinels.map((port) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
    replicaPort: replica,
    primaryPort,
    async killPrimary() {
      const ended = once(first, 'exit');
      first.kill('SIGKILL');
      await ended;
    },
    close,
  };
}
