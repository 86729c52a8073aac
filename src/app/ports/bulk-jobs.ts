import type { BulkJob, BulkKind, BulkNumber, BulkStatus } from '../../domain/bulk-job.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { OrderScope } from './orders.ts';
import type { OffsetPage, OffsetRequest } from './store.ts';

export interface BulkJobFilter extends OrderScope {
  readonly kind?: BulkKind;
  readonly statuses?: readonly BulkStatus[];
  /** Jobs with any of these numbers, E.164 or integer ids. */
  readonly numbers?: readonly string[];
  readonly oldestFirst?: boolean;
}

/** The bulk jobs of one transaction. */
export interface BulkJobStore {
  get(id: string): Promise<BulkJob | null>;
  insert(job: BulkJob, numbers: readonly BulkNumber[]): Promise<void>;
  /** A page; `now` tells which have expired. */
  list(filter: BulkJobFilter, now: number, page: OffsetRequest): Promise<OffsetPage<BulkJob>>;
  /** All numbers of a job in the order asked for. */
  numbers(jobId: string): Promise<readonly BulkNumber[]>;
  /** The next numbers that nothing became of yet. */
  nextPending(jobId: string, countMax: number): Promise<readonly BulkNumber[]>;
  /** Locks a number of a job; false when something became of it already. */
  claim(jobId: string, position: number): Promise<boolean>;
  /** Writes what became of a claimed number; null: it succeeded. */
  end(jobId: string, position: number, refusal: RequestRefusal | null, at: number): Promise<void>;
  /** Ends all numbers that nothing became of yet. */
  endRest(jobId: string, refusal: RequestRefusal, at: number): Promise<void>;
  /** Jobs of this owner and its sub-accounts that were asked for after `since` and are not done. */
  countUnderWay(ownerAccountId: string, since: number): Promise<number>;
}
