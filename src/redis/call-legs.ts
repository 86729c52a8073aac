import type { Redis } from 'ioredis';
import type { CallLegs, LegStore } from '../app/ports/legs.ts';
import { keys, ttl } from './keys.ts';
import { runScript, script } from './script.ts';

const DIALOGS_MAX = 2;
const TEXT_MAX = 2048;
/** More than is asked for at a time: a hash that shrinks has many places with nothing before the first that is left. */
const SCANNED_PER_TRIP = 1000;

/** It expires by itself: whoever dies with it does not keep the calls up. KEYS 1 claim. ARGV 1 agent  2 ms. */
const CLAIM = script(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

/**
 * What is registered of an agent and its legs lie on different shards, and must be looked at in one step.
 * KEYS 1 agents  2 legs  3 agents with legs. ARGV 1 agent  2 what was registered of it, '' for nothing, then call ids.
 */
export const FORGET_LEGS = script(`
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
for i = 3, #ARGV do redis.call('HDEL', KEYS[2], ARGV[i]) end
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('SREM', KEYS[3], ARGV[1]) end
return 1
`);

/** Builds the notes of where the legs of calls are. What cannot be read is a call without legs: there is nothing to end by it. */
export function createLegStore(redis: Redis): LegStore {
  return {
    async write(agentId, kept, gone) {
      const key = keys.agentLegs(agentId);
      const pipeline = redis.pipeline();
      if (kept.size > 0) {
        const fields = [...kept].flatMap(([callId, { server, dialogs }]) => [callId, JSON.stringify([server, ...dialogs])]);
        // Each time, because a FLUSHALL takes it along.
        pipeline
          .sadd(keys.agentsWithLegs, agentId)
          .hset(key, ...fields)
          .pexpire(key, ttl.agentCallsMs);
      }
      if (gone.length > 0) pipeline.hdel(key, ...gone);
      for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
    },
    agents: () => redis.smembers(keys.agentsWithLegs),
    async read(agentId, countMax) {
      const calls = new Map<string, CallLegs>();
      let cursor = '0';
      do {
        const [next, fields] = await redis.hscan(keys.agentLegs(agentId), cursor, 'COUNT', SCANNED_PER_TRIP);
        for (let at = 0; at + 1 < fields.length && calls.size < countMax; at += 2)
          calls.set(fields[at] ?? '', legsOf(fields[at + 1] ?? ''));
        cursor = next;
      } while (cursor !== '0' && calls.size < countMax);
      return calls;
    },
    claim: async (deadId, agentId, ms) => (await runScript(redis, CLAIM, [keys.agentLegsClaim(deadId)], [agentId, ms])) === 1,
    async forget(deadId, callIds, judged) {
      const names = [keys.agents, keys.agentLegs(deadId), keys.agentsWithLegs];
      await runScript(redis, FORGET_LEGS, names, [deadId, judged ?? '', ...callIds]);
    },
  };
}

function legsOf(text: string): CallLegs {
  try {
    const [server, ...dialogs] = JSON.parse(text.slice(0, TEXT_MAX)) as unknown[];
    const ids = dialogs.filter((id): id is string => typeof id === 'string' && id !== '');
    return { server: String(server), dialogs: ids.slice(0, DIALOGS_MAX) };
  } catch {
    return { server: '', dialogs: [] };
  }
}
