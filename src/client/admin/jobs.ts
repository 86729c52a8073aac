// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type { JobAnswer, ListJobsAnswer, ListJobsQuery, RetryJobQuery } from './jobs-wire.ts';

/** Jobs: one method an operation. */
export const jobsApi = (send: Send) => ({
  /** List jobs, oldest first. */
  listJobs: (query: ListJobsQuery = {}, options?: CallOptions) =>
    send<ListJobsAnswer>({ method: 'GET', path: '/admin/v1/jobs', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateJobs: (query: ListJobsQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListJobsAnswer>(
        { method: 'GET', path: '/admin/v1/jobs', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Get one job. */
  getJob: (id: string, options?: CallOptions) =>
    send<JobAnswer>({ method: 'GET', path: `/admin/v1/jobs/${segment(id)}`, answer: 'json' }, options),
  /** Queue a failed job anew, or one that waits for its next try. */
  retryJob: (id: string, query: RetryJobQuery = {}, options?: CallOptions) =>
    send<JobAnswer>({ method: 'POST', path: `/admin/v1/jobs/${segment(id)}/retry`, query, answer: 'json' }, options),
});
