import type { Actor } from '../actor.ts';

/** Whoever a loop of the worker acts as. */
export const systemActor = (name: string): Actor => ({ ...jobActor(name), id: name, requestId: name });

/** Whoever a job acts as: the platform's own machinery, told apart by the job's id. */
export const jobActor = (jobId: string): Actor => ({
  kind: 'system',
  id: 'job',
  account: null,
  role: 'owner',
  scopes: null,
  mode: 'live',
  requestId: `job:${jobId}`,
  ip: null,
});
