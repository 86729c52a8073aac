import { join } from 'node:path';
import type { Config } from '../config/load-config.ts';
import type { Logger } from '../kit/log.ts';
import { type RunningService, startPostgres } from '../local/postgres.ts';
import { startRedis } from '../local/redis.ts';
import type { DataDir } from './data-dir.ts';
import type { PartSpec } from './keep-running.ts';
import type { Secrets } from './secrets.ts';

type Facts = Pick<PartSpec, 'onChange' | 'log' | 'signal'> & { readonly dataDir: DataDir; readonly secrets: Secrets };

/** The major version in the name keeps a newer Postgres from meeting an older one's files. */
const POSTGRES_DIR = 'postgres-18';

/** The embedded Postgres as a part; undefined when DATABASE_URL names one, or no role needs any (decision C18). */
export function postgresPart(config: Config, facts: Facts): PartSpec | undefined {
  const needed = config.process.roles.some((role) => role !== 'agent');
  if (config.postgres.url !== undefined || !needed) return undefined;
  return servicePart('postgres', facts, (options) => {
    const dataDir = join(facts.dataDir.path, POSTGRES_DIR);
    return startPostgres({ ...options, dataDir, durable: true, password: facts.secrets.postgresPassword });
  });
}

/** The embedded Redis as a part; undefined when REDIS_URL names one. */
export function redisPart(config: Config, facts: Facts): PartSpec | undefined {
  if (config.redis.url !== undefined) return undefined;
  return servicePart('redis', facts, (options) => {
    const dataDir = join(facts.dataDir.path, 'redis');
    return startRedis({ ...options, dataDir, durable: true, password: facts.secrets.redisPassword });
  });
}

interface StartOptions {
  readonly log: Logger;
  readonly pidFile: string;
  readonly signal: AbortSignal;
  readonly port?: number;
}

function servicePart(name: string, facts: Facts, start: (options: StartOptions) => Promise<RunningService>): PartSpec {
  return {
    name,
    onChange: facts.onChange,
    log: facts.log,
    signal: facts.signal,
    launch: async (last, signal) => {
      const pidFile = join(facts.dataDir.runDir, `${name}.pid`);
      // The same port again, so that every client's URL stays true across a crash.
      const port = typeof last?.port === 'number' ? { port: last.port } : {};
      const service = await start({ log: facts.log, pidFile, signal, ...port });
      facts.log.info(`${name} is up`, { part: name, child_pid: service.pid, port: service.port, found_as: service.foundAs });
      const info = { url: service.url, port: service.port, found_as: service.foundAs };
      return { pid: service.pid, info, exited: service.exited, stop: service.stop };
    },
  };
}
