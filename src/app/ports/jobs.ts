import type { Job, JobQueueName, JobState, RetryPolicy } from '../../domain/job.ts';
import type { LeaseScope } from '../../domain/lease.ts';
import type { Mode } from '../../domain/records.ts';
import type { Result } from '../../kit/result.ts';
import type { PageRequest, Transaction } from './store.ts';

/** A number left a trunk group; the calls it had there are drained or ended (decision B6). */
export interface TrunkGroupUnassignPayload {
  readonly numberId: string;
  readonly e164: string;
  readonly mode: Mode;
  readonly accountId: string;
  readonly trunkGroupId: string;
  /** The first version of the number that is not routed there. */
  readonly epoch: number;
  /** Product time in ms. */
  readonly leftAt: number;
}

/** A number was given back while calls of it went on; they are drained or ended, then it goes to stock (decision B6). */
export interface ReleaseDuePayload {
  readonly numberId: string;
  readonly e164: string;
  readonly mode: Mode;
  /** The version of the number that takes no more calls. */
  readonly epoch: number;
  /** Product time in ms from which on its calls are drained. */
  readonly releasedAt: number;
  /** How long after its end only the last holder sees it in stock. */
  readonly quarantineMs: number;
}

/** The monthly fee of a number for one period. */
export interface RenewalPayload {
  readonly numberId: string;
  /** When the first month began, in ms; tells this holder's time with the number from another's. */
  readonly purchasedAt: number;
  /** 1 is the month after the one that the purchase paid for. */
  readonly period: number;
}

/** One event on its way to one webhook. */
export interface WebhookDeliveryPayload {
  readonly deliveryId: string;
}

/** An order has numbers whose values must be there by now. */
export interface RequirementDeadlinePayload {
  readonly orderId: string;
  /** Product time in ms. */
  readonly deadline: number;
}

/** A report of sub-orders is to be written, or to be given up or forgotten. */
export interface ReportPayload {
  readonly reportId: string;
  readonly step: 'write' | 'expire';
}

/** The same of a list of numbers. */
export interface NumberDownloadPayload {
  readonly downloadId: string;
  readonly step: 'write' | 'expire';
}

/** Many numbers are to be changed. */
export interface BulkJobPayload {
  readonly bulkJobId: string;
}

/** What the job of each queue is about. A queue joins when something works on it. */
export interface JobPayloads {
  readonly 'trunk-group-unassign': TrunkGroupUnassignPayload;
  readonly 'release-due': ReleaseDuePayload;
  readonly 'requirement-deadlines': RequirementDeadlinePayload;
  readonly 'bulk-jobs': BulkJobPayload;
  readonly reports: ReportPayload | NumberDownloadPayload;
  readonly 'billing-renewals': RenewalPayload;
  readonly 'webhook-delivery': WebhookDeliveryPayload;
}

/** A queue that something works on. */
export type BuiltQueue = keyof JobPayloads & JobQueueName;

/** A job to be. */
export interface NewJob<Q extends BuiltQueue = BuiltQueue> {
  readonly queue: Q;
  /** Unique in its queue, at most 200 characters: the same work ordered again is the same job. */
  readonly key: string;
  readonly payload: JobPayloads[Q];
  /** Product time in ms from which on it may run. */
  readonly dueAt: number;
  readonly accountId: string | null;
  readonly numberId: string | null;
  readonly at: number;
}

export interface JobFilter {
  readonly queue?: JobQueueName;
  readonly state?: JobState;
  /** E.164, in either mode. */
  readonly number?: string;
}

/** One start of a job: what its end is written against. */
export interface JobRun {
  readonly id: string;
  readonly runs: number;
}

/** How a run leaves its job. */
export interface JobEnd {
  readonly state: 'queued' | 'done' | 'failed';
  readonly tries: number;
  readonly progress: unknown;
  readonly result: unknown;
  readonly error: string | null;
  readonly dueAt: number;
}

