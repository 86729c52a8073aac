import { setTimeout as delay } from 'node:timers/promises';
import { arm, record } from './fault-runtime.ts';
import type { Order, Word } from './messages.ts';
import { openParts } from './open-parts.ts';
import { perform } from './operations.ts';

/** After the answer some work goes on (the outbox forgets what is applied); this long after its last point all is quiet. */
const QUIET_MS = 100;

const tell = (word: Word): void => void process.send?.(word);
const { DATABASE, REDIS } = process.env;
if (DATABASE === undefined || REDIS === undefined) throw new Error('DATABASE and REDIS are needed');
const parts = await openParts({ database: DATABASE, redis: REDIS });
// What a process in service has done before: connections are open, prepared for the first request.
await Promise.all([parts.pool.query('select 1'), parts.redis.ping()]);

process.on('message', (order: Order) => void obey(order));
process.on('disconnect', () => process.exit(0));
tell({ type: 'ready' });

async function obey({ request, fault }: Order): Promise<void> {
  const reached = record();
  if (fault !== null) arm(fault, () => tell({ type: 'hit' }));
  try {
    tell({ type: 'answered', answered: await perform(parts, request) });
  } catch (error) {
    tell({ type: 'failed', error: String(error) });
  }
  for (let count = -1; count < reached.length; ) {
    count = reached.length;
    await delay(QUIET_MS);
  }
  tell({ type: 'quiet', reached });
}
