import { type RecordKind, type RecordRef, recordRef } from '../../src/domain/records.ts';
import { PlaneView } from '../../src/redis/plane-view.ts';
import { createRecordReader, type PlaneRecordReader } from '../../src/redis/record-reader.ts';
import { postgresOutbox } from '../../src/store/outbox.ts';
import { until } from '../support/daemon.ts';
import type { Model } from './model.ts';
import type { Site } from './site.ts';

const KINDS: readonly RecordKind[] = ['account', 'endpoint', 'trunk_group', 'source', 'route_set', 'credential', 'number'];
const SETTLE_MS = 5000;

/** Invariant 2: pending is 0 within 5 s, every record equals its row, and versions never went back in their epoch. */
export function createRecordCheck({ pool, redisClient }: Site, model: Model): () => Promise<void> {
  const outbox = postgresOutbox(pool);
  const reader = createRecordReader({ redis: redisClient, plane: new PlaneView(), onBadValue: () => {} });
  const seen = new Map<RecordRef, { epoch: number; version: number }>();
  return async () => {
    const empty = await until(async () => (await outbox.pending()).count === 0, SETTLE_MS);
    const { count, oldestMs } = await outbox.pending();
    model.check(
      2,
      empty === true || count === 0,
      () => `${count} records pending ${SETTLE_MS} ms after healing, the oldest for ${oldestMs} ms`,
    );
    let found: Differences = { different: ['the plane is not complete'], compared: 0, versions: new Map() };
    await until(async () => {
      found = await compare(outbox, reader, model).catch((error: unknown) => ({ ...found, different: [String(error)] }));
      return found.different.length === 0;
    }, SETTLE_MS);
    model.check(2, found.different.length === 0, () => found.different.slice(0, 5).join('; '));
    model.checked[2] = (model.checked[2] ?? 0) + found.compared;
    const epoch = await outbox.epoch();
    for (const [ref, version] of found.versions) {
      const before = seen.get(ref);
      if (before?.epoch === epoch) model.check(2, version >= before.version, () => `${ref} went from ${before.version} back to ${version}`);
      seen.set(ref, { epoch, version });
    }
  };
}

interface Differences {
  readonly different: readonly string[];
  readonly compared: number;
  readonly versions: ReadonlyMap<RecordRef, number>;
}

async function compare(outbox: ReturnType<typeof postgresOutbox>, reader: PlaneRecordReader, model: Model): Promise<Differences> {
  const different: string[] = [];
  const versions = new Map<RecordRef, number>();
  for (const kind of KINDS) {
    const { writes } = await outbox.scanRecords(kind, null, 10_000);
    const stored = await reader.read(writes.map(({ ref }) => ref));
    for (const { ref, version, record } of writes) {
      const held = stored.get(ref);
      versions.set(ref, held?.version ?? 0);
      if (held?.version !== version || JSON.stringify(held.record) !== JSON.stringify(record)) {
        different.push(`${ref}: version ${held?.version ?? 'none'} in Redis, ${version} in Postgres`);
      }
    }
  }
  const unowned = model.numbers.map(({ e164 }) => recordRef.number('live', e164)).filter((ref) => !versions.has(ref));
  const left = await reader.read(unowned);
  for (const [ref, { record }] of left) if (record !== null) different.push(`${ref}: in Redis, though nobody has it`);
  return { different, compared: versions.size + unowned.length, versions };
}
