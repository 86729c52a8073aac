import type pg from 'pg';
import type { Logger } from '../kit/log.ts';

/**
 * Wakes the listeners of a channel after a commit. Not inside the transaction: a commit that notifies holds a lock of the whole
 * server until it is on disk, and all changes would queue on it. Calls while one is on its way are merged; a lost one costs its
 * listener one poll.
 */
export function notifier(pool: pg.Pool, channel: string, log: Logger): () => void {
  let running = false;
  let again = false;
  const send = async (): Promise<void> => {
    running = true;
    try {
      do {
        again = false;
        await pool.query('select pg_notify($1, $2)', [channel, '']);
      } while (again);
    } catch (error) {
      log.debug('notification lost', { channel, error: String(error) });
    } finally {
      running = false;
    }
  };
  return () => {
    if (running) again = true;
    else void send();
  };
}
