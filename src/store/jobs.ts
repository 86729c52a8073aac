import type { JobEnd, JobRun, JobStore, NewJob } from '../app/ports/jobs.ts';
import type { Job, JobQueueName, JobState } from '../domain/job.ts';
import { isUuid, newId } from '../kit/ids.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { Where } from './where.ts';
import { writeLater } from './write-behind.ts';

interface JobRow {
  id: string;
  queue: JobQueueName;
  key: string;
  payload: unknown;
  state: JobState;
  runs: number;
  tries: number;
  progress: unknown;
  result: unknown;
  error: string | null;
  due_at: number;
  account_id: string | null;
  number_id: string | null;
  created_at: number;
  updated_at: number;
}

const COLUMNS =
  'id, queue, key, payload, state, runs, tries, progress, result, error, due_at, account_id, number_id, created_at, updated_at';

const toJob = (row: JobRow): Job => ({
  id: row.id,
  queue: row.queue,
  key: row.key,
  payload: row.payload,
  state: row.state,
  runs: row.runs,
  tries: row.tries,
  progress: row.progress,
  result: row.result,
  error: row.error,
  dueAt: row.due_at,
  accountId: row.account_id,
  numberId: row.number_id,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const json = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value));

/** The jobs of one transaction; `onDue` hears that there may be something to do once it is committed. */
export function jobStore(db: Queryable, onDue: () => void): JobStore {
  const many = async (text: string, values: unknown[]): Promise<readonly Job[]> => (await db.query<JobRow>(text, values)).rows.map(toJob);
  const one = async (text: string, values: unknown[]): Promise<Job | null> => (await many(text, values))[0] ?? null;
  return {
    async enqueue(job) {
      const made = await one(INSERT, insertValues(job));
      if (made !== null && isDue(job)) onDue();
      const known = made ?? (await one(`select ${COLUMNS} from jobs where queue = $1 and key = $2`, [job.queue, job.key]));
      if (known === null) throw new Error(`job ${job.queue} ${job.key} was neither made nor found`);
      return known;
    },
    async enqueueAll(jobs) {
      await writeLater(db, { name: 'ordered_jobs', text: INSERT_ALL, values: insertAllValues(jobs) });
      if (jobs.some(isDue)) onDue();
    },
    get: async (id) => (isUuid(id) ? one(`select ${COLUMNS} from jobs where id = $1`, [id]) : null),
    lock: async (id) => (isUuid(id) ? one(`select ${COLUMNS} from jobs where id = $1 for no key update`, [id]) : null),
    list(filter, page) {
      const where = new Where()
        .when('queue = ?', filter.queue)
        .when('state = ?', filter.state)
        .when('number_id in (select id from numbers where e164 = ?)', filter.number)
        .after('created_at', 'id', page.after);
      return many(`select ${COLUMNS} from jobs ${where.text} order by created_at, id limit ${where.bind(page.limit)}`, where.values);
    },
    start: async (id, now, leaseMs) => (isUuid(id) ? one(START, [id, timestamp(now), leaseMs]) : null),
    async end(run, end, at) {
      const ended = await endRun(db, run, end, at);
      if (ended && end.state === 'queued') onDue();
      return ended;
    },
    async requeue(id, at) {
      const job = await one(REQUEUE, [id, timestamp(at)]);
      if (job === null) throw new Error(`job ${id} is not there to be queued anew`);
      onDue();
      return job;
    },
    async freeAbandoned(at) {
      return (await db.query(FREE_ABANDONED, [timestamp(at)])).rowCount ?? 0;
    },
    takeDue: (now, againMs, countMax) => many(TAKE_DUE, [timestamp(now), againMs, countMax]),
    async forgetDone(before, countMax) {
      return (await db.query(FORGET_DONE, [timestamp(before), countMax])).rowCount ?? 0;
    },
    async waiting(now) {
      const { rows } = await db.query<{ queue: string; count: number; oldest_ms: number }>(WAITING, [timestamp(now)]);
      return rows.map(({ queue, count, oldest_ms }) => ({ queue, count, oldestMs: oldest_ms }));
    },
  };
}

const INSERT = `
  insert into jobs (id, queue, key, payload, due_at, account_id, number_id, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $8) on conflict (queue, key) do nothing returning ${COLUMNS}`;

const insertValues = ({ queue, key, payload, dueAt, accountId, numberId, at }: NewJob): unknown[] => [
  newId(),
  queue,
  key,
  JSON.stringify(payload),
  timestamp(dueAt),
  accountId,
  numberId,
  timestamp(at),
];

const INSERT_ALL = `ordered_jobs as (
  insert into jobs (id, queue, key, payload, due_at, account_id, number_id, created_at, updated_at)
  select id, queue, key, payload::json, due_at, account_id, number_id, at, at
    from json_to_recordset($1::json)
      as j (id uuid, queue text, key text, payload text, due_at timestamptz, account_id uuid, number_id uuid, at timestamptz)
  on conflict (queue, key) do nothing)`;

/** What is due later is found when its time has come; the renewal of a purchase is a month away. */
const isDue = ({ dueAt, at }: NewJob): boolean => dueAt <= at;

const insertAllValues = (jobs: readonly NewJob[]): unknown[] => {
  const rows = jobs.map((job) => {
    const [id, queue, key, payload, dueAt, accountId, numberId, at] = insertValues(job);
    return { id, queue, key, payload, due_at: dueAt, account_id: accountId, number_id: numberId, at };
  });
  return [JSON.stringify(rows)];
};

// Leases are held against real time: a worker that is gone is gone whatever the product clock says.
const START = `
  update jobs set state = 'running', runs = runs + 1, lease_until = clock_timestamp() + $3 * interval '1 millisecond', updated_at = $2
   where id = $1 and ((state = 'queued' and due_at <= $2) or (state = 'running' and lease_until < clock_timestamp()))
  returning ${COLUMNS}`;

const REQUEUE = `
  update jobs set state = 'queued', tries = 0, error = null, due_at = $2, woken_at = null, lease_until = null, updated_at = $2
   where id = $1 returning ${COLUMNS}`;

const FREE_ABANDONED = `
  update jobs set state = 'queued', lease_until = null, woken_at = null, updated_at = $1
   where state = 'running' and lease_until < clock_timestamp()`;

const TAKE_DUE = `
  update jobs set woken_at = clock_timestamp()
   where id in (
     select id from jobs
      where state = 'queued' and due_at <= $1
        and (woken_at is null or woken_at < clock_timestamp() - $2 * interval '1 millisecond')
      order by due_at, id limit $3 for update skip locked)
  returning ${COLUMNS}`;

// Created is what the index has; a job is never done before it was made.
const FORGET_DONE = `
  delete from jobs where id in (
    select id from jobs where state = 'done' and created_at < $1 and updated_at < $1 order by created_at, id limit $2 for update skip locked)`;

const WAITING = `
  select queue, count(*) as count, greatest(0, extract(epoch from $1::timestamptz - min(due_at)) * 1000)::bigint as oldest_ms
    from jobs where (state = 'queued' and due_at <= $1) or state = 'running' group by queue`;

async function endRun(db: Queryable, run: JobRun, end: JobEnd, at: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `update jobs set state = $3, tries = $4, progress = $5, result = $6, error = $7, due_at = $8, woken_at = null, lease_until = null,
       updated_at = $9
     where id = $1 and runs = $2 and state = 'running'`,
    [run.id, run.runs, end.state, end.tries, json(end.progress), json(end.result), end.error, timestamp(end.dueAt), timestamp(at)],
  );
  return rowCount === 1;
}
