import type { Redis } from 'ioredis';
import type { HolderFence, NumberUse } from '../app/ports/plane.ts';
import type { Logger } from '../kit/log.ts';
import { keys, LAST_CALL_FIELD, ttl } from './keys.ts';
import { useOf } from './last-calls.ts';
import { runScript, script } from './script.ts';
import { BadValue, listOf } from './strict-json.ts';

export interface HolderFenceDeps {
  readonly redis: Redis;
  readonly log: Logger;
  /** How long after the marking of an emptied Redis last calls may still be on their way, in ms. */
  readonly settleMs: number;
}

/**
 * Freezes and reads in one step: admission runs before it, and its call is in what is read, or after it, and is refused. Where
 * Redis cannot vouch for its last calls nothing is frozen and the wait in ms comes back: no marker, another server than the marked
 * one, or an emptied one until the delay is over and no call event from before its end waits for Postgres (decision C4).
 * Tokens lie side by side, so that the end of one change does not open the fence of another.
 * KEYS 1 plane  2 unsettled  3 call log, then use and freeze of each number. ARGV 1 token  2 TTL in ms  3 settling time in ms.
 */
const FREEZE = script(`
local marker = redis.call('GET', KEYS[1])
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if not marker or string.match(marker, '^%d+%.(%x+)%.') ~= run_id then return {'unknown', '1000'} end
local since = redis.call('GET', KEYS[2])
if since then
  local time = redis.call('TIME')
  local settled = tonumber(since) + tonumber(ARGV[3])
  local left = settled - (time[1] * 1000 + math.floor(time[2] / 1000))
  if left > 0 then return {'unknown', string.format('%d', left)} end
  local oldest = redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 1)[1]
  if oldest and tonumber(string.match(oldest[1], '^%d+')) <= settled then return {'unknown', '1000'} end
  redis.call('DEL', KEYS[2])
end
local uses = {'frozen'}
for i = 4, #KEYS, 2 do
  redis.call('HSET', KEYS[i + 1], ARGV[1], '1')
  redis.call('PEXPIRE', KEYS[i + 1], ARGV[2])
  uses[#uses + 1] = {redis.call('HGET', KEYS[i], '${LAST_CALL_FIELD}'), redis.call('HLEN', KEYS[i])}
end
return uses
`);

const RETRY_MS = 1000;
const WAIT_MS_MAX = 3_600_000;

/** Builds the fence around changes of holder. */
export function createHolderFence({ redis, log, settleMs }: HolderFenceDeps): HolderFence {
  return {
    async freeze(numberIds, token) {
      const frozenAt = performance.now();
      const names = numberIds.flatMap((numberId) => [keys.use(numberId), keys.freeze(numberId)]);
      try {
        const all = [keys.plane, keys.planeUnsettled, keys.callLog, ...names];
        const reply = await runScript(redis, FREEZE, all, [token, ttl.freezeMs, settleMs]);
        const [result, ...rest] = listOf(reply, numberIds.length + 2, 'freeze');
        if (result !== 'frozen') return { status: 'unknown', retryAfterMs: waitOf(rest[0]) };
        const uses = new Map<string, NumberUse>(numberIds.map((numberId, index) => [numberId, useOf(rest[index])]));
        return { status: 'frozen', uses, remainingMs: () => Math.max(0, frozenAt + ttl.freezeMs - performance.now()) };
      } catch (error) {
        // A damaged time is as good as none: unknown is not the same as never (decision C4).
        log.warn('last calls are unknown', { error: String(error) });
        return { status: 'unknown', retryAfterMs: RETRY_MS };
      }
    },
    async release(numberIds, token) {
      const pipeline = redis.pipeline();
      for (const numberId of numberIds) pipeline.hdel(keys.freeze(numberId), token);
      await pipeline.exec().catch((error: unknown) => log.warn('freeze left to expire', { error: String(error) }));
    },
  };
}

function waitOf(text: unknown): number {
  if (typeof text !== 'string' || !/^[0-9]{1,12}$/.test(text)) throw new BadValue('wait for last calls');
  return Math.min(Number(text), WAIT_MS_MAX);
}
