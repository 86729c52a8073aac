import { script } from './script.ts';

/**
 * One REGISTER: checks first, so that a refused one changes nothing but its nonce (RFC 3261 §10.3 step 7: all or none). Fields of the
 * hash are `expires call cseq login json`; times are Redis' own, so that the clocks of agents need not agree.
 *
 * KEYS  1 bindings  2 nonce  3 record of the login  4 all bindings of the shard by their end: all of one shard
 * ARGV  1 head the record must have  2 nonce count or ''  3 nonce TTL in s  4 ms the clock is ahead  5 login  6 fetch | clear | update
 *       7 call  8 cseq  9 contacts at most, then per contact its id, ms to live (0: remove) and JSON.
 */
export const REGISTER = script(`
if redis.call('GETRANGE', KEYS[3], 0, #ARGV[1] - 1) ~= ARGV[1] then return {'stale'} end
local count = tonumber(ARGV[2])
if count then
  local used = tonumber(redis.call('GET', KEYS[2]) or '')
  if used and used >= count then return {'replay'} end
  redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[4])
local cseq = tonumber(ARGV[8])
local live, old, left = {}, {}, 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local expires, call, number, login = string.match(all[i + 1], '^(%d+) (%S+) (%d+) (%S+) ')
  if login == ARGV[5] and tonumber(expires) > now then
    live[all[i]] = {call, tonumber(number)}
    left = left + 1
  else
    old[#old + 1] = all[i]
  end
end
local function older(one) return one and one[1] == ARGV[7] and one[2] >= cseq end
if ARGV[6] == 'clear' then
  for id, one in pairs(live) do
    if older(one) then return {'out_of_order'} end
    old[#old + 1] = id
  end
elseif ARGV[6] == 'update' then
  local more = false
  for i = 10, #ARGV, 3 do
    local one = live[ARGV[i]]
    if older(one) then return {'out_of_order'} end
    if one and ARGV[i + 1] == '0' then left = left - 1 end
    if not one and ARGV[i + 1] ~= '0' then
      left = left + 1
      more = true
    end
  end
  -- Who has too many may still refresh and remove them.
  if more and left > tonumber(ARGV[9]) then return {'full'} end
end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', string.format('%.0f', now))
local function forget(id)
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[4], KEYS[1] .. id)
end
for _, id in ipairs(old) do forget(id) end
if ARGV[6] == 'update' then
  for i = 10, #ARGV, 3 do
    if ARGV[i + 1] == '0' then
      forget(ARGV[i])
    else
      redis.call('ZADD', KEYS[4], string.format('%.0f', now + tonumber(ARGV[i + 1])), KEYS[1] .. ARGV[i])
      local value = string.format('%.0f %s %s %s ', now + tonumber(ARGV[i + 1]), ARGV[7], ARGV[8], ARGV[5])
      redis.call('HSET', KEYS[1], ARGV[i], value .. ARGV[i + 2])
    end
  end
end
all = redis.call('HGETALL', KEYS[1])
local last = 0
for i = 2, #all, 2 do last = math.max(last, tonumber(string.match(all[i], '^%d+'))) end
if last > 0 then redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last - tonumber(ARGV[4]))) end
return {'ok', string.format('%.0f', now), unpack(all)}
`);

/** The bindings of one login and the time they are measured by. KEYS 1 bindings. ARGV 1 ms the clock is ahead. */
export const READ_BINDINGS = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
return {string.format('%.0f', now), unpack(redis.call('HGETALL', KEYS[1]))}
`);

/**
 * Takes what is due of one server's flows and puts its next time. KEYS 1 times  2 flows. ARGV 1 ms between signs of life  2 at most.
 * A login has one field, of a line `until json` a flow.
 */
export const DUE_FLOWS = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])
local found = {}
for _, login in ipairs(due) do
  local some = false
  for until_ms, json in string.gmatch(redis.call('HGET', KEYS[2], login) or '', '(%d+) ([^\\n]*)') do
    if tonumber(until_ms) > now then
      some = true
      found[#found + 1] = json
    end
  end
  if some then
    redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), login)
  else
    redis.call('ZREM', KEYS[1], login)
    redis.call('HDEL', KEYS[2], login)
  end
  -- The flows of one login stay together: at most as many more as one login may have. What is left stays due.
  if #found >= tonumber(ARGV[2]) then break end
end
return found
`);

/**
 * Puts a login's flows at one server in the place of those it had. KEYS 1 times  2 flows. ARGV 1 login, then per flow ms to live and
 * JSON; none: forget. A login that is there keeps its time: whoever refreshes often is not left without signs of life. Both keys end
 * with the last flow, also those of a server that never comes back.
 */
export const KEEP_FLOWS = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if #ARGV == 1 then
  redis.call('ZREM', KEYS[1], ARGV[1])
  return redis.call('HDEL', KEYS[2], ARGV[1])
end
local lines, last = {}, 0
for i = 2, #ARGV, 2 do
  local until_ms = now + tonumber(ARGV[i])
  last = math.max(last, until_ms)
  lines[#lines + 1] = string.format('%.0f ', until_ms) .. ARGV[i + 1]
end
redis.call('ZADD', KEYS[1], 'NX', now, ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], table.concat(lines, '\\n'))
for _, key in ipairs(KEYS) do
  if redis.call('PTTL', key) < last - now then redis.call('PEXPIREAT', key, string.format('%.0f', last)) end
end
return 1
`);
