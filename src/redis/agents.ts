import type { Redis } from 'ioredis';
import type { AgentRegistry } from '../app/ports/routing.ts';
import { keys } from './keys.ts';
import { runScript, script } from './script.ts';

/** An agent is dead after this time without a heartbeat (decision C9). */
export const DEAD_AFTER_MS = 6000;

/** Redis' own time, so that the clocks of agents need not agree. KEYS 1 agents. ARGV 1 agent  2 epoch  3 mode. */
const HEARTBEAT = script(`
local time = redis.call('TIME')
local now = string.format('%d%03d', time[1], math.floor(time[2] / 1000))
redis.call('HSET', KEYS[1], ARGV[1], now .. '.' .. ARGV[2] .. '.' .. ARGV[3])
return 1
`);

const FACTS = /^([0-9]{1,16})\.([0-9]{1,16})\.(normal|degraded|draining)$/;
const AGENT_ID_MAX = 64;

/**
 * Builds the registry of agents. An agent stays listed, dead, until somebody has closed its calls and calls `leave` for it.
 * An entry nobody can read is an agent dead since 1970, so that it is cleaned up the same way.
 */
export function createAgentRegistry(redis: Redis, deadAfterMs = DEAD_AFTER_MS): AgentRegistry {
  return {
    async heartbeat(agentId, facts) {
      if (agentId.length === 0 || agentId.length > AGENT_ID_MAX) throw new RangeError('an agent id has 1 to 64 characters');
      await runScript(redis, HEARTBEAT, [keys.agents], [agentId, facts.epoch, facts.mode]);
    },
    async leave(agentId) {
      await redis.hdel(keys.agents, agentId);
    },
    async list() {
      const [entries, [seconds, micros]] = await Promise.all([redis.hgetall(keys.agents), redis.time()]);
      const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
      return Object.entries(entries).map(([id, text]) => {
        const [, seen = '0', epoch = '0', mode = 'unknown'] = FACTS.exec(text) ?? [];
        const seenAt = Number(seen);
        return { id, seenAt, alive: now - seenAt < deadAfterMs, epoch: Number(epoch), mode };
      });
    },
  };
}
