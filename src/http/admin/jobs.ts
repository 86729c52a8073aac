import { z } from 'zod';
import { getJob, listJobs } from '../../app/jobs/list-jobs.ts';
import { retryJob } from '../../app/jobs/retry-job.ts';
import { JOB_QUEUES, JOB_STATES, type Job } from '../../domain/job.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { idParams, timeText } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChangeOnce } from './answer-change.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const jobSchema = z.object({
  id: z.string(),
  queue: z.enum(JOB_QUEUES),
  key: z.string(),
  state: z.enum(JOB_STATES),
  runs: z.number().int(),
  tries: z.number().int(),
  progress: z.unknown(),
  result: z.unknown(),
  error: z.string().nullable(),
  due_at: z.string(),
  account_id: z.string().nullable(),
  number_id: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});

const presentJob = (job: Job) => ({
  id: job.id,
  queue: job.queue,
  key: job.key,
  state: job.state,
  runs: job.runs,
  tries: job.tries,
  progress: job.progress,
  result: job.result,
  error: job.error,
  due_at: timeText(job.dueAt),
  account_id: job.accountId,
  number_id: job.numberId,
  created_at: timeText(job.createdAt),
  updated_at: timeText(job.updatedAt),
});

const tag = 'Jobs';
const resource = 'job' as const;

/** The work of the workers, and trying again what failed. */
export const jobOperations = (deps: AdminDeps): AnyOperation[] => [listJobsOperation(deps), getJobOperation(deps), retryJobOperation(deps)];

const listJobsOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/jobs',
    operationId: 'listJobs',
    summary: 'List jobs, oldest first.',
    tag,
    query: z.object({
      ...pageFields,
      queue: z.enum(JOB_QUEUES).optional(),
      state: z.enum(JOB_STATES).optional(),
      number: z.string().max(20).optional(),
    }),
    responses: { 200: { description: 'A page of jobs.', schema: listSchema(jobSchema) } },
    async handle({ query }) {
      const filter = {
        ...(query.queue === undefined ? {} : { queue: query.queue }),
        ...(query.state === undefined ? {} : { state: query.state }),
        // A + in a query reads as a space.
        ...(query.number === undefined ? {} : { number: query.number.replace(/^ ?(?=[0-9])/, '+') }),
      };
      const rows = await listJobs(deps, filter, pageOf(query));
      return ok({ status: 200, body: listBody(rows, query.limit, (row) => row, presentJob) });
    },
  });

const getJobOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/jobs/:id',
    operationId: 'getJob',
    summary: 'Get one job.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'The job.', schema: jobSchema } },
    async handle({ params }) {
      const job = await getJob(deps, params.id);
      return job.ok ? ok({ status: 200, body: presentJob(job.value) }) : job;
    },
  });

const retryJobOperation = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/jobs/:id/retry',
    operationId: 'retryJob',
    summary: 'Queue a failed job anew, or one that waits for its next try.',
    tag,
    resource,
    changes: true,
    params: idParams,
    responses: { 200: { description: 'The job, queued.', schema: jobSchema } },
    async handle({ actor, params }) {
      return answerChangeOnce(actor, () => retryJob(deps, actor, params.id), { status: 200, body: presentJob });
    },
  });
