import type { Redis } from 'ioredis';
import type { RecordWrite } from '../app/ports/routing.ts';
import { keys, tagOf } from './keys.ts';
import { encodeRecord } from './record-codec.ts';
import { type ScriptCall, script, tryScripts } from './script.ts';

/**
 * Compare-and-set of many records at once, all of one shard (decision C24), without a word to anybody: a rebuild writes a plane
 * that has no mark, and the mark makes every agent read anew. KEYS records. ARGV their values; epoch and version are in their heads.
 * MGET takes a value of another type for none, and MSET replaces it.
 */
const FILL = script(`
local found = redis.call('MGET', unpack(KEYS))
local sets = {}
for i = 1, #KEYS do
  local now, value = found[i], ARGV[i]
  if now ~= value then
    local write = true
    if now then
      local epoch, version = string.match(now, '^(%d+)%.(%d+)%.')
      local mine, my = string.match(value, '^(%d+)%.(%d+)%.')
      epoch, version, mine, my = tonumber(epoch), tonumber(version), tonumber(mine), tonumber(my)
      if epoch and (epoch > mine or (epoch == mine and version > my)) then write = false end
    end
    if write then
      sets[#sets + 1] = KEYS[i]
      sets[#sets + 1] = value
    end
  end
end
if #sets > 0 then redis.call('MSET', unpack(sets)) end
return #sets / 2
`);

/** Lua's stack holds some 8,000 values, and a call waits for the script: 128 records are some 0.3 ms. */
const RECORDS_PER_SCRIPT = 128;

interface Batch {
  readonly keys: string[];
  readonly args: string[];
}

/** Writes records of any kind but sources. Resolves with how many cannot be encoded; throws when Redis cannot be reached. */
export async function fillRecords(redis: Redis, epoch: number, writes: readonly RecordWrite[]): Promise<number> {
  const open = new Map<string, Batch>();
  const calls: ScriptCall[] = [];
  let failed = 0;
  for (const { ref, version, record } of writes) {
    const value = tryEncode(() => encodeRecord(ref, epoch, version, record));
    if (value === undefined) {
      failed += 1;
      continue;
    }
    const key = keys.record(ref);
    const tag = tagOf(key);
    let batch = open.get(tag);
    if (batch === undefined || batch.keys.length === RECORDS_PER_SCRIPT) {
      batch = { keys: [], args: [] };
      open.set(tag, batch);
      calls.push(batch);
    }
    batch.keys.push(key);
    batch.args.push(value);
  }
  for (const [error] of await tryScripts(redis, FILL, calls)) if (error !== null) throw error;
  return failed;
}

function tryEncode(encode: () => string): string | undefined {
  try {
    return encode();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
