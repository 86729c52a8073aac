import type { Redis } from 'ioredis';
import type { LeaseBook, LeaseHolder, LeaseHolderPage } from '../app/ports/limits.ts';
import { AGENT_COUNT_MARK, keys } from './keys.ts';
import { freeing } from './leases.ts';
import { runScript } from './script.ts';

const HOLDER = /^([0-9]{1,16})\.(.{1,64})$/;
const TIME_MAX = 8.64e15;
/** Where a walk goes on: the cursor of HSCAN and, in what it answers, the last call told. */
const PLACE = /^([0-9]{1,20}):([\x21-\x7e]{0,64})$/;
const FIELDS_PER_SCAN = 200;
/** A hash that was large once may answer with nothing many times. */
const SCANS_MAX = 200;
const AGENTS_PER_TRIP = 1000;

/** Builds the view of who holds what. It never reads a scope whole: a scope may have 100,000 holders. */
export function createLeaseBook(redis: Redis): LeaseBook {
  return {
    async inUse(scope, agentIds) {
      let sum = 0;
      for (let at = 0; at < agentIds.length; at += AGENTS_PER_TRIP) {
        const fields = agentIds.slice(at, at + AGENTS_PER_TRIP).map((agentId) => AGENT_COUNT_MARK + agentId);
        for (const count of await redis.hmget(keys.lease(scope), ...fields)) sum += Number(count ?? 0);
      }
      return sum;
    },
    async page(scope, after, countMax) {
      const place = after === null ? ['', '0', ''] : PLACE.exec(Buffer.from(after, 'base64url').toString('latin1'));
      return place === null ? undefined : readPage(redis, keys.lease(scope), { cursor: place[1] ?? '0', behind: place[2] ?? '' }, countMax);
    },
    async holder(scope, callId) {
      const text = await redis.hget(keys.lease(scope), callId);
      return text === null || callId.startsWith(AGENT_COUNT_MARK) ? null : holderOf(callId, text);
    },
    async free(scope, callId, at) {
      const { script, names, args } = freeing(scope, callId, at);
      return (await runScript(redis, script, names, args)) === 1;
    },
  };
}

/**
 * HSCAN answers with whole buckets, and with all of a small hash: what is more than wanted is left to the next page, which scans
 * from the same cursor again and passes over what was told.
 */
async function readPage(redis: Redis, key: string, from: { cursor: string; behind: string }, countMax: number): Promise<LeaseHolderPage> {
  let { cursor, behind } = from;
  const holders: LeaseHolder[] = [];
  for (let scans = 0; scans < SCANS_MAX && holders.length < countMax; scans += 1) {
    const [next, fields] = await redis.hscan(key, cursor, 'COUNT', FIELDS_PER_SCAN);
    const found = holdersIn(fields).filter(({ callId }) => callId > behind);
    const room = countMax - holders.length;
    holders.push(...found.slice(0, room));
    if (found.length > room) return { holders, next: placeText(cursor, holders.at(-1)?.callId ?? '') };
    [cursor, behind] = [next, ''];
    if (cursor === '0') return { holders, next: null };
  }
  return { holders, next: placeText(cursor, '') };
}

const placeText = (cursor: string, behind: string): string => Buffer.from(`${cursor}:${behind}`, 'latin1').toString('base64url');

function holdersIn(fields: readonly string[]): LeaseHolder[] {
  const holders: LeaseHolder[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const callId = fields[at] ?? '';
    if (!callId.startsWith(AGENT_COUNT_MARK)) holders.push(holderOf(callId, fields[at + 1] ?? ''));
  }
  return holders.sort((one, other) => (one.callId < other.callId ? -1 : 1));
}

/** A holder nobody can read is one since 1970 of an agent without a name, so that it can be freed. */
function holderOf(callId: string, text: string): LeaseHolder {
  const [, since = '0', agentId = ''] = HOLDER.exec(text) ?? [];
  return { callId, agentId, since: Math.min(Number(since), TIME_MAX) };
}
