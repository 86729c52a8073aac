import type { z } from 'zod';
import { type BulkSelection, createBulkJob, type ShownBulkJob } from '../../app/bulk-jobs/create-bulk-job.ts';
import { findBulkJob } from '../../app/bulk-jobs/read-bulk-jobs.ts';
import { scopeOf } from '../../app/orders/own-order.ts';
import { type BulkJob, type BulkNumber, bulkStatusOf } from '../../domain/bulk-job.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { idParams, timeText } from '../wire-fields.ts';
import * as schema from './bulk-job-schemas.ts';
import { given } from './given.ts';
import { listSchema, metaOf, offsetOf, oneSchema } from './page.ts';
import { filterOf, NO_SUCH_CONNECTION, type PhoneNumberDeps, patchOf } from './phone-number-operations.ts';
import { renderTelnyx } from './refusals.ts';

const TAG = 'Bulk Phone Number Operations';
const resource = 'bulk_job' as const;

/** Bulk changes of numbers: list, retrieve, update, delete. They come before the numbers' own path, which would take them for an id. */
export const bulkJobOperations = (deps: PhoneNumberDeps): AnyOperation[] => [list(deps), get(deps), update(deps), remove(deps)];

const presentJob = (job: BulkJob, nowMs: number) => ({
  id: job.id,
  record_type: 'phone_numbers_job',
  type: job.kind === 'update' ? 'update_phone_numbers' : 'delete_phone_numbers',
  status: bulkStatusOf(job, nowMs),
  created_at: timeText(job.createdAt),
  updated_at: timeText(job.updatedAt),
});

const presentWhole = ({ job, numbers }: ShownBulkJob, nowMs: number) => {
  const of = (outcome: BulkNumber['outcome']) => numbers.filter((number) => number.outcome === outcome);
  return {
    ...presentJob(job, nowMs),
    phone_numbers: numbers.map(presentNumber),
    pending_operations: of('pending').map(presentNumber),
    successful_operations: of('succeeded').map(presentNumber),
    failed_operations: of('failed').map((number) => ({ ...presentNumber(number), errors: errorsOf(number) })),
  };
};

const presentNumber = ({ extId, e164 }: BulkNumber) => ({ id: extId, phone_number: e164 });

/** What the single operation would have answered. */
function errorsOf({ refusal }: BulkNumber): unknown {
  if (refusal === null) return [];
  const { body } = renderTelnyx(refusal, { operation: null, requestId: '' });
  return (body as { readonly errors: unknown }).errors;
}

const list = (deps: PhoneNumberDeps) =>
  operation({
    method: 'GET',
    path: '/phone_numbers/jobs',
    operationId: 'listPhoneNumbersJobs',
    summary: 'List bulk jobs; the numbers of one are in the job itself',
    tag: TAG,
    query: schema.listJobsQuery,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of jobs, newest first.', schema: listSchema(schema.jobSchema) } },
    async handle({ actor, query }) {
      const type = query['filter[type]'];
      // No other job is ever made here.
      if (type === 'update_emergency_settings') return ok({ status: 200, body: { data: [], meta: metaOf(query, 0) } });
      const kind = type === undefined ? undefined : type === 'update_phone_numbers' ? ('update' as const) : ('release' as const);
      const filter = {
        ...scopeOf(actor),
        ...given('kind', kind),
        ...given('statuses', query['filter[status]'] ?? query['filter[status][]']),
        ...given('numbers', query['filter[phone_number]'] ?? query['filter[phone_number][]']),
        oldestFirst: query.sort === 'created_at',
      };
      const now = deps.clock.now();
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.bulkJobs.list(filter, now, offsetOf(query)));
      return ok({ status: 200, body: { data: rows.map((job) => presentJob(job, now)), meta: metaOf(query, total) } });
    },
  });

