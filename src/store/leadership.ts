import type pg from 'pg';

/**
 * Runs `work` while this process alone, of all on this database, holds the lock of that name; resolves with null at once when
 * another holds it. The lock is the session's: it ends with the connection, so a crash cannot leave it behind.
 */
export async function holdLeadership<T>(pool: pg.Pool, name: string, work: () => Promise<T>): Promise<T | null> {
  const client = await pool.connect();
  let broken: Error | undefined;
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
    client.release(broken);
  }
}
