import type { Redis } from 'ioredis';
import type { GatewayHealthStore, GatewayState, RegistrationState } from '../app/ports/gateway-health.ts';
import { ALONE_MS } from '../domain/gateway-health.ts';
import { keys } from './keys.ts';
import { runScript, script } from './script.ts';
import { BadValue, lineText, type Members, oneOf, orNull, parseMembers, wholeNumber } from './strict-json.ts';

const NOW = `local time = redis.call('TIME')
local now = tonumber(string.format('%d%03d', time[1], math.floor(time[2] / 1000)))`;

/** Called numbers that are told apart in one row of failures; more are needed nowhere. */
const CALLED_MAX = 100;

/**
 * Counts one result of a gateway. A call that fails brings it down after so many in a row, a good one up again. An OPTIONS does the same,
 * but what calls brought down it brings up only after the time in which no call would try it: who refuses calls may well answer pings.
 * What one called number gets in a row counts once: it may be refused everywhere, and its caller would bring the gateway down for all. So
 * would who dials many bad ones: where a row is of one origin alone and nothing in it is the gateway's own failure, it must have lasted for
 * a while too, unless the terms say that one failure is enough.
 * KEYS 1 states  2 version. ARGV 1 gateway  2 group  3 'c' call, 'p' ping  4 '1' good  5 why  6 down after  7 up after  8 retry ms
 * 9 the called number, '' where the failure is the gateway's own  10 who chose it  11 ms that failures of one alone must last.
 * State of the row: f how many, c which numbers, a whose ('*': of several, or of the gateway's own), b since when.
 */
const NOTE = script(`${NOW}
local raw = redis.call('HGET', KEYS[1], ARGV[1])
local ok, s = pcall(cjson.decode, raw or '')
if not ok or type(s) ~= 'table' then s = {s = 'u', t = now, f = 0, o = 0, x = 0, k = 'c', w = ''} end
local before = s.s
s.g = ARGV[2]
s.r = tonumber(ARGV[8])
if ARGV[3] == 'p' then
  s.p = now
  s.q = ARGV[5]
end
if ARGV[4] == '1' then
  local held = s.s == 'd' and s.k == 'c' and ARGV[3] == 'p' and now - (s.l or 0) < s.r
  if not held then
    s.f = 0
    s.c = nil
    s.a = nil
    s.b = nil
    s.o = math.min((s.o or 0) + 1, 1000)
    if s.s == 'd' then
      -- The next call may go on finding out at once.
      s.x = now - s.r
      s.l = now - s.r
      if s.o >= tonumber(ARGV[7]) then
        s.s = 'u'
        s.t = now
      end
    end
  end
else
  s.o = 0
  local known = false
  local origin = '*'
  if ARGV[9] ~= '' then
    origin = string.sub(redis.sha1hex(ARGV[10]), 1, 10)
    local called = string.sub(redis.sha1hex(ARGV[9]), 1, 10)
    if type(s.c) ~= 'table' then s.c = {} end
    for _, one in ipairs(s.c) do known = known or one == called end
    if not known and #s.c < ${String(CALLED_MAX)} then s.c[#s.c + 1] = called end
  end
  if not known then
    s.f = math.min((s.f or 0) + 1, 1000000)
    if s.f == 1 or not s.b then s.b = now end
    s.a = (s.a == nil or s.a == origin) and origin or '*'
  end
  s.l = now
  s.w = ARGV[5]
  local enough = s.a == '*' or tonumber(ARGV[6]) == 1 or now - (s.b or now) >= tonumber(ARGV[11])
  if s.s == 'u' and s.f >= tonumber(ARGV[6]) and enough then
    s.s = 'd'
    s.t = now
    s.k = ARGV[3]
    s.x = now
  elseif s.s == 'd' and ARGV[3] == 'c' then
    s.k = 'c'
  end
end
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(s))
redis.call('INCR', KEYS[2])
return before == s.s and '' or s.s
`);

/** One call in the time between two trials. KEYS 1 states  2 version. ARGV 1 gateway. */
const TRIAL = script(`${NOW}
local raw = redis.call('HGET', KEYS[1], ARGV[1])
local ok, s = pcall(cjson.decode, raw or '')
if not ok or type(s) ~= 'table' or s.s ~= 'd' or s.k ~= 'c' then return 0 end
if now - math.max(tonumber(s.x) or 0, tonumber(s.l) or 0) < tonumber(s.r) then return 0 end
s.x = now
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(s))
redis.call('INCR', KEYS[2])
return 1
`);

