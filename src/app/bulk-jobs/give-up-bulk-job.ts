import type { Job } from '../../domain/job.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Transaction } from '../ports/store.ts';

const GIVEN_UP: RequestRefusal = {
  kind: 'conflict',
  code: 'bulk_job_given_up',
  detail: 'The job was given up after repeated faults; ask for this number again.',
};

/** A job was given up after its last fault: the numbers that nothing became of have failed with it, and its place is free. */
export const giveUpBulkJob =
  (clock: Clock) =>
  async (tx: Transaction, job: Job): Promise<void> => {
    if (job.queue === 'bulk-jobs') await tx.bulkJobs.endRest(job.key, GIVEN_UP, clock.now());
  };
