import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { MovableClock } from '../kit/clock.ts';
import type { Logger } from '../kit/log.ts';
import { startLoop } from '../kit/loop.ts';
import { keys, testClockChannel } from './keys.ts';
import { runScript, script } from './script.ts';

/** Redis may have lost the offset: whoever knows a greater one puts it back. KEYS 1 offset. ARGV 1 offset known. Returns the greater. */
const KEEP = script(`
local kept = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%d', kept))
return kept
`);

/** KEYS 1 offset  2 heard. ARGV 1 ms  2 channel  3 offset known. Returns the new offset and how many processes were told. */
const ADVANCE = script(`
local offset = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), tonumber(ARGV[3])) + ARGV[1]
redis.call('SET', KEYS[1], string.format('%d', offset))
redis.call('SET', KEYS[2], 0)
return { offset, redis.call('PUBLISH', ARGV[2], offset) }
`);

const HEARD_MS_MAX = 2000;
const LOOK_MS = 5;
const KEEP_MS = 250;

/**
 * The clock of `CLOCK=test`, the same in every process: its offset is in Redis, moves are told to all and awaited (decision B16). It
 * never goes back, not even for a process that starts after Redis was emptied: any other one that runs puts the offset back.
 */
export interface SharedTestClock {
  /** Moves all clocks; resolves with the new offset once every process has heard of it, null when that took too long. */
  advance(ms: number): Promise<number | null>;
  stop(): Promise<void>;
}

/** Joins this process's clock to the shared one. `subscriber` is a connection of its own. */
export async function joinTestClock(deps: {
  readonly redis: Redis;
  readonly subscriber: Redis;
  readonly clock: MovableClock;
  readonly log: Logger;
}): Promise<SharedTestClock> {
  const { redis, subscriber, clock, log } = deps;
  const channel = testClockChannel(redis.options.db ?? 0);
  const follow = (offsetMs: number): void => {
    if (Number.isSafeInteger(offsetMs) && offsetMs > clock.offsetMs) clock.advance(offsetMs - clock.offsetMs);
  };
  const onMessage = (on: string, text: string): void => {
    if (on !== channel) return;
    follow(Number(text));
    redis.incr(keys.testClockHeard).catch((error: unknown) => log.warn('test clock', { error: String(error) }));
  };
  const keep = async (): Promise<void> => follow(Number(await runScript(redis, KEEP, [keys.testClock], [clock.offsetMs])));
  const resume = (): void => {
    subscriber.subscribe(channel).catch((error: unknown) => log.warn('test clock', { error: String(error) }));
  };
  subscriber.on('message', onMessage);
  subscriber.on('ready', resume);
  await subscriber.subscribe(channel);
  // Emptied a moment ago, or new: the others, where there are any, have put it back by then.
  if ((await redis.exists(keys.testClock)) === 0) await delay(2 * KEEP_MS);
  await keep();
  const keeping = startLoop({ name: 'test clock', intervalMs: KEEP_MS, backOffMsMax: 1000, log, run: () => keep().then(() => false) });
  return {
    async advance(ms) {
      const [offset, told] = (await runScript(redis, ADVANCE, [keys.testClock, keys.testClockHeard], [ms, channel, clock.offsetMs])) as [
        number,
        number,
      ];
      const until = performance.now() + HEARD_MS_MAX;
      while (Number(await redis.get(keys.testClockHeard)) < told) {
        if (performance.now() > until) return null;
        await delay(LOOK_MS);
      }
      return offset;
    },
    async stop() {
      await keeping.stop();
      subscriber.off('message', onMessage);
      subscriber.off('ready', resume);
      if (subscriber.status === 'ready') await subscriber.unsubscribe(channel);
    },
  };
}
