import type pg from 'pg';
import type { CallKeeper } from '../app/ports/calls.ts';
import { isUuid, timeOfId } from '../kit/ids.ts';
import { tidyOpenCalls } from './open-calls.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { sqlState } from './transaction.ts';

const DAY_MS = 86_400_000;
const CHECK_VIOLATION = '23514';
/** Later than this no call was ever made: an id that says so is none of ours. */
const CALL_TIME_MAX = Date.parse('2100-01-01T00:00:00Z');

/** The day (UTC) a call's rows lie in, or null for an id that holds no time of ours. */
function dayOf(callId: string): string | null {
  if (!isUuid(callId) || callId[14] !== '7') return null;
  const at = timeOfId(callId);
  return at < CALL_TIME_MAX ? new Date(at).toISOString().slice(0, 10) : null;
}

/** True for the error of a row that no partition takes: a violation that names no constraint. */
export const lacksDay = (error: unknown): boolean =>
  sqlState(error) === CHECK_VIOLATION && (error as pg.DatabaseError).constraint === undefined;

/** Makes the partitions of the days of these calls, except of those that are no longer kept. */
export async function makeDaysOf(db: Queryable, callIds: readonly string[]): Promise<void> {
  for (const day of new Set(callIds.map(dayOf))) if (day !== null) await db.query('select make_call_day($1)', [day]);
}

interface DayRow {
  readonly name: string;
  readonly parent: string;
  readonly state: 'attached' | 'leaving' | 'apart';
}

// A partition whose detaching was cut off is `leaving`, and comes first: a parent lets only one leave at a time; one that was detached and not dropped is `apart`, a table like any other.
const OVER = `
  select c.relname as name, p.parent,
    case when i.inhrelid is null then 'apart' when i.inhdetachpending then 'leaving' else 'attached' end as state
  from pg_class c
  cross join lateral (select regexp_replace(c.relname, '_[0-9]{8}$', '') as parent, right(c.relname, 8) as day) p
  left join pg_inherits i on i.inhrelid = c.oid
  cross join call_log_kept k
  where c.relkind = 'r' and c.relnamespace = current_schema::regnamespace
    and c.relname ~ '^(calls|call_attempts|call_decisions)_[0-9]{8}$'
    and (to_date(p.day, 'YYYYMMDD') + 1)::timestamp at time zone 'UTC'
      <= case p.parent when 'call_decisions' then k.decisions_from else k.calls_from end
  order by i.inhdetachpending is not true, p.day, c.relname desc`;

/**
 * The days of the call log. Every step can be repeated and says in the catalogue how far it came: whoever comes after a crash goes on
 * from there. Detaching waits for readers of the parent, never the other way round, so folds go on meanwhile.
 */
export function postgresCallKeeper(pool: pg.Pool): CallKeeper {
  return {
    async makeDays(fromMs, count) {
      for (let i = 0; i < count; i += 1) await pool.query('select make_call_day($1)', [timestamp(fromMs + i * DAY_MS).slice(0, 10)]);
    },
    async dropBefore({ callsMs, decisionsMs }) {
      // First of all: from here on no late event makes such a day again.
      await pool.query(
        `update call_log_kept set calls_from = greatest(calls_from, $1), decisions_from = greatest(decisions_from, $1, $2)`,
        [timestamp(callsMs), timestamp(decisionsMs)],
      );
      const { rows } = await pool.query<DayRow>(OVER);
      for (const row of rows) await dropDay(pool, row);
      await pool.query('delete from call_events_rejected where at < $1', [timestamp(callsMs)]);
      await tidyOpenCalls(pool);
      return rows.map(({ name }) => name);
    },
  };
}

async function dropDay(pool: pg.Pool, { name, parent, state }: DayRow): Promise<void> {
  // Names come from the catalogue and match the pattern above.
  if (state !== 'apart')
    await pool.query(`alter table ${parent} detach partition ${name} ${state === 'leaving' ? 'finalize' : 'concurrently'}`);
  await pool.query(`drop table ${name}`);
}
