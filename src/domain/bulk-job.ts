import type { Holder, Role } from './account.ts';
import type { NumberPatch } from './number.ts';
import type { Mode } from './records.ts';
import type { RequestRefusal } from './request-refusal.ts';

/** What is done to each number of a bulk job. */
export type BulkKind = 'update' | 'release';

/** One change asked for many numbers at once; a worker does them one by one. */
export interface BulkJob {
  readonly id: string;
  readonly mode: Mode;
  readonly holder: Holder;
  readonly kind: BulkKind;
  /** Of an update; empty for a release. */
  readonly patch: NumberPatch;
  /** On whose behalf: what the audit rows of the numbers say. */
  readonly asker: { readonly kind: 'platform' | 'key' | 'token' | 'user' | 'system'; readonly id: string; readonly role: Role };
  readonly numbersCount: number;
  readonly succeededCount: number;
  readonly failedCount: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** One number of a bulk job and what became of it. */
export interface BulkNumber {
  /** From 0 in the order asked for. */
  readonly position: number;
  readonly numberId: string;
  readonly extId: string;
  readonly e164: string;
  readonly outcome: 'pending' | 'succeeded' | 'failed';
  /** There exactly when it failed. */
  readonly refusal: RequestRefusal | null;
}

export const BULK_STATUSES = ['pending', 'in_progress', 'completed', 'failed', 'expired'] as const;

export type BulkStatus = (typeof BULK_STATUSES)[number];

/** The most numbers of one job (seed-apis A.8). */
export const BULK_NUMBERS_MAX = 1000;
/** The most jobs that an account and its sub-accounts have under way together (seed-apis A.8). */
export const BULK_JOBS_MAX = 20;
/** What is not done after so long, in ms, is not done any more. */
export const BULK_PENDING_MS_MAX = 86_400_000;

/** How far a job is now: by the time, so that no worker needs to run for it to expire. */
export function bulkStatusOf({ numbersCount, succeededCount, failedCount, createdAt }: BulkJob, nowMs: number): BulkStatus {
  const ended = succeededCount + failedCount;
  if (ended === numbersCount) return succeededCount === 0 ? 'failed' : 'completed';
  if (nowMs >= createdAt + BULK_PENDING_MS_MAX) return 'expired';
  return ended === 0 ? 'pending' : 'in_progress';
}
