import type { Redis } from 'ioredis';
import type pg from 'pg';
import type { Registry } from 'prom-client';
import type { ChangeDeps } from '../app/change.ts';
import { createTellGateways } from '../app/gateways/tell-gateways.ts';
import { createKeepMinutes } from '../app/limits/keep-minutes.ts';
import { createWatchTraffic } from '../app/traffic/watch-traffic.ts';
import type { Clock } from '../kit/clock.ts';
import type { Lifecycle } from '../kit/lifecycle.ts';
import { startLoop } from '../kit/loop.ts';
import { trafficMetrics } from '../metrics/recorders.ts';
import { createGatewayHealthStore } from '../redis/gateway-health.ts';
import { createMinuteBook } from '../redis/minute-book.ts';
import { holdLeadership } from '../store/leadership.ts';
import { postgresMinutes } from '../store/minutes.ts';
import { postgresTraffic } from '../store/traffic.ts';

interface GuardParts {
  readonly pool: pg.Pool;
  readonly redis: Redis;
  readonly registry: Registry;
  readonly change: ChangeDeps;
  readonly clock: Clock;
  readonly lifecycle: Lifecycle;
  /** How often the guard looks at calls out; 0: it does not. */
  readonly trafficLookMs: number;
}

const LOOK_MS = 1000;
/** Between two events of one gateway: one that flaps is told of twice a minute at most. */
const GATEWAY_EVERY_MS = 30_000;

/** Starts what watches over limits and gateways between calls; each is done by one worker at a time. */
export function startGuards({ pool, redis, registry, change, clock, lifecycle, trafficLookMs }: GuardParts): void {
  const keepMinutes = createKeepMinutes({ book: createMinuteBook(redis), reader: postgresMinutes(pool), clock });
  const tellGateways = createTellGateways({ ...change, gateways: createGatewayHealthStore(redis), clock, everyMs: GATEWAY_EVERY_MS });
  const watchTraffic = createWatchTraffic({ ...change, traffic: postgresTraffic(pool), metrics: trafficMetrics(registry), clock });
  const start = (name: string, intervalMs: number, work: () => Promise<unknown>): void => {
    const run = async (): Promise<boolean> => {
      await holdLeadership(pool, name, work);
      return false;
    };
    lifecycle.add(startLoop({ name, intervalMs, log: change.log, run }));
  };
  start('minutes', LOOK_MS, keepMinutes);
  start('gateway events', LOOK_MS, tellGateways);
  if (trafficLookMs > 0) start('traffic guard', trafficLookMs, watchTraffic);
}
