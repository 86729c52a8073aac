import type { Actor } from '../../src/app/actor.ts';
import { fingerprintOf } from '../../src/app/idempotency/fingerprint.ts';
import { createOnce, type Once } from '../../src/app/idempotency/once.ts';
import type { Account } from '../../src/domain/account.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { createSealer } from '../../src/kit/seal.ts';
import { closeRedis, connectRedis } from '../../src/redis/client.ts';
import { createHolderFence } from '../../src/redis/holder-fence.ts';
import { createRecordWriter } from '../../src/redis/record-writer.ts';
import { postgresOutbox } from '../../src/store/outbox.ts';
import { createPool } from '../../src/store/pool.ts';
import { postgresUnitOfWork } from '../../src/store/unit-of-work.ts';

const DAY_MS = 86_400_000;

export interface Urls {
  readonly database: string;
  readonly redis: string;
}

/** What the api gives its use cases, without HTTP: the smallest real thing that changes something and can be killed. */
export async function openParts(urls: Urls) {
  const pool = createPool(urls.database, { log: silentLogger, applicationName: 'faults', connectionsMax: 3 });
  const redis = await connectRedis({ url: urls.redis, name: 'faults', log: silentLogger, commandTimeoutMs: 5000 });
  const clock = systemClock;
  const unitOfWork = postgresUnitOfWork(pool, clock, silentLogger);
  return {
    pool,
    redis,
    clock,
    unitOfWork,
    outbox: postgresOutbox(pool),
    records: createRecordWriter({ redis }),
    log: silentLogger,
    propagationWaitMs: 2000,
    sealer: createSealer('test-sealing-key'),
    sipDomain: 'sip.test',
    coolOffMs: () => 15 * DAY_MS,
    requirementDeadlineMs: 30 * DAY_MS,
    requireSearch: false,
    searchValidMs: DAY_MS,
    defaultCurrency: 'USD',
    fence: createHolderFence({ redis, log: silentLogger, settleMs: 0 }),
    async close() {
      await closeRedis(redis);
      await pool.end();
    },
  };
}

export type Parts = Awaited<ReturnType<typeof openParts>>;

/** The guard of a request with this key, as the HTTP base makes it. */
export const onceOf = (parts: Parts, account: Account, key: string, asked: unknown): Once =>
  createOnce(
    { ...parts, keepMs: DAY_MS },
    {
      slot: { scope: `account:${account.id}`, mode: 'live', key },
      fingerprint: () => fingerprintOf([JSON.stringify(asked)]),
      secrets: [],
    },
  );

/** Somebody who may do everything for this account; null: the platform. */
export const actorOf = (account: Account | null, once?: Once): Actor => ({
  kind: account === null ? 'platform' : 'key',
  id: 'faults',
  account,
  role: 'owner',
  scopes: null,
  mode: 'live',
  requestId: 'faults',
  ip: null,
  ...(once === undefined ? {} : { once }),
});
