import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { isOwnOrder } from '../orders/own-order.ts';
import type { UnitOfWork } from '../ports/store.ts';
import type { ShownBulkJob } from './create-bulk-job.ts';

/** Reads a bulk job of the actor's with its numbers; a foreign one does not exist (invariant 11). */
export function findBulkJob(
  { unitOfWork }: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  id: string,
): Promise<Result<ShownBulkJob, RequestRefusal>> {
  return unitOfWork.read(async (tx) => {
    const job = await tx.bulkJobs.get(id);
    if (job === null || !isOwnOrder(actor, job)) return err({ kind: 'not_found', resource: 'bulk_job' });
    return ok({ job, numbers: await tx.bulkJobs.numbers(id) });
  });
}
