import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Logger } from '../kit/log.ts';

/** What a transaction came to: its value, and whether to keep what it wrote. */
export interface Settled<T> {
  readonly commit: boolean;
  readonly value: T;
}

/**
 * Every change holds this lock shared from its first statement on; raising the epoch takes it alone. So no change can commit with
 * an epoch that was read before and applied after the raise (decision C7).
 */
const EPOCH_LOCK = 4_711_550_862;

export const BEGIN_CHANGE = `begin read write; select pg_advisory_xact_lock_shared(${EPOCH_LOCK})`;
export const BEGIN_EPOCH = `begin read write; select pg_advisory_xact_lock(${EPOCH_LOCK})`;
export const BEGIN_READ = 'begin isolation level repeatable read read only';

/** Runs `work` on one connection, each statement its own transaction. */
export const onConnection = <T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
  holding(pool, async (client, breaks) => {
    try {
      return await work(client);
    } catch (fault) {
      breaks(fault as Error);
      throw fault;
    }
  });

/** Runs `work` between `begin` and commit or rollback on one connection. A connection whose state is unknown is thrown away. */
export const inTransaction = <T>(pool: pg.Pool, begin: string, work: (client: pg.PoolClient) => Promise<Settled<T>>): Promise<T> =>
  holding(pool, async (client, breaks) => {
    try {
      // Not waited for: the first thing that is asked travels with it, and is answered behind it.
      const begun = client.query(begin);
      const settled = work(client);
      const [fault] = (await Promise.allSettled([begun, settled])).flatMap((each) => (each.status === 'rejected' ? [each] : []));
      if (fault !== undefined) throw fault.reason;
      const { commit, value } = await settled;
      await client.query(commit ? 'commit' : 'rollback');
      return value;
    } catch (error) {
      await client.query('rollback').catch(breaks);
      throw error;
    }
  });

/** Holds a connection for `work`, which says when it is not to be used again. */
async function holding<T>(pool: pg.Pool, work: (client: pg.PoolClient, breaks: (fault: Error) => void) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // A connection that breaks while we hold it fails the statement that runs; the event would end the process.
  const ignore = (): void => {};
  client.on('error', ignore);
  let broken: Error | undefined;
  try {
    return await work(client, (fault) => {
      broken = fault;
    });
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const RETRIES_MAX = 3;

/** The SQLSTATE of an error, or undefined when it did not come from the server. */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Runs `attempt` again, up to three times, when Postgres chose it to break a deadlock or a serialization conflict. */
export async function withRetries<T>(log: Logger, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const state = sqlState(error);
      if (tries >= RETRIES_MAX || (state !== SERIALIZATION_FAILURE && state !== DEADLOCK_DETECTED)) throw error;
      log.info('transaction runs again', { state, tries: tries + 1 });
      await delay(Math.random() * 20 * 2 ** tries);
    }
  }
}
