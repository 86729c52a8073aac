import type { Redis } from 'ioredis';
import type { Config } from '../config/load-config.ts';
import { type Clock, movableClock, systemClock } from '../kit/clock.ts';
import type { Lifecycle } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { closeRedis, connectRedis } from '../redis/client.ts';
import { joinTestClock, type SharedTestClock } from '../redis/test-clock.ts';

/** Opens Redis connections of a role and closes them with it. */
export interface RedisConnections {
  readonly main: Redis;
  /** A connection of its own for subscriptions or blocking reads. */
  another(name: string, options?: { readonly blocking?: boolean }): Promise<Redis>;
  /** A connection to the Redis of the job queues; `patient` for workers, which wait for it. */
  queue(name: string, options?: { readonly patient?: boolean }): Promise<Redis>;
}

/** Connects the role to Redis. Throws when it cannot be reached at the start. */
export async function openRedis(config: Config, role: string, lifecycle: Lifecycle, log: Logger): Promise<RedisConnections> {
  const url = config.redis.url;
  if (url === undefined) throw new Error('a role needs REDIS_URL');
  const open = async (name: string, options: { url?: string; blocking?: boolean; patient?: boolean } = {}): Promise<Redis> => {
    const { connectTimeoutMs, commandTimeoutMs } = config.redis;
    const redis = await connectRedis({ url, name: `dialplane-${name}`, log, connectTimeoutMs, commandTimeoutMs, ...options });
    lifecycle.add({ name: `redis ${name}`, stop: () => closeRedis(redis) });
    return redis;
  };
  return {
    main: await open(role),
    another: (name, options) => open(`${role}-${name}`, options),
    queue: (name, options) => open(`${role}-${name}`, { ...options, url: config.redis.queueUrl ?? url }),
  };
}

/** The product clock: the system's, or the shared one of `CLOCK=test` (decision B16). */
export async function openClock(
  config: Config,
  redis: RedisConnections,
  lifecycle: Lifecycle,
  log: Logger,
): Promise<{ readonly clock: Clock; readonly testClock: SharedTestClock | null }> {
  if (config.process.clock === 'system') return { clock: systemClock, testClock: null };
  const clock = movableClock();
  const testClock = await joinTestClock({ redis: redis.main, subscriber: await redis.another('clock'), clock, log });
  lifecycle.add({ name: 'test clock', stop: () => testClock.stop() });
  return { clock, testClock };
}
