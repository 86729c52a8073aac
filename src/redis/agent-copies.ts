import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { AgentCopies, AgentRegistry } from '../app/ports/routing.ts';
import { invalidationChannel, keys, ttl } from './keys.ts';

/** First word of the message by which agents are asked to confirm what they were told before it. */
export const ASK_MESSAGE = 'ask';

const LOOK_MS = 5;
/** An agent that reconnected in between did not hear the question. */
const ASK_AGAIN_MS = 250;

/**
 * Asks all agents on the channel of invalidations. Messages of a channel come in order, so whoever hears the question was told of
 * every record before it; it answers once its copy has read them again. Agents that start meanwhile read what is there.
 */
export function createAgentCopies(redis: Redis, agents: Pick<AgentRegistry, 'list'>): AgentCopies {
  const channel = invalidationChannel(redis.options.db ?? 0);
  return {
    async upToDate(waitMs) {
      const token = randomBytes(9).toString('hex');
      const until = performance.now() + waitMs;
      const wanted = (await agents.list()).filter(({ alive }) => alive).map(({ id }) => id);
      for (let askAt = 0; ; ) {
        if (wanted.length === 0) return true;
        if (performance.now() >= askAt) {
          await redis.publish(channel, `${ASK_MESSAGE} ${token}`);
          askAt = performance.now() + ASK_AGAIN_MS;
        }
        const confirmed = new Set(await redis.smembers(keys.confirmed(token)));
        if (wanted.every((id) => confirmed.has(id))) return true;
        if (performance.now() + LOOK_MS >= until) return false;
        await delay(LOOK_MS);
      }
    },
  };
}

/** The agent's end: notes that this agent has all it was told before the question of `token`. */
export async function confirmCopy(redis: Redis, token: string, agentId: string): Promise<void> {
  const key = keys.confirmed(token);
  await redis.multi().sadd(key, agentId).pexpire(key, ttl.confirmedMs).exec();
}
