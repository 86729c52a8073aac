import type { Redis } from 'ioredis';
import type { HolderFence, NumberUse } from '../app/ports/plane.ts';
import type { Logger } from '../kit/log.ts';
import { DEAD_AFTER_MS } from './agents.ts';
import { keys, LAST_CALL_FIELD, ttl } from './keys.ts';
import { useOf } from './live-calls.ts';
import { runScript, script } from './script.ts';
import { BadValue, listOf } from './strict-json.ts';

export interface HolderFenceDeps {
  readonly redis: Redis;
  readonly log: Logger;
  /** How long after the marking of an emptied Redis last calls may still be on their way where nobody knows whose, in ms. */
  readonly settleMs: number;
  /** How long an agent's promise lasts; as in createJournalRegistry. */
  readonly promiseMs?: number;
  /** How long an agent out of touch may let calls in by its own copy; what it then never tells is lost, in ms. */
  readonly aloneMsMax?: number;
}

/** So much longer than agents go by their own copies is waited for their journals. */
export const FENCE_MARGIN_MS = 5000;
/** Decision C10. */
const ALONE_MS_MAX = 600_000 + FENCE_MARGIN_MS;

/**
 * Freezes and reads in one step: admission runs before it, and its call is in what is read, or after it, and is refused. Where
 * Redis cannot vouch for its last calls nothing is frozen and the wait in ms comes back (decision C4):
 * no marker, or another server than the marked one;
 * an agent that has not replayed its journal under this marker, or whose promise ran out (agent-journals.ts), until so long after
 * that its journal must be given up; a promise longer than promises are means that the clock was set back;
 * an emptied Redis into which the agents of before were not put yet, or whose living agents had no time to appear. Where there never
 * was one to put in nobody replays: then it waits, and until no call event from before the end of that waits for Postgres.
 * Tokens lie side by side, so that the end of one change does not open the fence of another.
 * KEYS 1 plane  2 unsettled  3 call log  4 journals  5 known, then use and freeze of each number.
 * ARGV 1 token  2 TTL in ms  3 settling time in ms  4 promise in ms  5 longest time alone in ms.
 */
const FREEZE = script(`
local marker = redis.call('GET', KEYS[1])
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if not marker or string.match(marker, '^%d+%.(%x+)%.') ~= run_id then return {'unknown', '1000'} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local journals = redis.call('HGETALL', KEYS[4])
local promise = tonumber(ARGV[4])
for i = 2, #journals, 2 do
  local state, at, mark = string.match(journals[i], '^(%a+):(%d+):(.*)$')
  at = tonumber(at)
  if not at then return {'unknown', '1000'} end
  if state ~= 'gone' and now - at <= tonumber(ARGV[5]) and (mark ~= marker or at - now > promise or (state ~= 'ended' and now >= at)) then
    return {'unknown', '1000'}
  end
end
local since = redis.call('GET', KEYS[2])
if since then
  local replayed = #journals > 0 and redis.call('GET', KEYS[5]) == marker
  local settled = tonumber(since) + (replayed and promise or tonumber(ARGV[3]))
  local left = settled - now
  if left > 0 then return {'unknown', string.format('%d', left)} end
  local oldest = not replayed and redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 1)[1]
  if oldest and tonumber(string.match(oldest[1], '^%d+')) <= settled then return {'unknown', '1000'} end
  redis.call('DEL', KEYS[2])
end
local uses = {'frozen'}
for i = 6, #KEYS, 2 do
  redis.call('HSET', KEYS[i + 1], ARGV[1], '1')
  redis.call('PEXPIRE', KEYS[i + 1], ARGV[2])
  uses[#uses + 1] = {redis.call('HGET', KEYS[i], '${LAST_CALL_FIELD}'), redis.call('HLEN', KEYS[i])}
end
return uses
`);

const RETRY_MS = 1000;
const WAIT_MS_MAX = 3_600_000;

/** Builds the fence around changes of holder. */
export function createHolderFence(deps: HolderFenceDeps): HolderFence {
  const { redis, log, settleMs, promiseMs = DEAD_AFTER_MS, aloneMsMax = ALONE_MS_MAX } = deps;
  return {
    async freeze(numberIds, token) {
      const frozenAt = performance.now();
      const names = numberIds.flatMap((numberId) => [keys.use(numberId), keys.freeze(numberId)]);
      try {
        const all = [keys.plane, keys.planeUnsettled, keys.callLog, keys.agentJournals, keys.agentJournalsKnown, ...names];
        const reply = await runScript(redis, FREEZE, all, [token, ttl.freezeMs, settleMs, promiseMs, aloneMsMax]);
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
