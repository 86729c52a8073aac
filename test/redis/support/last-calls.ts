import type { Redis } from 'ioredis';
import type { NumberUse } from '../../../src/app/ports/plane.ts';
import { keys, LAST_CALL_FIELD } from '../../../src/redis/keys.ts';
import { useOf } from '../../../src/redis/live-calls.ts';
import { requireMarker } from '../../../src/redis/plane-view.ts';

/** What Redis knows of numbers' use; throws where it is away, holds no complete plane, or something damaged. */
export async function readUses(redis: Redis, numberIds: readonly string[]): Promise<ReadonlyMap<string, NumberUse>> {
  const uses = await Promise.all(
    numberIds.map(async (numberId) => {
      const found = await redis.multi().hget(keys.use(numberId), LAST_CALL_FIELD).hlen(keys.use(numberId)).exec();
      return [numberId, useOf((found ?? []).map(([, value]) => value))] as const;
    }),
  );
  requireMarker(await redis.get(keys.plane));
  return new Map(uses);
}
