import type { Redis } from 'ioredis';
import type { RecordReader } from '../app/ports/routing.ts';
import { kindOf, type RecordRef, type SourceRecord, type Versioned } from '../domain/records.ts';
import { keys } from './keys.ts';
import { type PlaneMarker, PlaneUnavailable, type PlaneView, requireMarker } from './plane-view.ts';
import { decodeRecord, UNREADABLE_VERSION } from './record-codec.ts';

/** Told of each value that could not be read: where it was, never what it was. */
export type BadValueListener = (where: string, reason: string) => void;

/** What reading needs. */
export interface RecordReaderDeps {
  readonly redis: Redis;
  /** Told of the marker each read was made under; needed where a local copy or admission shares it. */
  readonly plane?: PlaneView;
  readonly onBadValue: BadValueListener;
}

/** Reads records, and the counter of sources by itself. All throw PlaneUnavailable when there is no complete plane. */
export interface PlaneRecordReader extends RecordReader {
  readSourcesVersion(): Promise<number>;
}

const ABSENT: Versioned = { version: 0, record: null };
const UNREADABLE: Versioned = { version: UNREADABLE_VERSION, record: null };
const SOURCES_PER_TRIP = 500;
const READ_ATTEMPTS = 3;

/** What a stored value means under a marker of `epoch`: left over from an older epoch is absent, a newer one is a rebuild. */
export function interpretValue(ref: RecordRef, value: unknown, epoch: number, onBadValue: BadValueListener): Versioned {
  if (value === null || value === undefined || value === '') return ABSENT;
  const stored = typeof value === 'string' ? decodeRecord(ref, value) : undefined;
  if (stored === undefined || !stored.ok) {
    onBadValue(kindOf(ref), stored === undefined ? 'type' : stored.error);
    return UNREADABLE;
  }
  if (stored.value.epoch > epoch) throw new PlaneUnavailable('rebuilding');
  return stored.value.epoch < epoch ? ABSENT : { version: stored.value.version, record: stored.value.record };
}

/** Builds the reader of records. */
export function createRecordReader(deps: RecordReaderDeps): PlaneRecordReader {
  return {
    read: (refs) => readUnderMarker(deps, refs),
    readSourcesVersion: () => readCounter(deps),
    async readSources() {
      // The counter first: what is read after it is at least as new, and a later change makes the next admission say so.
      const version = await readCounter(deps);
      const refs = (await deps.redis.smembers(keys.sourcesIndex)).filter((ref) => ref.startsWith('source:')) as RecordRef[];
      const records: SourceRecord[] = [];
      for (let at = 0; at < refs.length; at += SOURCES_PER_TRIP) {
        const found = await readUnderMarker(deps, refs.slice(at, at + SOURCES_PER_TRIP));
        for (const { record } of found.values()) if (record?.kind === 'source') records.push(record);
      }
      return { version, records };
    },
  };
}

async function readUnderMarker(deps: RecordReaderDeps, refs: readonly RecordRef[]): Promise<Map<RecordRef, Versioned>> {
  const records = new Map<RecordRef, Versioned>();
  const { values, epoch } = await getUnderMarker(
    deps,
    refs.map((ref) => keys.record(ref)),
  );
  refs.forEach((ref, index) => {
    records.set(ref, interpretValue(ref, values[index], epoch, deps.onBadValue));
  });
  return records;
}

/** Gets values in one trip between two looks at the marker, so that no FLUSHALL or marking happened in between. */
async function getUnderMarker(deps: RecordReaderDeps, names: readonly string[]): Promise<{ values: unknown[]; epoch: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const pipeline = deps.redis.pipeline().get(keys.plane);
    for (const name of names) pipeline.get(name);
    const replies = (await pipeline.get(keys.plane).exec()) ?? [];
    const before = requireMarker(replyOf(replies[0]));
    const after = requireMarker(replyOf(replies[replies.length - 1]));
    if (sameMarker(before, after)) {
      deps.plane?.see(after);
      return { values: replies.slice(1, -1).map(valueIn), epoch: after.epoch };
    }
    if (attempt === READ_ATTEMPTS) throw new PlaneUnavailable('rebuilding');
  }
}

const sameMarker = (one: PlaneMarker, other: PlaneMarker): boolean =>
  one.epoch === other.epoch && one.runId === other.runId && one.markId === other.markId;

type PipelineReply = [error: Error | null, result: unknown] | undefined;

function replyOf(reply: PipelineReply): unknown {
  if (reply === undefined) throw new Error('Redis gave no answer to a pipeline');
  if (reply[0] !== null) throw reply[0];
  return reply[1];
}

/** A value of another type than string is a bad value, every other error is one. */
function valueIn(reply: PipelineReply): unknown {
  return reply?.[0]?.message.startsWith('WRONGTYPE') ? new Error('type') : replyOf(reply);
}

async function readCounter(deps: RecordReaderDeps): Promise<number> {
  const { values } = await getUnderMarker(deps, [keys.sourcesVersion]);
  const counter = Number(values[0] ?? 0);
  return Number.isSafeInteger(counter) && counter >= 0 ? counter : UNREADABLE_VERSION;
}
