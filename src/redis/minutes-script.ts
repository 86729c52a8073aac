import { MINUTE_DAY_MS } from '../domain/lease.ts';
import { script } from './script.ts';

/** Fields of `keys.minutes`, beside `call id → since` of calls in progress; a call id is never one letter. `checked` is a product time. */
export const MINUTES = { day: 'd', ended: 't', running: 'n', begun: 'a', checked: 's' } as const;

/**
 * Lua of minutes per day. A scope is one hash: which day it counts, what calls that ended used of it (ms), how many calls are in progress
 * and the sum of when they began (ms from the day's beginning), so that what is used is known at any moment without a walk: ended +
 * running × now − begun. Each call in progress has a field of its own: only who finds it there ends it, and only who holds the scope's
 * lease may begin, so events that come twice, late or after the end change nothing. A new day begins with the first who comes in it;
 * who comes with a clock still in the day before counts in the new one.
 */
export const MINUTE_FUNCTIONS = `
local DAY = ${MINUTE_DAY_MS}
local function minutes_at(key, at)
  local found = redis.call('HMGET', key, '${MINUTES.day}', '${MINUTES.ended}', '${MINUTES.running}', '${MINUTES.begun}')
  local day, today, running = tonumber(found[1] or ''), math.floor(at / DAY), tonumber(found[3] or '') or 0
  if day and day >= today then return day, tonumber(found[2] or '') or 0, running, tonumber(found[4] or '') or 0 end
  -- Whoever talks since yesterday uses up today from its beginning.
  return today, 0, running, 0
end
local function minutes_set(key, day, ended, running, begun)
  redis.call('HSET', key, '${MINUTES.day}', string.format('%.0f', day), '${MINUTES.ended}', string.format('%.0f', ended),
    '${MINUTES.running}', string.format('%.0f', running), '${MINUTES.begun}', string.format('%.0f', begun))
end
local function minutes_used(key, at)
  local day, ended, running, begun = minutes_at(key, at)
  return ended + math.max(running * math.max(at - day * DAY, 0) - begun, 0)
end
local function minutes_stop(key, call, at)
  local since = tonumber(redis.call('HGET', key, call) or '')
  if not since then return end
  redis.call('HDEL', key, call)
  local day, ended, running, begun = minutes_at(key, at)
  local from = math.max(since - day * DAY, 0)
  minutes_set(key, day, ended + math.max(at - day * DAY - from, 0), math.max(running - 1, 0), math.max(begun - from, 0))
end
`;

/**
 * A call begins to use up minutes, unless it does already or holds the scope no more; 1 when it did. One that was closed by mistake goes
 * on from there, or its time before would count twice; then that time comes back. KEYS 1 lease  2 minutes  3 closed calls.
 * ARGV 1 call id  2 product time in ms  3 TTL in ms.
 */
export const START_MINUTES = script(`${MINUTE_FUNCTIONS}
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 or redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 0 end
local counted_to = tonumber(redis.call('HGET', KEYS[3], ARGV[1]) or '') or 0
local at = math.max(tonumber(ARGV[2]), counted_to)
local day, ended, running, begun = minutes_at(KEYS[2], at)
minutes_set(KEYS[2], day, ended, running + 1, begun + math.max(at - day * DAY, 0))
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', at))
redis.call('PEXPIRE', KEYS[2], ARGV[3])
if counted_to == 0 then return 1 end
return string.format('%.0f', at)
`);

/** What is used up at a moment, in ms. KEYS 1 minutes. ARGV 1 product time in ms. */
export const MINUTES_USED = script(`${MINUTE_FUNCTIONS}
return string.format('%.0f', minutes_used(KEYS[1], tonumber(ARGV[1])))
`);

/**
 * Ended calls of the day used at least so much; 1 when that day is counted. KEYS 1 minutes. ARGV 1 product time in ms  2 ms  3 TTL in ms.
 */
export const CHECK_MINUTES = script(`${MINUTE_FUNCTIONS}
local at = tonumber(ARGV[1])
local day, ended, running, begun = minutes_at(KEYS[1], at)
if day ~= math.floor(at / DAY) then return 0 end
minutes_set(KEYS[1], day, math.max(ended, tonumber(ARGV[2])), running, begun)
redis.call('HSET', KEYS[1], '${MINUTES.checked}', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`);
