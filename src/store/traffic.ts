import type pg from 'pg';
import type { AccountTraffic, TrafficPolicyStore, TrafficReader } from '../app/ports/traffic.ts';
import type { TrafficPolicy, TrafficRow } from '../domain/traffic-guard.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';

const within = (callId: string): string => `${callId} >= call_id_at($1::timestamptz) and ${callId} < call_id_at($2::timestamptz)`;
const TALK = "greatest(coalesce(ended_at, $2::timestamptz) - answered_at, interval '0')";

// A number begins with its country; what is no number (a short code) is no destination. Refused calls reached nobody, and neither did legs
// that nothing was sent for. A call that was passed on is one call out of whoever passed it on for each number it was sent to (ADR 22):
// forwards are where toll fraud goes.
const CALLS_OUT = `
  select account_id, substr(called, 2, 4) as prefix, count(*)::int as attempts, coalesce(sum(extract(epoch from talk)), 0)::float8 * 1000 as talk_ms
  from (
    select account_id, called, ${TALK} as talk from calls
    where ${within('call_id')} and direction = 'outbound' and mode = 'live' and account_id is not null and outcome is distinct from 'refused'
      and called like '+%'
    union all
    select l.left_account_id, l.left_called, case when l.answered then ${TALK} end
    from (
      select call_id, left_account_id, left_called, bool_or(outcome is not distinct from 'answered') as answered from call_attempts
      where ${within('call_id')} and left_account_id is not null
        and (outcome is null or outcome not in ('limit_reached', 'rate_exceeded', 'minutes_exhausted'))
      group by call_id, left_account_id, left_called
    ) l join calls c using (call_id)
    where ${within('c.call_id')} and c.mode = 'live'
  ) calls_out
  group by account_id, substr(called, 2, 4)`;

interface UsageRow {
  readonly account_id: string;
  readonly prefix: string;
  readonly attempts: number;
  readonly talk_ms: number;
}

const toRow = ({ prefix, attempts, talk_ms }: Omit<UsageRow, 'account_id'>): TrafficRow => ({ prefix, attempts, talkMs: talk_ms });
const HOUR = "interval '1 hour'";

/** Builds the reader of calls out. */
export const postgresTraffic = (pool: pg.Pool): TrafficReader => ({
  async between(from, to) {
    const { rows } = await pool.query<UsageRow>(CALLS_OUT, [timestamp(from), timestamp(to)]);
    const accounts = new Map<string, TrafficRow[]>();
    for (const row of rows) accounts.set(row.account_id, [...(accounts.get(row.account_id) ?? []), toRow(row)]);
    return [...accounts].map(([accountId, of]): AccountTraffic => ({ accountId, rows: of }));
  },
  async counted(accountId, from, to) {
    const span = [timestamp(from), timestamp(to)];
    const { rows } = await pool.query<Omit<UsageRow, 'account_id'>>(
      `select prefix, sum(attempts)::int as attempts, sum(talk_ms)::float8 as talk_ms from outbound_hours
       where account_id = $1 and hour >= $2 and hour < $3 group by prefix`,
      [accountId, ...span],
    );
    const hours = await pool.query<{ n: number }>(
      'select count(*)::int as n from outbound_hours_counted where hour >= $1 and hour < $2',
      span,
    );
    return { rows: rows.map(toRow), hours: hours.rows[0]?.n ?? 0 };
  },
  async countHour(from, to) {
    const { rows } = await pool.query<{ hour: number }>(
      `select max(h) as hour from generate_series($1::timestamptz, $2::timestamptz - ${HOUR}, ${HOUR}) h
       where h not in (select hour from outbound_hours_counted)`,
      [timestamp(from), timestamp(to)],
    );
    const hour = rows[0]?.hour ?? null;
    if (hour === null) return false;
    // One statement: an hour is counted whole, and once.
    await pool.query(
      `with c as (insert into outbound_hours_counted (hour) values ($1) on conflict do nothing returning hour),
         u as (${CALLS_OUT})
       insert into outbound_hours (account_id, prefix, hour, attempts, talk_ms)
       select account_id, prefix, c.hour, attempts, talk_ms::bigint from u, c`,
      [timestamp(hour), timestamp(hour + 3_600_000)],
    );
    return true;
  },
  async forget(before) {
    for (const table of ['outbound_hours', 'outbound_hours_counted'])
      await pool.query(`delete from ${table} where hour < $1`, [timestamp(before)]);
  },
});

interface PolicyRow {
  readonly account_id: string;
  readonly policy: TrafficPolicy;
  readonly version: number;
  readonly updated_at: number;
}

/** Policies of accounts, in one transaction. */
export const trafficPolicyStore = (db: Queryable): TrafficPolicyStore => ({
  async get(accountId) {
    const { rows } = await db.query<PolicyRow>(
      'select account_id, policy, version, updated_at from traffic_policies where account_id = $1',
      [accountId],
    );
    const [row] = rows;
    return row === undefined ? null : { accountId: row.account_id, policy: row.policy, version: row.version, updatedAt: row.updated_at };
  },
  async all() {
    const { rows } = await db.query<PolicyRow>('select account_id, policy, version, updated_at from traffic_policies');
    return new Map(rows.map(({ account_id, policy }) => [account_id, policy]));
  },
  async save({ accountId, policy, version, updatedAt }) {
    await db.query(
      `insert into traffic_policies (account_id, policy, version, updated_at) values ($1, $2, $3, $4)
       on conflict (account_id) do update set policy = $2, version = $3, updated_at = $4`,
      [accountId, JSON.stringify(policy), version, timestamp(updatedAt)],
    );
  },
});
