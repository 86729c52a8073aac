import type { Redis } from 'ioredis';
import type { CallLog, LoggedCallEvent } from '../app/ports/routing.ts';
import { bounded } from '../kit/lifecycle.ts';
import { decodeCallEvent } from './call-event-codec.ts';
import { BLOCK_MS_MAX } from './client.ts';
import { keys, listMax } from './keys.ts';
import type { BadValueListener } from './record-reader.ts';
import { BadValue } from './strict-json.ts';

/** What the call log needs. */
export interface CallLogDeps {
  readonly redis: Redis;
  /** A connection of its own (`blocking: true`): a blocking read keeps all that comes behind it waiting. One reader per log. */
  readonly blockingRedis: Redis;
  readonly onBadValue: BadValueListener;
}

const READ_MAX = 5000;

/**
 * Builds the drain's end of the call log (decision C5): a stream read from its beginning, whose entries are deleted once
 * Postgres has committed them. No consumer group: what "not yet in Postgres" means is then said in one place, the presence of
 * the entry, and there is no second memory (a group's cursor, its list of pending entries, a dead consumer's name) that could
 * disagree with it. Killed before the commit: nothing happened. Killed between commit and `forget`, or two workers at once:
 * the entries are read again, and the unique (call_id, seq) of Postgres makes the second insert nothing. One worker at a time
 * drains (it holds a lock in Postgres), so nothing is gained by sharing out entries either.
 */
export function createCallLog(deps: CallLogDeps): CallLog {
  const { redis, blockingRedis } = deps;
  return {
    async read(countMax, waitMs) {
      const count = Math.min(Math.max(Math.trunc(countMax), 1), READ_MAX);
      // BLOCK 0 would be for ever.
      const wait = Math.min(Math.max(Math.trunc(waitMs), 1), BLOCK_MS_MAX);
      // From 0 and not from the last entry seen: what was not forgotten comes again, and BLOCK waits only while there is none.
      const reply = await bounded(blockingRedis.xread('COUNT', count, 'BLOCK', wait, 'STREAMS', keys.callLog, '0'), wait + 2000, 'XREAD');
      return keepGood(deps, reply?.[0]?.[1] ?? []);
    },
    async forget(streamIds) {
      if (streamIds.length > 0) await redis.xdel(keys.callLog, ...streamIds);
    },
    backlog: () => redis.xlen(keys.callLog),
  };
}

type StreamEntry = [id: string, fields: string[]];

async function keepGood(deps: CallLogDeps, entries: readonly StreamEntry[]): Promise<LoggedCallEvent[]> {
  const good: LoggedCallEvent[] = [];
  for (const entry of entries) {
    const [streamId, fields] = entry;
    try {
      good.push({ streamId, event: decodeCallEvent(fields[1]) });
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      deps.onBadValue('call_log', error.message);
      await setAside(deps.redis, entry);
    }
  }
  return good;
}

/** What is no event of ours is kept for people, bounded, out of the way of those that are. */
async function setAside(redis: Redis, [streamId, fields]: StreamEntry): Promise<void> {
  const text = JSON.stringify([streamId, ...fields]).slice(0, 4096);
  const pipeline = redis
    .pipeline()
    .lpush(keys.callLogBad, text)
    .ltrim(keys.callLogBad, 0, listMax.callLogBad - 1);
  const replies = (await pipeline.xdel(keys.callLog, streamId).exec()) ?? [];
  for (const [error] of replies) if (error !== null) throw error;
}