const get = (deps: PhoneNumberDeps) =>
  operation({
    method: 'GET',
    path: '/phone_numbers/jobs/:id',
    operationId: 'retrievePhoneNumbersJob',
    summary: 'Retrieve a bulk job with what became of each number',
    tag: TAG,
    resource,
    params: idParams,
    need: { scope: 'numbers:read' },
    responses: {
      200: { description: 'The job.', schema: oneSchema(schema.wholeJobSchema) },
      404: { description: 'No such job of yours' },
    },
    async handle({ actor, params }) {
      const found = await findBulkJob(deps, actor, params.id);
      return found.ok ? ok({ status: 200, body: { data: presentWhole(found.value, deps.clock.now()) } }) : found;
    },
  });

const responses = {
  202: { description: 'The job, which a worker does.', schema: oneSchema(schema.wholeJobSchema) },
  422: { description: 'A bad field, numbers that are not yours, or too many jobs under way' },
};

const update = (deps: PhoneNumberDeps) =>
  operation({
    method: 'POST',
    path: '/phone_numbers/jobs/update_phone_numbers',
    operationId: 'createUpdatePhoneNumbersJob',
    summary: 'Update a batch of numbers',
    tag: TAG,
    query: schema.bulkFilterQuery,
    body: schema.updateBatchBody,
    need: { scope: 'numbers:write' },
    changes: true,
    responses,
    async handle({ actor, query, body }) {
      const numbers = await selectionOf(deps, body.phone_numbers, query, scopeOf(actor));
      if (!numbers.ok) return numbers;
      const patch = await patchOf(deps, body);
      if (!patch.ok) return patch;
      if (Object.keys(patch.value).length === 0) return err(invalidBody([], 'You must provide at least one field to update.', 'missing'));
      const done = await answerOnce(
        actor,
        () => createBulkJob(deps, actor, { kind: 'update', patch: patch.value, numbers: numbers.value }),
        ({ value, propagation }) => ({
          status: 202,
          body: { data: presentWhole(value, value.job.createdAt) },
          headers: propagationHeaders(propagation, null),
        }),
      );
      return !done.ok && done.error.kind === 'not_found' && done.error.resource === 'trunk_group' ? err(NO_SUCH_CONNECTION) : done;
    },
  });

const remove = (deps: PhoneNumberDeps) =>
  operation({
    method: 'POST',
    path: '/phone_numbers/jobs/delete_phone_numbers',
    operationId: 'createDeletePhoneNumbersJob',
    summary: 'Delete a batch of numbers',
    tag: TAG,
    body: schema.deleteBatchBody,
    need: { role: 'admin', scope: 'numbers:write' },
    changes: true,
    responses,
    async handle({ actor, body }) {
      const numbers = namedOf(body.phone_numbers);
      if (!numbers.ok) return numbers;
      return answerOnce(
        actor,
        () => createBulkJob(deps, actor, { kind: 'release', patch: {}, numbers: numbers.value }),
        ({ value, propagation }) => ({
          status: 202,
          body: { data: presentWhole(value, value.job.createdAt) },
          headers: propagationHeaders(propagation, null),
        }),
      );
    },
  });

/** Numbers by name, all in one way (seed-apis A.8). */
function namedOf(names: readonly string[]): Result<BulkSelection, RequestRefusal> {
  const e164s = names.filter((name) => name.startsWith('+')).length;
  if (e164s === 0 || e164s === names.length) return ok({ by: e164s === 0 ? 'extId' : 'e164', names });
  return err(invalidBody(['phone_numbers'], 'You must specify either all phone numbers in the e164 format or all as phone number ids'));
}

type FilterQuery = z.output<typeof schema.bulkFilterQuery>;

/** Names where there are any, otherwise what the filters of the query say; neither is nobody's wish. */
async function selectionOf(
  deps: PhoneNumberDeps,
  names: readonly string[] | undefined,
  query: FilterQuery,
  scope: ReturnType<typeof scopeOf>,
): Promise<Result<BulkSelection, RequestRefusal>> {
  if (names !== undefined) return namedOf(names);
  if (!Object.keys(query).some((name) => name.startsWith('filter['))) return err(invalidBody(['phone_numbers'], 'must be present'));
  const filter = await filterOf(deps, query, scope);
  // A connection that does not exist has no numbers.
  return ok(filter === null ? { by: 'e164', names: [] } : { by: 'filter', filter });
}
