import type { Redis } from 'ioredis';
import type { MinuteBook } from '../app/ports/limits.ts';
import { minuteDay } from '../domain/lease.ts';
import { keys, ttl } from './keys.ts';
import { CHECK_MINUTES, MINUTES, MINUTES_USED } from './minutes-script.ts';
import { runScript } from './script.ts';

/** Builds the view of used minutes, and what compares them with Postgres. */
export function createMinuteBook(redis: Redis): MinuteBook {
  return {
    async used(scope, at) {
      return Number(await runScript(redis, MINUTES_USED, [keys.minutes(scope)], [at]));
    },
    async unchecked(scopes, at, everyMs) {
      if (scopes.length === 0) return [];
      const pipeline = redis.pipeline();
      for (const scope of scopes) pipeline.hget(keys.minutes(scope), MINUTES.checked);
      const replies = (await pipeline.exec()) ?? [];
      return scopes.filter((_, index) => {
        const [error, text] = replies[index] ?? [new Error('Redis gave no answer to a pipeline'), null];
        if (error !== null) throw error;
        const checkedAt = Number(text ?? Number.NaN);
        return !(at - checkedAt < everyMs && minuteDay(checkedAt) === minuteDay(at));
      });
    },
    async check(scope, at, endedMs) {
      await runScript(redis, CHECK_MINUTES, [keys.minutes(scope)], [at, Math.max(0, Math.round(endedMs)), ttl.minutesMs]);
    },
  };
}
