import type { MinuteReader } from '../app/ports/limits.ts';
import { type LeaseScopeKind, minuteDay } from '../domain/lease.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';

/** What may have a limit of minutes. */
type MinuteKind = Extract<LeaseScopeKind, 'number' | 'account' | 'trunk_group'>;

const hasMinutes = (kind: LeaseScopeKind): kind is MinuteKind => Object.hasOwn(TABLE, kind);

const TABLE: Readonly<Record<MinuteKind, string>> = {
  number: 'numbers',
  account: 'accounts',
  trunk_group: 'trunk_groups',
};

// No call is longer than a day; the id of a call is its time, so an index of a day or two is all that is read.
const IN_DAY = `call_id >= call_id_at($2::timestamptz - interval '1 day') and call_id < call_id_at($2::timestamptz + interval '1 day')`;
const TALKED = `answered_at is not null and ended_at > $2::timestamptz`;

// What is called without `+` is nearly always a code that nothing may block, which uses up nothing (decision C15): too low, not too high.
const OUT = `direction = 'outbound' and called like '+%'`;
/** Calls out. */
const CALLS: Readonly<Record<MinuteKind, string>> = {
  number: `number_id = $1 and ${IN_DAY}`,
  // Calls of a sub-account are its parent's too.
  account: `account_id = coalesce((select parent_id from accounts where id = $1), $1) and ${IN_DAY} and $1 in (account_id, sub_account_id)`,
  // Through a carrier, by the attempt that was answered; from a customer, by its address or by a login of the group.
  trunk_group: `${IN_DAY} and call_id = any(array(
      select call_id from call_attempts where trunk_group_id = $1 and ${IN_DAY} and outcome = 'answered'
      union select call_id from calls where account_id = (select account_id from trunk_groups where id = $1) and ${IN_DAY}
        and (identified_by ->> 'id' = $1::text or identified_by ->> 'trunkGroupId' = $1::text
          or identified_by ->> 'id' in (select id::text from sip_credentials where trunk_group_id = $1))))`,
};

/** Attempts by which calls that came in, or stayed on-net, left again as calls out of the scope (ADR 22). */
const LEFT: Readonly<Record<MinuteKind, string>> = {
  number: 'left_number_id = $1',
  account:
    'left_account_id = coalesce((select parent_id from accounts where id = $1), $1) and $1 in (left_account_id, left_sub_account_id)',
  trunk_group: 'trunk_group_id = $1 and left_account_id is not null',
};

const USED = (kind: MinuteKind): string => `
  select coalesce(sum(extract(epoch from greatest(ended_at - greatest(answered_at, $2::timestamptz), interval '0'))), 0)::float8 * 1000 as ms
  from (
    select answered_at, ended_at from calls where ${CALLS[kind]} and ${OUT} and ${TALKED}
    union all
    select answered_at, ended_at from calls where ${TALKED} and ${IN_DAY} and call_id = any(array(
      select call_id from call_attempts where ${LEFT[kind]} and ${IN_DAY} and outcome = 'answered'))
  ) talked`;

/** Builds the reader of used minutes. */
export const postgresMinutes = (db: Queryable): MinuteReader => ({
  async limited(kind, after, countMax) {
    if (!hasMinutes(kind)) return [];
    const { rows } = await db.query<{ id: string }>(
      `select id from ${TABLE[kind]} where minutes_per_day is not null and ($1::uuid is null or id > $1::uuid) order by id limit $2`,
      [after, countMax],
    );
    return rows.map(({ id }) => id);
  },
  async ended({ kind, id }, at) {
    if (!hasMinutes(kind)) return 0;
    const { rows } = await db.query<{ ms: number }>(USED(kind), [id, timestamp(minuteDay(at))]);
    return Math.round(rows[0]?.ms ?? 0);
  },
});
