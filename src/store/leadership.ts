import pg from 'pg';

/**
 * Runs `work` while this process alone, of all on this database, holds the lock of that name; resolves with null at once when
 * another holds it. The lock is the session's: it ends with the connection, so a crash cannot leave it behind.
 */
export async function holdLeadership<T>(pool: pg.Pool, name: string, work: () => Promise<T>): Promise<T | null> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that breaks while the work runs tells it by an event, which would end the process; the lock went with it.
  const onBroken = (error: Error): void => {
    broken = error;
  };
  client.on('error', onBroken);
  try {
    const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as held', [name]);
    if (rows[0]?.held !== true) return null;
    try {
      return await work();
    } finally {
      await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]).catch((error: Error) => {
        // A connection that may still hold the lock must not go back to the pool.
        broken = error;
      });
    }
  } catch (error) {
    broken ??= error instanceof Error && 'severity' in error ? undefined : (error as Error);
    throw error;
  } finally {
    client.off('error', onBroken);
    client.release(broken);
  }
}

/** A holder that is stopped or cut off loses its connection, and with it the lock, after this. */
const SILENCE_MS_MAX = 10_000;
const BEAT_MS = 2500;

/**
 * The same for work that takes long: the holder shows that it is alive, the server ends a session that does not, so that a process
 * that was stopped or cut off keeps nobody out. `signal` says when the lock is lost or `stop` was asked for; `work` must then end.
 */
export async function holdLongLeadership<T>(
  pool: pg.Pool,
  name: string,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | null> {
  const client = await pool.connect();
  const lost = new AbortController();
  const lose = (): void => lost.abort(new Error(`the lock ${name} is lost`));
  client.on('error', lose);
  let beat: NodeJS.Timeout | undefined;
  try {
    const text = `set idle_session_timeout = ${SILENCE_MS_MAX}; select pg_try_advisory_lock(hashtextextended(${pg.escapeLiteral(name)}, 0)) as held`;
    // Two statements, two results: the driver gives them as a list.
    const [, taken] = (await client.query(text)) as unknown as readonly pg.QueryResult<{ held: boolean }>[];
    if (taken?.rows[0]?.held !== true) return null;
    beat = setInterval(() => void client.query('select 1').catch(lose), BEAT_MS);
    beat.unref();
    return await work(AbortSignal.any([stop, lost.signal]));
  } finally {
    clearInterval(beat);
    client.off('error', lose);
    // The session ends with its lock and its setting; a pool would hand both on.
    client.release(true);
  }
}
