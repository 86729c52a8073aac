import type { Job } from '../../domain/job.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { JobFilter } from '../ports/jobs.ts';
import type { PageRequest, UnitOfWork } from '../ports/store.ts';

/** Lists jobs, oldest first. */
export function listJobs(deps: { readonly unitOfWork: UnitOfWork }, filter: JobFilter, page: PageRequest): Promise<readonly Job[]> {
  return deps.unitOfWork.read((tx) => tx.jobs.list(filter, page));
}

/** Reads one job. */
export async function getJob(deps: { readonly unitOfWork: UnitOfWork }, id: string): Promise<Result<Job, RequestRefusal>> {
  const job = await deps.unitOfWork.read((tx) => tx.jobs.get(id));
  return job === null ? err({ kind: 'not_found', resource: 'job' }) : ok(job);
}