/** The jobs of one transaction: ordered with the change that makes them necessary, ended with what they did. */
export interface JobStore {
  /** Orders work; an order with a known key changes nothing. Returns the job that has the key. */
  enqueue<Q extends BuiltQueue>(job: NewJob<Q>): Promise<Job>;
  /** The same for many at once. */
  enqueueAll(jobs: readonly NewJob[]): Promise<void>;
  get(id: string): Promise<Job | null>;
  lock(id: string): Promise<Job | null>;
  /** Oldest first. */
  list(filter: JobFilter, page: PageRequest): Promise<readonly Job[]>;
  /** Starts a queued job that is due, or one whose worker is gone; null when there is nothing to start. */
  start(id: string, now: number, leaseMs: number): Promise<Job | null>;
  /** Writes the end of a run; false when it is no longer the job's run. */
  end(run: JobRun, end: JobEnd, at: number): Promise<boolean>;
  /** Queues a failed or waiting job anew, due at once. */
  requeue(id: string, at: number): Promise<Job>;
  /** Frees jobs whose worker is gone; returns how many. */
  freeAbandoned(at: number): Promise<number>;
  /** Takes due jobs that nobody was told of in the last `againMs` of real time, and notes that they are told of now. */
  takeDue(now: number, againMs: number, countMax: number): Promise<readonly Job[]>;
  /** Removes jobs that were done before `before`; returns how many. */
  forgetDone(before: number, countMax: number): Promise<number>;
  /** By queue: jobs that are due or running, and the age of the oldest in ms. */
  waiting(now: number): Promise<readonly { readonly queue: string; readonly count: number; readonly oldestMs: number }[]>;
}

/** Carries ids of jobs to the workers. It may lose them, and may deliver them twice. */
export interface JobQueue {
  /** Hands over runs to be; those it has already stay as they are. */
  wake(jobs: readonly Pick<Job, 'id' | 'queue' | 'runs'>[]): Promise<void>;
}

/** What the queues know of their jobs. */
export interface JobKinds {
  readonly retry: Readonly<Record<JobQueueName, RetryPolicy>>;
  /** Checks a payload that was written by another version of the program, maybe. */
  parse<Q extends BuiltQueue>(queue: Q, payload: unknown): Result<JobPayloads[Q], string>;
}

/** How a run came out. */
export type JobSettlement =
  | { readonly kind: 'done'; readonly result: unknown }
  /** Not over: goes on at `dueAt`. */
  | { readonly kind: 'again'; readonly dueAt: number; readonly progress: unknown }
  /** An expected no that trying again will not change. */
  | { readonly kind: 'refused'; readonly code: string };

/** What a handler answers: an outcome, or work whose effects commit together with the outcome it resolves to. */
export type JobOutcome = JobSettlement | { readonly kind: 'transact'; work(tx: Transaction): Promise<JobSettlement> };

/** Does one step of a job. It may be run twice at the same time, and after a crash: whatever it does must bear that. */
export type JobHandler<Q extends BuiltQueue> = (payload: JobPayloads[Q], job: Job) => Promise<JobOutcome>;

export type JobHandlers = { readonly [Q in BuiltQueue]: JobHandler<Q> };

/** What the workers report. */
export interface JobMetrics {
  ran(queue: string, outcome: 'done' | 'again' | 'retry' | 'failed'): void;
  oldestAge(queue: string, seconds: number): void;
}

/** Which trunk group a number has left, and from which of its versions on. */
export interface TrunkGroupHistory {
  left(entry: { readonly numberId: string; readonly trunkGroupId: string; readonly epoch: number; readonly at: number }): Promise<void>;
}

/** A live call as Redis lists it. */
export interface NumberCall {
  readonly callId: string;
  readonly agentId: string;
  /** Product time in ms of its admission. */
  readonly since: number;
}

/** The live calls of a number. Throws when Redis holds no complete plane: then nobody knows. */
export interface NumberCalls {
  liveCalls(numberId: string, countMax: number): Promise<readonly NumberCall[]>;
}

/** Orders to the agent that has a call. `unknown`: the agent does not have it (any more); `no_answer`: nobody took the order in time. */
export interface AgentInbox {
  hangUp(agentId: string, callId: string): Promise<'ended' | 'unknown' | 'no_answer'>;
  /** Has the agent forget a lease of a call, so that it does not put it back; in Redis it is the sender's to free. */
  release(agentId: string, callId: string, scope: LeaseScope): Promise<'released' | 'unknown' | 'no_answer'>;
  /** What the SIP servers of the agent kept of the messages of these legs, as JSON of ours; null: no answer. */
  trace(agentId: string, callId: string, sipCallIds: readonly string[]): Promise<string | null>;
}
