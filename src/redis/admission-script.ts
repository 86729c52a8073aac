import { LAST_CALL_FIELD } from './keys.ts';
import { LEASE_FUNCTIONS, LEASE_TAKE } from './lease-script.ts';
import { script } from './script.ts';

/** Expected head of a record that could not be read: nothing is equal to it. */
export const UNREADABLE_HEAD = '!';

/**
 * The one script a call passes (decision C3). It decides nothing: it checks that what the agent decided on is still so, and
 * counts the call in, all or nothing. Checks come first and write nothing, so an error in them leaves nothing behind.
 *
 * KEYS  1 plane  2 sources counter  3 call log  4 calls of the agent  5 nonce  6 agents, then use and freeze of each touched
 *       number, then one key per record of the vector, then the leases as `take` wants them, then the bindings of SIP users.
 * ARGV  1 marker the agent knows  2 sources counter or ''  3 nonce count or ''  4 nonce TTL in s  5 product time in ms
 *       6 call id  7 holder text  8 '1' admitted, '2' so even while a
 *       number moves, '0' refused  9 event  10 entry of the agent's list  11 how many numbers
 *       12 TTL of use in ms  13 TTL of agent calls in ms  14 how many records  15 how many leases  16 agent  17 dead after ms,
 *       then per record the head it must have, '' for none, then the leases as `take` wants them, last how many SIP users.
 *
 * Versions are compared on the head of a value with GETRANGE: a route set may be a megabyte, its head is ten bytes.
 */
export const ADMIT = script(`${LEASE_TAKE}
local marker = redis.call('GET', KEYS[1])
if not marker then return {'no_plane'} end
local numbers = tonumber(ARGV[11])
local first = 6 + 2 * numbers
local last = first + tonumber(ARGV[14])
local newer
if marker ~= ARGV[1] then
  newer = {'stale', marker, '1'}
  for i = first + 1, last do
    newer[#newer + 1] = tostring(i - first - 1)
    newer[#newer + 1] = redis.call('GET', KEYS[i]) or ''
  end
  return newer
end

local sources_changed = '0'
if ARGV[2] ~= '' and (redis.call('GET', KEYS[2]) or '0') ~= ARGV[2] then sources_changed = '1' end
for i = first + 1, last do
  local head = ARGV[17 + i - first]
  local same
  if head == '${UNREADABLE_HEAD}' then
    same = false
  elseif head ~= '' then
    same = redis.call('GETRANGE', KEYS[i], 0, #head - 1) == head
  else
    local found = redis.call('GETRANGE', KEYS[i], 0, 31)
    same = found == ''
    if not same then
      -- Left over from an older epoch counts as absent.
      local epoch = tonumber(string.match(found, '^(%d+)%.%d+%.') or '')
      same = epoch and epoch < tonumber(string.match(marker, '^%d+'))
    end
  end
  if not same then
    newer = newer or {'stale', marker, sources_changed}
    newer[#newer + 1] = tostring(i - first - 1)
    newer[#newer + 1] = redis.call('GET', KEYS[i]) or ''
  end
end
if newer then return newer end
if sources_changed == '1' then return {'stale', marker, '1'} end

local count = tonumber(ARGV[3])
if count then
  local used = tonumber(redis.call('GET', KEYS[5]) or '')
  if used and used >= count then return {'replay'} end
end

if ARGV[8] ~= '0' then
  for n = 1, ARGV[8] == '1' and numbers or 0 do
    if redis.call('EXISTS', KEYS[6 + 2 * n]) == 1 then return {'moving'} end
  end
  -- All of them or none, and the last that may refuse: what follows only writes (decisions C3, C9).
  local full = take(KEYS[6], ARGV[6], ARGV[16], ARGV[7], tonumber(ARGV[17]), last + 1, 18 + last - first, tonumber(ARGV[15]),
    tonumber(ARGV[5]))
  if full then return full end
end

if count then redis.call('SET', KEYS[5], ARGV[3], 'EX', ARGV[4]) end
if ARGV[8] ~= '0' then
  local at = tonumber(ARGV[5])
  for n = 1, numbers do
    local use = KEYS[5 + 2 * n]
    local last = tonumber(redis.call('HGET', use, '${LAST_CALL_FIELD}') or '')
    if last and last >= at then
      redis.call('HSET', use, ARGV[6], ARGV[7])
    else
      redis.call('HSET', use, '${LAST_CALL_FIELD}', ARGV[5], ARGV[6], ARGV[7])
    end
    redis.call('PEXPIRE', use, ARGV[12])
  end
  redis.call('HSET', KEYS[4], ARGV[6], ARGV[10])
  redis.call('PEXPIRE', KEYS[4], ARGV[13])
end
redis.call('XADD', KEYS[3], '*', 'e', ARGV[9])
local users = tonumber(ARGV[#ARGV])
if users == 0 then return {'ok'} end
local time = redis.call('TIME')
local reply = {'ok', string.format('%d%03d', time[1], math.floor(time[2] / 1000))}
for i = #KEYS - users + 1, #KEYS do reply[#reply + 1] = redis.call('HGETALL', KEYS[i]) end
return reply
`);

/**
 * A call lets go of one number and of its lease, and the last call moves to its end: a call in progress counts as now (design §3).
 * KEYS 1 use  2 lease of the number  3 its minutes. ARGV 1 call id  2 product time in ms  3 TTL of use in ms.
 */
export const RELEASE = script(`${LEASE_FUNCTIONS}
drop(KEYS[2], KEYS[3], ARGV[1], tonumber(ARGV[2]))
redis.call('HDEL', KEYS[1], ARGV[1])
local last = tonumber(redis.call('HGET', KEYS[1], '${LAST_CALL_FIELD}') or '')
if not last or last < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], '${LAST_CALL_FIELD}', ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`);
