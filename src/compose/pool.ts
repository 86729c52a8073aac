import type pg from 'pg';
import type { Config } from '../config/load-config.ts';
import type { Lifecycle } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { createPool } from '../store/pool.ts';

/** The Postgres pool of a role; closed with it. */
export function openPool(config: Config, role: string, lifecycle: Lifecycle, log: Logger): pg.Pool {
  const { url, poolMax, connectTimeoutMs, statementTimeoutMs, idleTimeoutMs } = config.postgres;
  if (url === undefined) throw new Error(`${role} needs DATABASE_URL`);
  const pool = createPool(url, {
    log,
    connectionsMax: poolMax,
    connectionTimeoutMs: connectTimeoutMs,
    statementTimeoutMs,
    idleTimeoutMs,
    applicationName: `dialplane-${role}`,
  });
  lifecycle.add({ name: 'postgres pool', stop: () => pool.end() });
  return pool;
}
