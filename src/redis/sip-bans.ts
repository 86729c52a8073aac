import type { Redis } from 'ioredis';
import type { SipBanStore } from '../app/ports/sip-bans.ts';
import { banAddressOf, type SipBan } from '../domain/sip-ban.ts';
import { keys } from './keys.ts';
import { runScript, script } from './script.ts';
import { listOf } from './strict-json.ts';

const BANS_MAX = 10_000;

/**
 * Counts one failed login, and bans at the last one of a window. Who is banned longest makes room when there are too many. Fields of the
 * hash are `since expires failures`; times are Redis' own. KEYS 1 failures  2 bans  3 version  4 trusted. ARGV 1 address  2 failures at most
 * 3 window in ms  4 ban in ms  5 bans at most.
 */
const FAIL = script(`
if redis.call('EXISTS', KEYS[4]) == 1 then return 0 end
local failures = redis.call('INCR', KEYS[1])
if failures == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
if failures < tonumber(ARGV[2]) then return 0 end
redis.call('DEL', KEYS[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local expires = now + tonumber(ARGV[4])
if redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[5]) then
  local soonest, first
  local all = redis.call('HGETALL', KEYS[2])
  for i = 1, #all, 2 do
    local ends = tonumber(string.match(all[i + 1], '^%d+ (%d+)')) or 0
    if ends <= now then
      redis.call('HDEL', KEYS[2], all[i])
    elseif not soonest or ends < soonest then
      soonest, first = ends, all[i]
    end
  end
  if first and redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[5]) then redis.call('HDEL', KEYS[2], first) end
end
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f %.0f %d', now, expires, failures))
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[2], ARGV[4]) end
redis.call('INCR', KEYS[3])
return 1
`);

/** A list in the list, because Lua unpacks no more than some 8,000 values. KEYS 1 bans. */
const LIST = script(`
local time = redis.call('TIME')
return {string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), redis.call('HGETALL', KEYS[1])}
`);

/** KEYS 1 bans  2 version. ARGV 1 address. */
const LIFT = script(`
local time = redis.call('TIME')
local ends = string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', '^%d+ (%d+)')
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('INCR', KEYS[2])
if ends and tonumber(ends) > time[1] * 1000 + math.floor(time[2] / 1000) then return 1 end
return 0
`);

/** Builds the store of bans. */
export function createSipBans(redis: Redis): SipBanStore {
  return {
    async trust(address, trustedMs) {
      await redis.set(keys.sipTrusted(address), '1', 'PX', trustedMs);
    },
    async fail(address, { failuresMax, windowMs, banMs }) {
      const names = [keys.sipFailures(address), keys.sipBans, keys.sipBansVersion, keys.sipTrusted(address)];
      return (await runScript(redis, FAIL, names, [address, failuresMax, windowMs, banMs, BANS_MAX])) === 1 ? 'banned' : 'counted';
    },
    // Two reads of one number: a Redis that was emptied has none, and that differs from any.
    version: async () => (await redis.get(keys.sipBansVersion)) ?? '',
    async list() {
      const [now, held] = listOf(await runScript(redis, LIST, [keys.sipBans], []), 2, 'bans and their time');
      const fields = listOf(held, 2 * BANS_MAX, 'bans');
      const bans: SipBan[] = [];
      for (let at = 0; at + 1 < fields.length; at += 2) bans.push(...banOf(String(fields[at]), String(fields[at + 1]), Number(now)));
      return bans;
    },
    lift: async (address) => (await runScript(redis, LIFT, [keys.sipBans, keys.sipBansVersion], [address])) === 1,
  };
}

/** None: it is over, or nobody can read it. */
function banOf(address: string, text: string, now: number): SipBan[] {
  const [, since, expires, failures] = /^([0-9]{1,16}) ([0-9]{1,16}) ([0-9]{1,9})$/.exec(text) ?? [];
  const expiresAt = Number(expires ?? 0);
  if (expiresAt <= now || banAddressOf(address) !== address) return [];
  return [{ address, bannedAt: Number(since), expiresAt, remainingMs: expiresAt - now, failures: Number(failures) }];
}
