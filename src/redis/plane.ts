import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { PlaneState, RoutingPlane } from '../app/ports/plane.ts';
import type { PlaneBeat } from '../app/ports/plane-history.ts';
import { invalidationChannel, keys } from './keys.ts';
import { markerText, parseMarker } from './plane-view.ts';
import { runScript, script } from './script.ts';

/** First word of the message on the channel of invalidations that tells of a new marker. */
export const PLANE_MESSAGE = 'plane';

/**
 * An epoch never goes back, whoever marks late. A server that had no mark was emptied, and one that kept no log of its writes may
 * have come back without the newest: last calls may be missing, and the mark says since when (decision C4).
 * A build whose token is gone was flushed away in part.
 * KEYS 1 plane  2 unsettled  3 build. ARGV 1 epoch  2 marker  3 channel  4 run id  5 '1': no call was ever admitted
 * 6 '1': writes are logged  7 token of the build or ''.
 */
const MARK = script(`
local before = redis.call('GET', KEYS[1])
local epoch = tonumber(string.match(before or '', '^(%d+)%.') or '')
if epoch and epoch > tonumber(ARGV[1]) then return 0 end
if ARGV[7] ~= '' and redis.call('GET', KEYS[3]) ~= ARGV[7] then return 2 end
local moved = before and string.match(before, '^%d+%.(%x+)%.') ~= ARGV[4]
if ARGV[5] ~= '1' and (not before or (moved and ARGV[6] ~= '1')) then
  local time = redis.call('TIME')
  redis.call('SET', KEYS[2], time[1] .. string.format('%03d', math.floor(time[2] / 1000)))
end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('DEL', KEYS[3])
redis.call('PUBLISH', ARGV[3], '${PLANE_MESSAGE} ' .. ARGV[2])
return 1
`);

/**
 * The marker `plane` says that all records of an epoch are here and on which server they were put. It is set last and removed
 * first, so its presence is proof; a FLUSHALL takes it along with the records (decision C7).
 */
export function createRoutingPlane(redis: Redis): RoutingPlane {
  const channel = invalidationChannel(redis.options.db ?? 0);
  return {
    readPlane: () => readPlane(redis),
    readBeat: async () => parseBeat(await redis.get(keys.planeBeat)),
    async writeBeat(beat) {
      await redis.set(keys.planeBeat, beatText(beat));
    },
    async beginBuild(known) {
      const [runId, token] = await Promise.all([runIdOf(redis), redis.get(keys.planeBuild)]);
      if (known !== null && token === known) return { token, runId };
      const drawn = randomBytes(8).toString('hex');
      await redis.set(keys.planeBuild, drawn);
      return { token: drawn, runId };
    },
    async markPlane(epoch, { first = false, build } = {}) {
      if (!Number.isSafeInteger(epoch) || epoch < 1) throw new RangeError('epoch is not a positive whole number');
      const [runId, persistence, replication] = await Promise.all([runIdOf(redis), redis.info('persistence'), redis.info('replication')]);
      const marker = markerText({ epoch, runId, markId: randomBytes(8).toString('hex') });
      // A replica that was made primary may lack what the old one acknowledged last, whatever it logs itself.
      const promoted = Number(infoField(replication, 'second_repl_offset') ?? -1) >= 0;
      const logged = infoField(persistence, 'aof_enabled') === '1' && !promoted;
      if (build !== undefined && build.runId !== runId) return 'lost';
      const args = [epoch, marker, channel, runId, first ? '1' : '0', logged ? '1' : '0', build?.token ?? ''];
      const reply = await runScript(redis, MARK, [keys.plane, keys.planeUnsettled, keys.planeBuild], args);
      return reply === 2 ? 'lost' : reply === 1 ? 'marked' : 'superseded';
    },
    async unmarkPlane() {
      await redis.del(keys.plane);
    },
    checkPolicy: () => checkPolicy(redis),
  };
}

const BEAT = /^([0-9]{1,10})\.([0-9]{1,15})\.([0-9a-f]{0,64})\.([0-9]{1,15})$/;

const beatText = ({ epoch, beat, token, at }: PlaneBeat): string => `${epoch}.${beat}.${token}.${at}`;

function parseBeat(text: string | null): PlaneBeat | null {
  const [, epoch, beat, token, at] = BEAT.exec(text ?? '') ?? [];
  if (epoch === undefined || beat === undefined || token === undefined || at === undefined) return null;
  return { epoch: Number(epoch), beat: Number(beat), token, at: Number(at) };
}

async function readPlane(redis: Redis): Promise<PlaneState> {
  const [text, runId] = await Promise.all([redis.get(keys.plane), runIdOf(redis)]);
  const marker = text === null ? undefined : parseMarker(text);
  if (marker === undefined) return { status: 'missing' };
  return { status: marker.runId === runId ? 'ready' : 'moved', epoch: marker.epoch };
}

/** The id a server draws at each start, and a replica when it becomes primary of others keeps: a change means other data. */
async function runIdOf(redis: Redis): Promise<string> {
  const runId = infoField(await redis.info('server'), 'run_id');
  if (runId === undefined) throw new Error('Redis tells no run_id');
  return runId;
}

async function checkPolicy(redis: Redis): Promise<{ refuse: string[]; warn: string[] }> {
  // INFO and not CONFIG GET, which managed servers forbid.
  const [memory, persistence] = await Promise.all([redis.info('memory'), redis.info('persistence')]);
  const policy = infoField(memory, 'maxmemory_policy');
  const refuse = policy === 'noeviction' ? [] : [`Redis has maxmemory-policy ${policy ?? 'unknown'}; it must be noeviction`];
  const warn = infoField(persistence, 'aof_enabled') === '1' ? [] : ['Redis keeps no append-only file: a restart loses its state'];
  return { refuse, warn };
}

function infoField(info: string, name: string): string | undefined {
  const line = info.split('\n').find((one) => one.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}
