import type { Redis } from 'ioredis';
import type { CallLegs, LegStore } from '../app/ports/legs.ts';
import { keys, ttl } from './keys.ts';

const DIALOGS_MAX = 2;
const TEXT_MAX = 2048;

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
        const [next, fields] = await redis.hscan(keys.agentLegs(agentId), cursor, 'COUNT', countMax);
        for (let at = 0; at + 1 < fields.length && calls.size < countMax; at += 2)
          calls.set(fields[at] ?? '', legsOf(fields[at + 1] ?? ''));
        cursor = next;
      } while (cursor !== '0' && calls.size < countMax);
      return calls;
    },
    // It expires by itself: whoever dies with it does not keep the calls up.
    claim: async (deadId, agentId, ms) => (await redis.set(keys.agentLegsClaim(deadId), agentId, 'PX', ms, 'NX')) === 'OK',
    async forgetAgent(agentId) {
      await redis.srem(keys.agentsWithLegs, agentId);
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
