import type { Redis } from 'ioredis';
import type { LiveCall, LiveCalls, NumberUse } from '../app/ports/plane.ts';
import { decodeAgentCall } from './agent-call.ts';
import { keys } from './keys.ts';
import { BadValue, listOf } from './strict-json.ts';

const TIME_MAX = 8.64e15;
const LIVE_CALLS_MAX = 500;

/** Reads last call and number of fields of a use; throws BadValue on a damaged one. */
export function useOf(reply: unknown): NumberUse {
  const [last, fields] = listOf(reply, 2, 'use of a number');
  if (typeof fields !== 'number') throw new BadValue('use of a number');
  if (last === null) return { lastCallAt: null, liveCalls: fields };
  const lastCallAt = typeof last === 'string' && /^[0-9]{1,16}$/.test(last) ? Number(last) : Number.NaN;
  if (!(lastCallAt <= TIME_MAX)) throw new BadValue('last call');
  return { lastCallAt, liveCalls: fields - 1 };
}

/** Builds the list of calls by agent. Entries that cannot be read come back as calls without numbers, so that they can be closed. */
export function createLiveCalls(redis: Redis): LiveCalls {
  return {
    async liveCallsOf(agentId, countMax = LIVE_CALLS_MAX) {
      const calls: LiveCall[] = [];
      let cursor = '0';
      do {
        const [next, fields] = await redis.hscan(keys.agentCalls(agentId), cursor, 'COUNT', 200);
        for (let at = 0; at + 1 < fields.length && calls.length < countMax; at += 2) {
          calls.push({ callId: fields[at] ?? '', ...decodeAgentCall(fields[at + 1] ?? '') });
        }
        cursor = next;
      } while (cursor !== '0' && calls.length < countMax);
      return calls;
    },
  };
}
