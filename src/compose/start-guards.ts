import type { Redis } from 'ioredis';
import type pg from 'pg';
import { createKeepMinutes } from '../app/limits/keep-minutes.ts';
import type { Clock } from '../kit/clock.ts';
import type { Lifecycle } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { startLoop } from '../kit/loop.ts';
import { createMinuteBook } from '../redis/minute-book.ts';
import { holdLeadership } from '../store/leadership.ts';
import { postgresMinutes } from '../store/minutes.ts';

interface GuardParts {
  readonly pool: pg.Pool;
  readonly redis: Redis;
  readonly clock: Clock;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
}

const MINUTES_LOOK_MS = 1000;

/** Starts what watches over limits between calls: used minutes against the calls in Postgres. */
export function startGuards({ pool, redis, clock, lifecycle, log }: GuardParts): void {
  const keepMinutes = createKeepMinutes({ book: createMinuteBook(redis), reader: postgresMinutes(pool), clock });
  const alone = (name: string, run: () => Promise<boolean>) => async () => (await holdLeadership(pool, name, run)) ?? false;
  lifecycle.add(startLoop({ name: 'minutes', intervalMs: MINUTES_LOOK_MS, log, run: alone('minutes', keepMinutes) }));
}
