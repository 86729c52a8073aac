import type { Redis } from 'ioredis';
import type { NumberCall, NumberCalls } from '../app/ports/jobs.ts';
import { keys, LAST_CALL_FIELD } from './keys.ts';
import { requireMarker } from './plane-view.ts';

const HOLDER = /^([0-9]{1,16})\.(.{1,64})$/;

/** Builds the list of live calls by number, as admission wrote them. */
export function createNumberCalls(redis: Redis): NumberCalls {
  return {
    async liveCalls(numberId, countMax) {
      const calls = new Map<string, NumberCall>();
      let cursor = '0';
      do {
        const [next, fields] = await redis.hscan(keys.use(numberId), cursor, 'COUNT', 500);
        for (let at = 0; at + 1 < fields.length && calls.size < countMax; at += 2) {
          const callId = fields[at] ?? '';
          const [, since = '0', agentId = ''] = HOLDER.exec(fields[at + 1] ?? '') ?? [];
          if (callId !== LAST_CALL_FIELD) calls.set(callId, { callId, agentId, since: Number(since) });
        }
        cursor = next;
      } while (cursor !== '0' && calls.size < countMax);
      // Last, so that a Redis emptied while we read does not pass for a number without calls.
      requireMarker(await redis.get(keys.plane));
      return [...calls.values()];
    },
  };
}
