import { AGENT_COUNT_MARK } from './keys.ts';
import { MINUTE_FUNCTIONS } from './minutes-script.ts';
import { script } from './script.ts';

/**
 * Lua of the leases, shared by the scripts that take or give some. A scope is one hash: `call id → since.agent` says who holds it,
 * `#agent → n` how many of them are that agent's. The counts follow the holders one by one and only when a holder really came or went,
 * so doing anything twice changes nothing and no count is ever negative (decision C9). Nothing here expires: a call may be long.
 */
export const LEASE_FUNCTIONS = `${MINUTE_FUNCTIONS}
local function put(key, call, holder, agent)
  if redis.call('HSETNX', key, call, holder) == 0 then return 0 end
  redis.call('HINCRBY', key, '${AGENT_COUNT_MARK}' .. agent, 1)
  return 1
end
-- With the channel of a call its minutes end: both or neither, so that nothing is counted twice.
local function drop(key, minutes, call, at)
  local holder = redis.call('HGET', key, call)
  if not holder then return 0 end
  minutes_stop(minutes, call, at)
  local field = '${AGENT_COUNT_MARK}' .. (string.match(holder, '^%d+%.(.+)$') or '')
  redis.call('HDEL', key, call)
  if redis.call('HINCRBY', key, field, -1) <= 0 then redis.call('HDEL', key, field) end
  return 1
end
`;

/**
 * Takes every wanted lease, or none and returns the reply that says which is full. The checks come first and write nothing. Whoever
 * holds fewer fields than the limit is under it whatever those fields are, so that the registry is read only by a scope that is
 * nearly full; then calls of agents without a heartbeat do not count (by Redis' time, so that clocks need not agree).
 * The rate is GCRA: `due` is when the next call would be on time, and a burst is how far that may lie ahead.
 *
 * `take(agents, call, agent, holder, dead, key_at, arg_at, n, at)`: from KEYS[key_at] one lease key for each of n scopes, each followed
 * by its rate key where it has a rate and by that of its minutes where it has some; from ARGV[arg_at] three for each: channels or '',
 * calls per second or '', minutes per day or ''. `at` is product time in ms: days are its days.
 */
export const LEASE_TAKE = `${LEASE_FUNCTIONS}
local function live_fields(agents, agent, dead)
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local found = redis.call('HGETALL', agents)
  -- Who asks is alive, whatever the registry says.
  local fields = {'${AGENT_COUNT_MARK}' .. agent}
  for i = 1, #found, 2 do
    local seen = tonumber(string.match(found[i + 1], '^(%d+)%.') or '')
    if found[i] ~= agent and seen and now - seen < dead then fields[#fields + 1] = '${AGENT_COUNT_MARK}' .. found[i] end
  end
  return fields
end
local function in_use(key, fields)
  local sum = 0
  for from = 1, #fields, 1000 do
    for _, n in ipairs(redis.call('HMGET', key, unpack(fields, from, math.min(from + 999, #fields)))) do
      if n then sum = sum + tonumber(n) end
    end
  end
  return sum
end
local function take(agents, call, agent, holder, dead, key_at, arg_at, n, at)
  local fields, now
  local wanted, rates = {}, {}
  for i = 0, n - 1 do
    local key, max, per_second = KEYS[key_at], tonumber(ARGV[arg_at + 3 * i]), tonumber(ARGV[arg_at + 3 * i + 1])
    local minutes = tonumber(ARGV[arg_at + 3 * i + 2])
    key_at = key_at + 1
    wanted[#wanted + 1] = key
    -- Who asks again after a lost answer may hold it already.
    if max and redis.call('HLEN', key) >= max and redis.call('HEXISTS', key, call) == 0 then
      fields = fields or live_fields(agents, agent, dead)
      if in_use(key, fields) >= max then return {'full', tostring(i), 'channels'} end
    end
    if per_second then
      if not now then
        local time = redis.call('TIME')
        now = time[1] * 1000000 + time[2]
      end
      local rate = KEYS[key_at]
      key_at = key_at + 1
      local interval = 1000000 / per_second
      local due = math.max(tonumber(redis.call('GET', rate) or '') or 0, now) + interval
      -- A millionth of tolerance: intervals are not whole numbers of microseconds.
      if due - now > math.max(1, per_second) * interval + 1 and redis.call('HEXISTS', key, call) == 0 then return {'full', tostring(i), 'rate'} end
      rates[#rates + 1] = rate
      rates[#rates + 1] = due
    end
    if minutes then
      if minutes_used(KEYS[key_at], at) >= minutes * 60000 and redis.call('HEXISTS', key, call) == 0 then
        return {'full', tostring(i), 'minutes'}
      end
      key_at = key_at + 1
    end
  end
  for _, key in ipairs(wanted) do put(key, call, holder, agent) end
  for i = 1, #rates, 2 do
    local ms = math.ceil((rates[i + 1] - now) / 1000) + 1
    redis.call('SET', rates[i], string.format('%.0f', rates[i + 1]), 'PX', string.format('%d', ms))
  end
  return nil
end
`;

/**
 * The next target's leases for the last one's, in one step (decision C3); where one is full nothing changes at all. It is admission's
 * other half, and like it touches what lies on several shards.
 * KEYS 1 agents  2 calls of the agent, then lease and minutes of what is given back, then what is wanted as `take` says.
 * ARGV 1 call id  2 agent  3 holder  4 dead after ms  5 entry of the agent's list  6 TTL of that list in ms  7 how many are given back
 *      8 how many are wanted  9 product time in ms, then as `take` says.
 */
export const NEXT_TARGET = script(`${LEASE_TAKE}
local given = tonumber(ARGV[7])
local at = tonumber(ARGV[9])
local full = take(KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), 3 + 2 * given, 10, tonumber(ARGV[8]), at)
if full then return full end
for i = 3, 1 + 2 * given, 2 do drop(KEYS[i], KEYS[i + 1], ARGV[1], at) end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
return {'ok'}
`);

/** A call lets go of one scope; 1 when it held it. KEYS 1 lease  2 its minutes. ARGV 1 call id  2 product time in ms. */
export const FREE_LEASE = script(`${LEASE_FUNCTIONS}
return drop(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]))
`);

/** Puts a holder in whatever the limit says; 1 when it was not there. KEYS 1 lease. ARGV 1 call id  2 holder  3 agent. */
export const ASSERT_LEASE = script(`${LEASE_FUNCTIONS}
return put(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
`);
