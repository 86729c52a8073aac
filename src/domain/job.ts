/** The queues of the workers (decision C8). */
export const JOB_QUEUES = [
  'trunk-group-unassign',
  'order-progress',
  'release-due',
  'requirement-deadlines',
  'webhook-delivery',
  'bulk-jobs',
  'reports',
  'billing-renewals',
] as const;

export type JobQueueName = (typeof JOB_QUEUES)[number];

/** Queued jobs wait for their time or for a worker; failed ones wait for somebody who looks at them. */
export const JOB_STATES = ['queued', 'running', 'done', 'failed'] as const;

export type JobState = (typeof JOB_STATES)[number];

/** A piece of work as Postgres has it. */
export interface Job {
  readonly id: string;
  readonly queue: JobQueueName;
  /** Two orders with the same queue and key are one job. */
  readonly key: string;
  readonly payload: unknown;
  readonly state: JobState;
  /** How often it was started; tells one run from the next. */
  readonly runs: number;
  /** Faults since it last moved on. */
  readonly tries: number;
  /** What an unfinished job has done so far. */
  readonly progress: unknown;
  readonly result: unknown;
  /** A public code; null unless it failed or waits after a fault. */
  readonly error: string | null;
  /** Product time in ms. */
  readonly dueAt: number;
  readonly accountId: string | null;
  readonly numberId: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** How a queue tries again after a fault. */
export interface RetryPolicy {
  readonly triesMax: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

/** The wait after the `tries`-th fault in a row, doubling; null when the job is given up. */
export const retryDelayMs = ({ triesMax, firstMs, longestMs }: RetryPolicy, tries: number): number | null =>
  tries >= triesMax ? null : Math.min(firstMs * 2 ** Math.min(tries - 1, 30), longestMs);
