import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { MovableClock } from '../kit/clock.ts';
import type { Logger } from '../kit/log.ts';
import { keys, testClockChannel } from './keys.ts';
import { runScript, script } from './script.ts';

/** KEYS 1 offset  2 heard. ARGV 1 ms  2 channel. Returns the new offset and how many processes were told. */
const ADVANCE = script(`
local offset = redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], 0)
return { offset, redis.call('PUBLISH', ARGV[2], offset) }
`);

const HEARD_MS_MAX = 2000;
const LOOK_MS = 5;

/** The clock of `CLOCK=test`, the same in every process: its offset is in Redis, moves are told to all and awaited (decision B16). */
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
  const follow = (text: string | null): void => {
    const offsetMs = Number(text ?? 0);
    if (Number.isSafeInteger(offsetMs) && offsetMs > clock.offsetMs) clock.advance(offsetMs - clock.offsetMs);
  };
  const onMessage = (on: string, text: string): void => {
    if (on !== channel) return;
    follow(text);
    redis.incr(keys.testClockHeard).catch((error: unknown) => log.warn('test clock', { error: String(error) }));
  };
  const resume = (): void => {
    subscriber.subscribe(channel).then(
      async () => follow(await redis.get(keys.testClock)),
      (error: unknown) => log.warn('test clock', { error: String(error) }),
    );
  };
  subscriber.on('message', onMessage);
  subscriber.on('ready', resume);
  await subscriber.subscribe(channel);
  follow(await redis.get(keys.testClock));
  return {
    async advance(ms) {
      const [offset, told] = (await runScript(redis, ADVANCE, [keys.testClock, keys.testClockHeard], [ms, channel])) as [number, number];
      const until = performance.now() + HEARD_MS_MAX;
      while (Number(await redis.get(keys.testClockHeard)) < told) {
        if (performance.now() > until) return null;
        await delay(LOOK_MS);
      }
      return offset;
    },
    async stop() {
      subscriber.off('message', onMessage);
      subscriber.off('ready', resume);
      if (subscriber.status === 'ready') await subscriber.unsubscribe(channel);
    },
  };
}
