import type { Redis } from 'ioredis';
import type { AgentRegistry } from '../app/ports/routing.ts';
import { keys } from './keys.ts';
import { runScript, script } from './script.ts';

/** An agent is dead after this time without a heartbeat (decision C9). */
export const DEAD_AFTER_MS = 6000;
/** What is missing to that when an agent counts as missed: clocks are set, and nobody may act on one that is told it was not. */
const MISSED_SHARE = 5 / 6;

/**
 * Redis' own time, so that the clocks of agents need not agree. The row of an agent's signs of life is kept here and not by the agent: a
 * sign whose answer was lost must not hide that the one before it was missed. KEYS 1 agents  2 runs.
 * ARGV 1 agent  2 epoch  3 mode  4 missed after ms.
 */
const HEARTBEAT = script(`
local time = redis.call('TIME')
local now = string.format('%d%03d', time[1], math.floor(time[2] / 1000))
local seen = tonumber(string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', '^(%d+)%.') or '')
local run = redis.call('HGET', KEYS[2], ARGV[1])
if not seen or not run or tonumber(now) - seen >= tonumber(ARGV[4]) then
  run = string.format('%d%06d', time[1], time[2])
  redis.call('HSET', KEYS[2], ARGV[1], run)
end
redis.call('HSET', KEYS[1], ARGV[1], now .. '.' .. ARGV[2] .. '.' .. ARGV[3])
return run
`);

/** KEYS 1 agents  2 runs. ARGV 1 agent, then what must be registered of it, or nothing. */
const LEAVE = script(`
if ARGV[2] and redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 1
`);

const FACTS = /^([0-9]{1,16})\.([0-9]{1,16})\.(normal|degraded|draining)$/;
const AGENT_ID_MAX = 64;

/**
 * Builds the registry of agents. An agent stays listed, dead, until somebody has closed its calls and calls `leave` for it.
 * An entry nobody can read is an agent dead since 1970, so that it is cleaned up the same way.
 */
export function createAgentRegistry(redis: Redis, deadAfterMs = DEAD_AFTER_MS): AgentRegistry {
  const names = [keys.agents, keys.agentRuns];
  return {
    async heartbeat(agentId, { epoch, mode }) {
      if (agentId.length === 0 || agentId.length > AGENT_ID_MAX) throw new RangeError('an agent id has 1 to 64 characters');
      return String(await runScript(redis, HEARTBEAT, names, [agentId, epoch, mode, Math.ceil(deadAfterMs * MISSED_SHARE)]));
    },
    async leave(agentId, judged) {
      await runScript(redis, LEAVE, names, judged === undefined ? [agentId] : [agentId, judged]);
    },
    async list() {
      const [entries, [seconds, micros]] = await Promise.all([redis.hgetall(keys.agents), redis.time()]);
      const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
      return Object.entries(entries).map(([id, sign]) => {
        const [, seen = '0', epoch = '0', mode = 'unknown'] = FACTS.exec(sign) ?? [];
        const seenAt = Number(seen);
        return { id, seenAt, alive: now - seenAt < deadAfterMs, epoch: Number(epoch), mode, sign };
      });
    },
  };
}
