import { until } from '../support/daemon.ts';
import type { Model } from './model.ts';
import type { Site } from './site.ts';

/** A dead worker's lease runs out in `jobs.lease_ms`, 30 s; then the job is done again. */
const DONE_MS = 45_000;

/** Invariant 14: whatever was due is done; nothing is lost, nothing runs for a worker that is gone. */
export async function checkJobs({ pool }: Site, model: Model): Promise<void> {
  const dueBefore = new Date(model.now()).toISOString();
  const open = async (): Promise<{ id: string; queue: string; state: string; error: string | null }[]> => {
    const text = `select id, queue, state, error from jobs where state in ('queued', 'running') and due_at <= $1`;
    return (await pool.query<{ id: string; queue: string; state: string; error: string | null }>(text, [dueBefore])).rows;
  };
  await until(async () => (await open()).length === 0, DONE_MS);
  const left = await open();
  const { rows } = await pool.query<{ count: number }>('select count(*) as count from jobs');
  model.checked[14] = (model.checked[14] ?? 0) + Math.max(0, (rows[0]?.count ?? 0) - 1);
  model.check(14, left.length === 0, () => `${left.length} due jobs are not done: ${JSON.stringify(left.slice(0, 5))}`);
}