/** Takes or keeps the lead. KEYS 1 leader. ARGV 1 agent  2 ms. */
const LEAD = script(`
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

const RESIGN = script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`);

const STATES_MAX = 20_000;
const TIME_MAX = Number.MAX_SAFE_INTEGER;

/** Builds the store of gateways' health; it throws when Redis does not answer. */
export function createGatewayHealthStore(redis: Redis, aloneMs: number = ALONE_MS): GatewayHealthStore {
  const both = [keys.gatewayHealth, keys.gatewayHealthVersion];
  return {
    async note({ gatewayId, trunkGroupId, from, isGood, why, ofCall, downAfter, upAfter, retryMs }) {
      const args = [
        gatewayId,
        trunkGroupId,
        from === 'call' ? 'c' : 'p',
        isGood ? '1' : '0',
        why.slice(0, 64),
        downAfter,
        upAfter,
        retryMs,
        ofCall?.called ?? '',
        ofCall?.origin ?? '',
        aloneMs,
      ];
      const state = await runScript(redis, NOTE, both, args);
      return state === 'u' ? 'up' : state === 'd' ? 'down' : null;
    },
    async read(version) {
      const [current, [seconds, micros]] = await Promise.all([redis.get(keys.gatewayHealthVersion), redis.time()]);
      const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
      const seen = current ?? '0';
      if (seen === version) return { version: seen, now, states: null };
      return { version: seen, now, states: decoded(await redis.hgetall(keys.gatewayHealth), readState) };
    },
    takeTrial: async (gatewayId) => (await runScript(redis, TRIAL, both, [gatewayId])) === 1,
    lead: async (agentId, ms) => (await runScript(redis, LEAD, [keys.gatewayLeader], [agentId, ms])) === 1,
    async resign(agentId) {
      await runScript(redis, RESIGN, [keys.gatewayLeader], [agentId]);
    },
    async forget(gatewayIds) {
      if (gatewayIds.length === 0) return;
      await redis
        .multi()
        .hdel(keys.gatewayHealth, ...gatewayIds)
        .hdel(keys.gatewayRegistrations, ...gatewayIds)
        .incr(keys.gatewayHealthVersion)
        .exec();
    },
    async saveRegistration({ gatewayId, trunkGroupId, state, status, at, expiresAt }) {
      await redis.hset(
        keys.gatewayRegistrations,
        gatewayId,
        JSON.stringify({ g: trunkGroupId, s: state, w: status.slice(0, 64), t: at, e: expiresAt }),
      );
    },
    registrations: async () => decoded(await redis.hgetall(keys.gatewayRegistrations), readRegistration),
  };
}

/** What nobody can read is as good as not there. */
function decoded<T>(found: Readonly<Record<string, string>>, read: (gatewayId: string, body: Members) => T): T[] {
  return Object.entries(found)
    .slice(0, STATES_MAX)
    .flatMap(([gatewayId, text]) => {
      try {
        return [read(gatewayId, parseMembers(text))];
      } catch (error) {
        if (error instanceof BadValue) return [];
        throw error;
      }
    });
}

const time = (value: unknown): number => wholeNumber(value, 0, TIME_MAX, 'time');
const line = (value: unknown): string => lineText(value, 64, 'text');

const readState = (gatewayId: string, body: Members): GatewayState => ({
  gatewayId,
  trunkGroupId: line(body.g),
  state: oneOf(body.s, ['u', 'd'], 'state') === 'u' ? 'up' : 'down',
  since: time(body.t),
  by: oneOf(body.k, ['c', 'p'], 'cause') === 'c' ? 'call' : 'ping',
  failures: time(body.f),
  lastFailureAt: orNull(body.l, time),
  why: line(body.w),
  pingedAt: orNull(body.p, time),
  pingedWith: orNull(body.q, line),
  retryMs: time(body.r),
  triedAt: orNull(body.x, time) ?? 0,
});

const readRegistration = (gatewayId: string, body: Members): RegistrationState => ({
  gatewayId,
  trunkGroupId: line(body.g),
  state: oneOf(body.s, ['registered', 'failed'], 'state'),
  status: line(body.w),
  at: time(body.t),
  expiresAt: time(body.e),
});
