import type { Redis } from 'ioredis';
import type { Outbox } from '../../../src/app/ports/store.ts';
import { type KeepPlaneDeps, keepPlane } from '../../../src/app/routing/keep-plane.ts';
import { relayOutbox } from '../../../src/app/routing/relay-outbox.ts';
import type { RecordKind, RecordRef } from '../../../src/domain/records.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { closeRedis, connectRedis } from '../../../src/redis/client.ts';
import { keys } from '../../../src/redis/keys.ts';
import { createRoutingPlane } from '../../../src/redis/plane.ts';
import { encodeRecord } from '../../../src/redis/record-codec.ts';
import { createRecordWriter } from '../../../src/redis/record-writer.ts';
import { holdLongLeadership } from '../../../src/store/leadership.ts';
import { postgresOutbox } from '../../../src/store/outbox.ts';
import { postgresPlaneHistory } from '../../../src/store/plane-history.ts';
import { createPool } from '../../../src/store/pool.ts';

export const KINDS: readonly RecordKind[] = ['account', 'endpoint', 'trunk_group', 'source', 'route_set', 'credential', 'number'];
export const NO_METRICS = { propagated() {}, pending() {}, backlog() {}, repaired() {} };
const never = new AbortController().signal;

/** One worker's side of the plane: its own connections to the database and to the Redis of `url`s. */
export async function openKeeper(urls: { readonly database: string; readonly redis: string }) {
  const pool = createPool(urls.database, { log: silentLogger, applicationName: 'keeper', connectionsMax: 6 });
  const redis = await connectRedis({ url: urls.redis, name: 'keeper', log: silentLogger, commandTimeoutMs: 5000 });
  const outbox = postgresOutbox(pool);
  const records = createRecordWriter({ redis });
  const plane = createRoutingPlane(redis);
  const history = postgresPlaneHistory(pool);
  const said: string[] = [];
  const note = (text: string): void => void said.push(text);
  const log = { ...silentLogger, info: note, warn: note, error: note };
  const deps: KeepPlaneDeps = {
    plane,
    history,
    outbox,
    records,
    log,
    alone: (stop, work) => holdLongLeadership(pool, 'plane', stop, work),
  };
  return {
    pool,
    redis,
    outbox,
    records,
    plane,
    history,
    deps,
    /** What the keeper logged. */
    said,
    keep: (over: Partial<KeepPlaneDeps> = {}, signal: AbortSignal = never) => keepPlane({ ...deps, ...over }, signal),
    relay: () => relayOutbox({ outbox, records, metrics: NO_METRICS }),
    /** References whose bytes in Redis are not what Postgres says. */
    differences: (): Promise<RecordRef[]> => differences(outbox, redis),
    async close() {
      await closeRedis(redis);
      await pool.end();
    },
  };
}

export type Keeper = Awaited<ReturnType<typeof openKeeper>>;

async function differences(outbox: Outbox, redis: Redis): Promise<RecordRef[]> {
  const epoch = await outbox.epoch();
  const found: RecordRef[] = [];
  for (const kind of KINDS) {
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof outbox.scanRecords>> = await outbox.scanRecords(kind, after, 500);
      for (const { ref, version, record } of page.writes) {
        if ((await redis.get(keys.record(ref))) !== encodeRecord(ref, epoch, version, record)) found.push(ref);
      }
      after = page.next;
    } while (after !== null);
  }
  return found;
}
