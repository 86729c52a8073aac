import type { NumberUsageReader } from '../app/ports/number-usage.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';

// An on-net call has one record but two numbers of ours: the other one is found by its E.164 (decision C16).
const READ = `
  select date_trunc($4, started_at, 'UTC') as at, count(*) as total, count(answered_at) as answered,
    coalesce(sum(extract(epoch from greatest(ended_at - answered_at, interval '0'))), 0)::bigint as talk_seconds
  from calls
  where (number_id = $1 or (direction = 'internal' and (called = $2 or caller = $2)))
    and mode = $3 and started_at >= $5 and outcome is distinct from 'refused'
  group by 1 order by 1`;

/** Sums call records in Postgres. */
export const postgresNumberUsage = (db: Queryable): NumberUsageReader => ({
  async read({ id, e164, mode }, period, since) {
    const { rows } = await db.query<{ at: number; total: number; answered: number; talk_seconds: number }>(READ, [
      id,
      e164,
      mode,
      period,
      timestamp(since),
    ]);
    return rows.map((row) => ({ from: row.at, totalCalls: row.total, answeredCalls: row.answered, talkSeconds: row.talk_seconds }));
  },
});
