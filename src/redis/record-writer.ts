import type { Redis } from 'ioredis';
import type { RecordWrite, RecordWriter, WriteOutcome } from '../app/ports/routing.ts';
import { kindOf } from '../domain/records.ts';
import { invalidationChannel, keys, ttl } from './keys.ts';
import { encodeRecord, headOf } from './record-codec.ts';
import { fillRecords } from './record-filler.ts';
import { type ScriptCall, script, tryScripts } from './script.ts';

/**
 * Compare-and-set on (epoch, version), decision C7. Equal versions with other bytes are written too: one version has one
 * meaning, so those bytes are damage or an older encoding, and the auditor repairs by simply applying again.
 * Whose login is off or gone has no phone registered any more: a second key is that of its bindings, with the record in one step, so that
 * no REGISTER comes between and turning the login on again brings nothing back. Sources have two keys more.
 * The counter of sources starts at the clock, so that it never comes back to a value an agent saw before a FLUSHALL.
 */
const WRITE = script(`
local current = redis.pcall('GET', KEYS[1])
if type(current) == 'table' then
  redis.call('DEL', KEYS[1])
  current = false
end
if current == ARGV[3] then return 1 end
if current then
  local epoch, version = string.match(current, '^(%d+)%.(%d+)%.')
  epoch, version = tonumber(epoch), tonumber(version)
  local mine, my = tonumber(ARGV[1]), tonumber(ARGV[2])
  if epoch and (epoch > mine or (epoch == mine and version > my)) then return 0 end
end
if ARGV[5] == '0' then redis.call('SET', KEYS[1], ARGV[3]) else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[5]) end
if KEYS[2] and not KEYS[3] then
  redis.call('DEL', KEYS[2])
elseif KEYS[2] then
  redis.call(ARGV[5] == '0' and 'SADD' or 'SREM', KEYS[2], ARGV[4])
  if redis.call('EXISTS', KEYS[3]) == 0 then
    local time = redis.call('TIME')
    redis.call('SET', KEYS[3], string.format('%d%03d', time[1], math.floor(time[2] / 1000)))
  end
  redis.call('INCR', KEYS[3])
end
redis.call('PUBLISH', ARGV[6], ARGV[7] .. ' ' .. ARGV[4])
return 1
`);

const WRITES_PER_TRIP = 500;
/** Below the deadline of a command. */
const REPLICA_WAIT_MS = 800;

/** What the writer needs. */
export interface RecordWriterDeps {
  readonly redis: Redis;
  /** Replicas that must have a write before it counts as applied (decision C7); 0 when absent. */
  readonly replicasMin?: number;
}

/** Builds the writer of records. It throws when Redis cannot be reached, or has too few replicas; what was applied stays. */
export function createRecordWriter(deps: RecordWriterDeps): RecordWriter {
  const { redis, replicasMin = 0 } = deps;
  const channel = invalidationChannel(redis.options.db ?? 0);
  const settled = async (writes: readonly RecordWrite[]): Promise<void> => {
    if (replicasMin > 0 && writes.length > 0) await waitForReplicas(redis, replicasMin);
  };
  return {
    async apply(epoch, writes) {
      const outcomes: WriteOutcome[] = [];
      for (let at = 0; at < writes.length; at += WRITES_PER_TRIP) {
        outcomes.push(...(await applySome(redis, epoch, writes.slice(at, at + WRITES_PER_TRIP), channel)));
      }
      await settled(writes);
      return outcomes;
    },
    async fill(epoch, writes) {
      // Sources have an index and a counter beside the record.
      const plain = writes.filter(({ ref }) => kindOf(ref) !== 'source');
      const sources = writes.filter(({ ref }) => kindOf(ref) === 'source');
      const failed = await fillRecords(redis, epoch, plain);
      const outcomes = await applySome(redis, epoch, sources, channel);
      await settled(writes);
      return failed + outcomes.filter((outcome) => outcome === 'failed').length;
    },
  };
}

/** A record that cannot be encoded, or whose script fails, is one that failed; when all fail it is Redis, and that is thrown. */
async function applySome(redis: Redis, epoch: number, writes: readonly RecordWrite[], channel: string): Promise<WriteOutcome[]> {
  const outcomes = writes.map((): WriteOutcome => 'failed');
  const calls: { readonly index: number; readonly call: ScriptCall }[] = [];
  writes.forEach((write, index) => {
    try {
      calls.push({ index, call: callFor(epoch, write, channel) });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  });
  const replies = await tryScripts(
    redis,
    WRITE,
    calls.map(({ call }) => call),
  );
  const fault = replies.find(([error]) => error !== null)?.[0];
  if (fault !== undefined && fault !== null && replies.every(([error]) => error !== null)) throw fault;
  replies.forEach(([error, reply], at) => {
    const index = calls[at]?.index;
    if (index !== undefined && error === null) outcomes[index] = reply === 1 ? 'applied' : 'superseded';
  });
  return outcomes;
}

function callFor(epoch: number, write: RecordWrite, channel: string): ScriptCall {
  const { ref, version, record } = write;
  const value = encodeRecord(ref, epoch, version, record);
  return {
    keys: [keys.record(ref), ...besides(write)],
    args: [epoch, version, value, ref, record === null ? ttl.tombstoneMs : 0, channel, headOf(epoch, version)],
  };
}

/** What changes in one step with a record. */
function besides({ ref, record }: RecordWrite): string[] {
  if (kindOf(ref) === 'source') return [keys.sourcesIndex, keys.sourcesVersion];
  const isOff = kindOf(ref) === 'credential' && !(record?.kind === 'credential' && record.enabled);
  return isOff ? [keys.bindings(ref)] : [];
}

async function waitForReplicas(redis: Redis, replicasMin: number): Promise<void> {
  const acknowledged = await redis.wait(replicasMin, REPLICA_WAIT_MS);
  if (acknowledged < replicasMin) throw new Error(`${acknowledged} of ${replicasMin} replicas have the records`);
}
