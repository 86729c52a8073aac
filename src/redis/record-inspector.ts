import type { Redis } from 'ioredis';
import type { Damage, FoundRecord, RecordInspector, Verdict } from '../app/ports/route-audit.ts';
import type { RecordWrite } from '../app/ports/routing.ts';
import { kindOf, type RecordRef } from '../domain/records.ts';
import { invalidationChannel, keys, refOfKey } from './keys.ts';
import { encodeRecord } from './record-codec.ts';
import { runScript, script } from './script.ts';

/**
 * Removes a value that is still what it was, and tells agents that there is none: version 0 (versions begin at 1).
 * KEYS 1 record or sources index  2 sources index  3 sources counter. ARGV 1 value  2 channel  3 epoch  4 ref or ''.
 */
const DROP = script(`
local gone = 0
if KEYS[1] ~= KEYS[2] then
  local found = redis.pcall('GET', KEYS[1])
  if type(found) == 'table' then found = '' end
  if found ~= ARGV[1] then return 0 end
  gone = redis.call('DEL', KEYS[1])
end
if string.sub(ARGV[4], 1, 7) == 'source:' and redis.call('SREM', KEYS[2], ARGV[4]) == 1 then
  redis.call('INCR', KEYS[3])
  gone = 1
end
if ARGV[4] ~= '' then redis.call('PUBLISH', ARGV[2], ARGV[3] .. '.0. ' .. ARGV[4]) end
return gone
`);

const HEAD = /^([0-9]{1,10})\.([0-9]{1,15})\./;
/** A version so far above its row is no lost change: nothing may be written above it, it must go. */
const PLAUSIBLE_LEAD = 1_000_000;
const SCAN_COUNT = 500;
const INDEX_MAX = 100_000;

/** Builds the auditor's look at Redis. All throw when Redis cannot be reached. */
export function createRecordInspector(redis: Redis): RecordInspector {
  const channel = invalidationChannel(redis.options.db ?? 0);
  const drop = async (epoch: number, { key, ref, value }: FoundRecord): Promise<boolean> => {
    const names = [key === '' ? keys.sourcesIndex : key, keys.sourcesIndex, keys.sourcesVersion];
    return (await runScript(redis, DROP, names, [value, channel, epoch, ref ?? ''])) === 1;
  };
  return {
    drop,
    inspect: (epoch, writes, isHeld) => inspect(redis, epoch, writes, isHeld ? drop : null),
    scan: (cursor, countMax) => scan(redis, cursor, countMax),
    async indexedSources() {
      const members = await redis.smembers(keys.sourcesIndex);
      return members.filter((member) => member.startsWith('source:')).slice(0, INDEX_MAX) as RecordRef[];
    },
  };
}

async function inspect(
  redis: Redis,
  epoch: number,
  writes: readonly RecordWrite[],
  drop: RecordInspector['drop'] | null,
): Promise<readonly Verdict[]> {
  const pipeline = redis.pipeline();
  for (const { ref } of writes) {
    pipeline.get(keys.record(ref));
    if (kindOf(ref) === 'source') pipeline.sismember(keys.sourcesIndex, ref);
  }
  const replies = (await pipeline.exec()) ?? [];
  const verdicts: Verdict[] = [];
  let at = 0;
  for (const write of writes) {
    const value = textOf(replies[at++]);
    const indexed = kindOf(write.ref) === 'source' ? replies[at++]?.[1] === 1 : true;
    const verdict = judge(epoch, write, value, indexed);
    if (verdict === null) continue;
    verdicts.push(verdict);
    // Nothing can be written above it: it goes, and the row's own version follows.
    if (drop !== null && verdict.damage === 'newer' && verdict.above === write.version && value !== null) {
      await drop(epoch, { key: keys.record(write.ref), ref: write.ref, value, isTombstone: false });
    }
  }
  return verdicts;
}

function judge(epoch: number, write: RecordWrite, value: string | null, indexed: boolean): Verdict | null {
  const { ref, version, record } = write;
  const verdict = (damage: Damage, above: number | null): Verdict => ({ ref, damage, above });
  if (value === null) return record === null ? null : verdict('missing', null);
  const [head, storedEpoch, storedVersion] = HEAD.exec(value) ?? [];
  if (head === undefined) return verdict('different', version);
  if (record === null && (value === head || Number(storedEpoch) < epoch)) return null;
  if (value === tryEncode(write, epoch)) return indexed ? null : verdict('different', version);
  const lead = Number(storedVersion) - version;
  if (Number(storedEpoch) > epoch) return verdict('newer', version);
  if (Number(storedEpoch) < epoch || lead < 0) return verdict('older', null);
  if (lead > 0) return verdict('newer', lead > PLAUSIBLE_LEAD ? version : Number(storedVersion));
  return verdict('different', version);
}

/** A record that cannot be encoded is nowhere in Redis and equals nothing. */
function tryEncode({ ref, version, record }: RecordWrite, epoch: number): string | undefined {
  try {
    return encodeRecord(ref, epoch, version, record);
  } catch {
    return undefined;
  }
}

/** A value of another type is none that anybody can read, which is not the same as none. */
function textOf(reply: [Error | null, unknown] | undefined): string | null {
  if (reply === undefined) throw new Error('Redis gave no answer to a pipeline');
  const [error, value] = reply;
  if (error === null) return typeof value === 'string' ? value : null;
  if (error.message.startsWith('WRONGTYPE')) return '';
  throw error;
}

async function scan(redis: Redis, cursor: string, countMax: number): ReturnType<RecordInspector['scan']> {
  const names: string[] = [];
  let at = cursor;
  // Most keys may be no records (live calls, queues): a step ends by work done as much as by records found.
  for (let trips = 0; trips < Math.ceil(countMax / SCAN_COUNT); trips += 1) {
    const [next, some] = await redis.scan(at, 'COUNT', Math.min(countMax, SCAN_COUNT));
    at = next;
    for (const name of some) if (refOfKey(name) !== undefined) names.push(name);
    if (at === '0') break;
  }
  const pipeline = redis.pipeline();
  for (const name of names) pipeline.get(name);
  const replies = names.length === 0 ? [] : ((await pipeline.exec()) ?? []);
  const found = names.flatMap((key, index) => {
    const value = textOf(replies[index]);
    return value === null ? [] : [foundAt(key, value)];
  });
  return { found, next: at === '0' ? null : at };
}

function foundAt(key: string, value: string): FoundRecord {
  const head = HEAD.exec(value)?.[0];
  return { key, ref: refOfKey(key, head === undefined ? '' : value.slice(head.length)) ?? null, value, isTombstone: value === head };
}
