import type { Redis } from 'ioredis';
import type { JournalRegistry, JournalRoster, KnownJournal, PlaneLook } from '../app/ports/journal.ts';
import { DEAD_AFTER_MS } from './agents.ts';
import { keys } from './keys.ts';
import { reAssertCalls } from './re-assert.ts';
import { runScript, script } from './script.ts';
import { BadValue, listOf } from './strict-json.ts';

/*
 * What the fence around changes of holder must know of every agent (decision C4): is there a call it let in that Redis has not heard
 * of? An agent's entry in `agents:journals` is
 *   live:<until>:<marker>   all it let in is here under this marker, and before <until> (Redis' time) it lets nobody in but by Redis
 *   ended:<when>:<marker>   it ended, and all it let in is here under this marker
 *   gone:<when>:<marker>    it ended, and all it let in is in Postgres
 * `until` rests on a time the agent had *received* from Redis (`look`) before it sent the entry, plus `promiseMs`. The agent counts
 * the same time from the moment it received it, so it goes by its own copy only after every entry it ever sent has run out, however
 * long one lay in a broken connection. A new agent has an entry before its first call.
 */

/** Time, marker where the server is the marked one, ends of the call log. KEYS 1 plane  2 call log. */
const LOOK = script(`
local time = redis.call('TIME')
local now = time[1] .. string.format('%03d', math.floor(time[2] / 1000))
local marker = redis.call('GET', KEYS[1]) or ''
if string.match(marker, '^%d+%.(%x+)%.') ~= string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') then marker = '' end
local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
local last = '0-0'
if redis.call('EXISTS', KEYS[2]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[2])
  for i = 1, #info, 2 do if info[i] == 'last-generated-id' then last = info[i + 1] end end
end
return {now, marker, first and first[1] or '', last}
`);

/** KEYS 1 plane  2 journals. ARGV 1 marker  2 agent  3 state  4 time in ms, or '' for now. */
const SAY = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local at = ARGV[4]
if at == '' then
  local time = redis.call('TIME')
  at = time[1] .. string.format('%03d', math.floor(time[2] / 1000))
end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3] .. ':' .. at .. ':' .. ARGV[1])
return 1
`);

/** KEYS 1 plane  2 journals  3 known. ARGV 1 marker, then agent and entry of each. Who has come back already keeps its own. */
const RESTORE = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
for i = 2, #ARGV, 2 do redis.call('HSETNX', KEYS[2], ARGV[i], ARGV[i + 1]) end
redis.call('SET', KEYS[3], ARGV[1])
return 1
`);

const ENTRY = /^(live|ended|gone):([0-9]{1,16}):(.*)$/;

/**
 * Builds an agent's side; `promiseMs` must be what the fence is built with. `reasserted` hears how many leases were put back that Redis
 * did not have.
 */
export function createJournalRegistry(
  redis: Redis,
  promiseMs = DEAD_AFTER_MS,
  reasserted: (leases: number) => void = () => {},
): JournalRegistry {
  const say = async (marker: string, agentId: string, state: KnownJournal['state'], at: number | '') =>
    (await runScript(redis, SAY, [keys.plane, keys.agentJournals], [marker, agentId, state, at])) === 1;
  return {
    promiseMs,
    look: () => look(redis),
    keepInTouch: (agentId, at, marker) => say(marker, agentId, 'live', at + promiseMs),
    ended: (agentId, marker, committed) => say(marker, agentId, committed ? 'gone' : 'ended', ''),
    async reAssert(calls) {
      const { added, countedTo } = await reAssertCalls(redis, calls);
      reasserted(added);
      return countedTo;
    },
  };
}

/** Builds the worker's side. */
export function createJournalRoster(redis: Redis): JournalRoster {
  return {
    async read() {
      // The look last: it vouches with its marker for what was read before.
      const [entries, known] = await Promise.all([redis.hgetall(keys.agentJournals), redis.get(keys.agentJournalsKnown)]);
      const seen = await look(redis);
      const journals = Object.entries(entries).map(([agentId, text]) => readEntry(agentId, text, seen));
      return { ...seen, known: seen.marker !== null && known === seen.marker, journals };
    },
    async restore(marker, journals) {
      const entries = journals.flatMap(({ agentId, state, at }) => [agentId, `${state === 'gone' ? state : 'live'}:${at}:`]);
      await runScript(redis, RESTORE, [keys.plane, keys.agentJournals, keys.agentJournalsKnown], [marker, ...entries]);
    },
    async forget(agentIds) {
      if (agentIds.length > 0) await redis.hdel(keys.agentJournals, ...agentIds);
    },
  };
}

async function look(redis: Redis): Promise<PlaneLook> {
  const [at, marker, first, last] = listOf(await runScript(redis, LOOK, [keys.plane, keys.callLog], []), 4, 'look');
  if (typeof marker !== 'string' || typeof first !== 'string' || typeof last !== 'string') throw new BadValue('look');
  return { at: Number(at), marker: marker === '' ? null : marker, firstEvent: first === '' ? null : first, lastEvent: last };
}

/** An entry nobody can read is of an agent that may have let somebody in until now. */
function readEntry(agentId: string, text: string, { at: now, marker }: PlaneLook): KnownJournal {
  const [, state, at, mark] = ENTRY.exec(text) ?? [];
  // What was delivered to another Redis may not be in this one: its replay is awaited.
  const isEnded = state === 'ended' && mark === marker;
  return { agentId, state: state === 'gone' ? 'gone' : isEnded ? 'ended' : 'live', at: at === undefined ? now : Number(at) };
}
