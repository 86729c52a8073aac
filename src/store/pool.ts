import pg from 'pg';
import type { Logger } from '../kit/log.ts';
import { PlanningClient } from './planned-once.ts';

/** How a pool behaves; every wait has an end. */
export interface PoolOptions {
  readonly log: Logger;
  /** Shown in pg_stat_activity. Default `dialplane`. */
  readonly applicationName?: string;
  /** Default 16. */
  readonly connectionsMax?: number;
  /** Longest wait for a free or new connection. Default 5000. */
  readonly connectionTimeoutMs?: number;
  /** Longest statement. Default 10000. */
  readonly statementTimeoutMs?: number;
  /** An idle connection is closed after this. Default 30000. */
  readonly idleTimeoutMs?: number;
  /** Longest wait for one lock. Default 5000. */
  readonly lockTimeoutMs?: number;
}

/** Anything that runs one statement: a pool (its own transaction each) or a client inside one. */
export interface Queryable {
  query<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<R>>;
}

const INT8 = 20;
const TIMESTAMPTZ = 1184;
const readTimestamp = pg.types.getTypeParser(TIMESTAMPTZ) as (text: string) => Date | number;

function int8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a number: select it as text`);
  return value;
}

/** bigint as a checked number, timestamptz as epoch milliseconds; set per pool, so that nobody else's pg changes. */
const columnParsers: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === INT8) return int8;
    if (oid === TIMESTAMPTZ) return (text: string) => Number(readTimestamp(text));
    return pg.types.getTypeParser(oid, format as 'text');
  },
};

/** Opens a pool. Ending it is the caller's; a connection lost while idle is logged and replaced. */
export function createPool(databaseUrl: string, options: PoolOptions): pg.Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? 10_000;
  const pool = new pg.Pool({
    Client: PlanningClient,
    connectionString: databaseUrl,
    application_name: options.applicationName ?? 'dialplane',
    max: options.connectionsMax ?? 16,
    connectionTimeoutMillis: options.connectionTimeoutMs ?? 5000,
    idleTimeoutMillis: options.idleTimeoutMs ?? 30_000,
    keepAlive: true,
    // What is asked before an answer came is sent behind it, not held back: it is answered in that order.
    pipeline: true,
    statement_timeout: statementTimeoutMs,
    // The server's limit ends the statement; this one ends the wait when the server itself is gone.
    query_timeout: statementTimeoutMs + 2000,
    lock_timeout: options.lockTimeoutMs ?? 5000,
    idle_in_transaction_session_timeout: 30_000,
    types: columnParsers,
  });
  pool.on('error', (error) => options.log.warn('idle database connection lost', { error: error.message }));
  return pool;
}
