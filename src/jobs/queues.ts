import { z } from 'zod';
import type { BuiltQueue, JobKinds, JobPayloads } from '../app/ports/jobs.ts';
import type { RetryPolicy } from '../domain/job.ts';
import { err, ok } from '../kit/result.ts';

/** Where the keys of BullMQ begin in the queue Redis. */
export const KEY_PREFIX = 'dialplane:jobs';

/** The queues that something works on, and what their jobs carry. */
const PAYLOADS: { readonly [Q in BuiltQueue]: z.ZodType<JobPayloads[Q]> } = {
  'trunk-group-unassign': z.object({
    numberId: z.uuid(),
    e164: z.string(),
    mode: z.enum(['live', 'test']),
    accountId: z.uuid(),
    trunkGroupId: z.uuid(),
    epoch: z.number().int(),
    leftAt: z.number().int(),
  }),
  'release-due': z.object({
    numberId: z.uuid(),
    e164: z.string(),
    mode: z.enum(['live', 'test']),
    epoch: z.number().int(),
    releasedAt: z.number().int(),
    // Jobs of a version that knew no quarantine.
    quarantineMs: z.number().int().min(0).default(0),
  }),
  'requirement-deadlines': z.object({ orderId: z.uuid(), deadline: z.number().int() }),
  'bulk-jobs': z.object({ bulkJobId: z.uuid() }),
  reports: z.union([
    z.object({ reportId: z.uuid(), step: z.enum(['write', 'expire']) }),
    z.object({ downloadId: z.uuid(), step: z.enum(['write', 'expire']) }),
  ]),
  'billing-renewals': z.object({
    numberId: z.uuid(),
    purchasedAt: z.number().int(),
    period: z.number().int().min(1),
  }),
  'webhook-delivery': z.object({ deliveryId: z.uuid() }),
};

export const BUILT_QUEUES = Object.keys(PAYLOADS) as BuiltQueue[];

/** Ten tries over some seventeen minutes: longer than a restart of Postgres or Redis, shorter than anybody's patience. */
const PATIENT: RetryPolicy = { triesMax: 10, firstMs: 1000, longestMs: 300_000 };

/** How each queue's jobs are read and tried again. Faults are retried; refusals are not (decision C8). */
export const jobKinds: JobKinds = {
  retry: {
    'trunk-group-unassign': PATIENT,
    'order-progress': PATIENT,
    'release-due': PATIENT,
    'requirement-deadlines': PATIENT,
    'webhook-delivery': PATIENT,
    'bulk-jobs': PATIENT,
    reports: PATIENT,
    'billing-renewals': PATIENT,
  },
  parse(queue, payload) {
    const parsed = PAYLOADS[queue].safeParse(payload);
    return parsed.success ? ok(parsed.data as JobPayloads[typeof queue]) : err(parsed.error.issues[0]?.message ?? 'invalid');
  },
};
