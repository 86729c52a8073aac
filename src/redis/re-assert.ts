import type { Redis } from 'ioredis';
import type { HeldCall } from '../app/ports/journal.ts';
import { keys, LAST_CALL_FIELD, ttl } from './keys.ts';
import { assertLeases, holderText, runInOrder } from './leases.ts';
import { script } from './script.ts';

/**
 * A call that goes on holds its number again, and the last call is no earlier than its beginning.
 * KEYS 1 use. ARGV 1 call id  2 product time in ms  3 holder text  4 TTL of use in ms.
 */
const HOLD = script(`
local last = tonumber(redis.call('HGET', KEYS[1], '${LAST_CALL_FIELD}') or '')
if not last or last < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], '${LAST_CALL_FIELD}', ARGV[2]) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`);

/**
 * Puts live calls back, all sent at once: what ends one is sent later on the same connection and so comes after it. Returns how many
 * leases were not there before, and of calls that somebody else had closed up to when (product time in ms) their minutes were counted.
 */
export async function reAssertCalls(
  redis: Redis,
  calls: readonly HeldCall[],
): Promise<{ readonly added: number; readonly countedTo: ReadonlyMap<string, number> }> {
  const countedTo = new Map<string, number>();
  if (calls.length === 0) return { added: 0, countedTo };
  const holds = calls.flatMap(({ callId, agentId, since, numberIds }) =>
    numberIds.map((numberId) => ({
      script: HOLD,
      names: [keys.use(numberId)],
      args: [callId, since, holderText(since, agentId), ttl.useMs],
    })),
  );
  const leases = assertLeases(redis, calls, (callId, at) => countedTo.set(callId, Math.max(at, countedTo.get(callId) ?? 0)));
  const [added] = await Promise.all([leases, runInOrder(redis, holds)]);
  return { added, countedTo };
}
