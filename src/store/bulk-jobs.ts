import type { BulkJobFilter, BulkJobStore } from '../app/ports/bulk-jobs.ts';
import type { OffsetPage, OffsetRequest } from '../app/ports/store.ts';
import { BULK_PENDING_MS_MAX, type BulkJob, type BulkNumber } from '../domain/bulk-job.ts';
import type { Mode } from '../domain/records.ts';
import { isUuid } from '../kit/ids.ts';
import { pageWithTotal } from './counted-page.ts';
import { holderConditions } from './order-lists.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';

interface JobRow {
  id: string;
  mode: Mode;
  owner_account_id: string;
  sub_account_id: string | null;
  kind: BulkJob['kind'];
  patch: BulkJob['patch'];
  asker: BulkJob['asker'];
  numbers_count: number;
  succeeded_count: number;
  failed_count: number;
  created_at: number;
  updated_at: number;
}
interface NumberRow {
  position: number;
  number_id: string;
  ext_id: string;
  e164: string;
  outcome: BulkNumber['outcome'];
  refusal: BulkNumber['refusal'];
}

const COLUMNS =
  'id, mode, owner_account_id, sub_account_id, kind, patch, asker, numbers_count, succeeded_count, failed_count, created_at, updated_at';
const NUMBERS = 'select position, number_id, ext_id, e164, outcome, refusal from bulk_job_numbers where job_id = $1';

const toJob = (row: JobRow): BulkJob => ({
  id: row.id,
  mode: row.mode,
  holder: { ownerAccountId: row.owner_account_id, subAccountId: row.sub_account_id },
  kind: row.kind,
  patch: row.patch,
  asker: row.asker,
  numbersCount: row.numbers_count,
  succeededCount: row.succeeded_count,
  failedCount: row.failed_count,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const toNumber = (row: NumberRow): BulkNumber => ({
  position: row.position,
  numberId: row.number_id,
  extId: row.ext_id,
  e164: row.e164,
  outcome: row.outcome,
  refusal: row.refusal,
});

/** The bulk jobs of one transaction. */
export function bulkJobStore(db: Queryable): BulkJobStore {
  const numbers = async (rest: string, values: unknown[]): Promise<readonly BulkNumber[]> =>
    (await db.query<NumberRow>(`${NUMBERS} ${rest}`, values)).rows.map(toNumber);
  return {
    async get(id) {
      if (!isUuid(id)) return null;
      const { rows } = await db.query<JobRow>(`select ${COLUMNS} from bulk_jobs where id = $1`, [id]);
      return rows[0] === undefined ? null : toJob(rows[0]);
    },
    insert: (job, given) => insertJob(db, job, given),
    list: (filter, now, page) => listJobs(db, filter, now, page),
    numbers: (jobId) => numbers('order by position', [jobId]),
    nextPending: (jobId, countMax) => numbers("and outcome = 'pending' order by position limit $2", [jobId, countMax]),
    async claim(jobId, position) {
      const text = 'select outcome from bulk_job_numbers where job_id = $1 and position = $2 for no key update';
      return (await db.query<NumberRow>(text, [jobId, position])).rows[0]?.outcome === 'pending';
    },
    async end(jobId, position, refusal, at) {
      const values = [jobId, position, refusal === null ? 'succeeded' : 'failed', refusal === null ? null : JSON.stringify(refusal)];
      const text = "update bulk_job_numbers set outcome = $3, refusal = $4 where job_id = $1 and position = $2 and outcome = 'pending'";
      const { rowCount } = await db.query(text, values);
      if (rowCount !== 1) throw new Error(`number ${position} of bulk job ${jobId} was ended without its claim`);
      const count = refusal === null ? 'succeeded_count' : 'failed_count';
      await db.query(`update bulk_jobs set ${count} = ${count} + 1, updated_at = $2 where id = $1`, [jobId, timestamp(at)]);
    },
    async endRest(jobId, refusal, at) {
      await db.query(
        `with ended as (
           update bulk_job_numbers set outcome = 'failed', refusal = $2 where job_id = $1 and outcome = 'pending' returning 1)
         update bulk_jobs set failed_count = failed_count + (select count(*) from ended), updated_at = $3 where id = $1`,
        [jobId, JSON.stringify(refusal), timestamp(at)],
      );
    },
    async countUnderWay(ownerAccountId, since) {
      const { rows } = await db.query<{ n: number }>(
        `select count(*) as n from bulk_jobs
          where owner_account_id = $1 and succeeded_count + failed_count < numbers_count and created_at > $2`,
        [ownerAccountId, timestamp(since)],
      );
      return rows[0]?.n ?? 0;
    },
  };
}

async function insertJob(db: Queryable, job: BulkJob, numbers: readonly BulkNumber[]): Promise<void> {
  await db.query(`insert into bulk_jobs (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, [
    job.id,
    job.mode,
    job.holder.ownerAccountId,
    job.holder.subAccountId,
    job.kind,
    JSON.stringify(job.patch),
    JSON.stringify(job.asker),
    job.numbersCount,
    job.succeededCount,
    job.failedCount,
    timestamp(job.createdAt),
    timestamp(job.updatedAt),
  ]);
  await db.query(
    `insert into bulk_job_numbers (job_id, position, number_id, ext_id, e164)
     select $1, position, number_id, ext_id, e164
       from unnest($2::smallint[], $3::uuid[], $4::text[], $5::text[]) as n (position, number_id, ext_id, e164)`,
    [
      job.id,
      numbers.map(({ position }) => position),
      numbers.map(({ numberId }) => numberId),
      numbers.map(({ extId }) => extId),
      numbers.map(({ e164 }) => e164),
    ],
  );
}

/** The same as `bulkStatusOf` says, for whole lists. */
const STATUS = `case when succeeded_count + failed_count = numbers_count
    then case when succeeded_count = 0 then 'failed' else 'completed' end
  when created_at <= ?::timestamptz then 'expired'
  when succeeded_count + failed_count = 0 then 'pending' else 'in_progress' end`;

async function listJobs(db: Queryable, filter: BulkJobFilter, now: number, page: OffsetRequest): Promise<OffsetPage<BulkJob>> {
  const where = holderConditions(filter, 'j').when('j.kind = ?', filter.kind);
  if (filter.statuses !== undefined) where.and(`(${STATUS}) = any(?)`, timestamp(now - BULK_PENDING_MS_MAX), filter.statuses);
  if (filter.numbers !== undefined) {
    where.and(
      'exists (select 1 from bulk_job_numbers n where n.job_id = j.id and (n.e164 = any(?) or n.ext_id = any(?)))',
      filter.numbers,
      filter.numbers,
    );
  }
  const order = filter.oldestFirst === true ? 'created_at, id' : 'created_at desc, id desc';
  const { rows, total } = await pageWithTotal<JobRow>(db, 'bulk_jobs j', COLUMNS, where, order, page);
  return { rows: rows.map(toJob), total };
}
