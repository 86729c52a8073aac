import { LAST_CALL_FIELD } from './keys.ts';
import { LEASE_FUNCTIONS } from './lease-script.ts';
import { script } from './script.ts';

/**
 * Closes one call of an agent that was judged gone, unless anything was heard of the agent since, or the call is listed otherwise than it
 * was read: it may hold other leases by now. It is admission undone, all of it in one step, and like it touches what lies on several
 * shards. How far its minutes counted is kept: the agent may come back with the call. Returns 1 closed, 0 listed otherwise, -1 heard of.
 * KEYS 1 agents  2 call log  3 calls of the agent, then use, lease, minutes and closed calls of each number, then lease, minutes and
 *      closed calls of each other scope.
 * ARGV 1 agent  2 what was registered of it, '' for nothing  3 call id  4 its entry in the list, '' for none  5 event  6 product time in
 *      ms  7 how many numbers  8 TTL of use in ms  9 TTL of closed calls in ms.
 */
export const CLOSE_CALL = script(`${LEASE_FUNCTIONS}
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return -1 end
local call = ARGV[3]
if (redis.call('HGET', KEYS[3], call) or '') ~= ARGV[4] then return 0 end
local at = tonumber(ARGV[6])
local function close(lease, minutes, closed)
  local counts = redis.call('HEXISTS', minutes, call) == 1
  if drop(lease, minutes, call, at) == 0 or not counts then return end
  redis.call('HSET', closed, call, ARGV[6])
  -- Not anew each time: what nobody comes back for goes even where agents die every day.
  if redis.call('PTTL', closed) < 0 then redis.call('PEXPIRE', closed, ARGV[9]) end
end
redis.call('XADD', KEYS[2], '*', 'e', ARGV[5])
local first = 4 + 4 * tonumber(ARGV[7])
for i = 4, first - 1, 4 do
  close(KEYS[i + 1], KEYS[i + 2], KEYS[i + 3])
  redis.call('HDEL', KEYS[i], call)
  local last = tonumber(redis.call('HGET', KEYS[i], '${LAST_CALL_FIELD}') or '')
  if not last or last < at then redis.call('HSET', KEYS[i], '${LAST_CALL_FIELD}', ARGV[6]) end
  redis.call('PEXPIRE', KEYS[i], ARGV[8])
end
for i = first, #KEYS, 3 do close(KEYS[i], KEYS[i + 1], KEYS[i + 2]) end
redis.call('HDEL', KEYS[3], call)
return 1
`);
