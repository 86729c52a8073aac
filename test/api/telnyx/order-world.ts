import { runJob } from '../../../src/app/jobs/run-job.ts';
import type { JobHandlers } from '../../../src/app/ports/jobs.ts';
import type { JobQueueName } from '../../../src/domain/job.ts';
import { telnyxFace } from '../../../src/http/telnyx/telnyx-face.ts';
import { jobKinds } from '../../../src/jobs/queues.ts';
import { TELNYX_RULES } from '../../support/telnyx-rules.ts';
import { type AdminApi, startAdminApi } from '../admin/admin-api.ts';

/** Telnyx and admin face over one store: both sides of an order. */
export interface OrderWorld extends AdminApi {
  /** Runs the due jobs of a queue in this process until none is left; returns how many ran. */
  runDue(queue: JobQueueName, handlers: Partial<JobHandlers>): Promise<number>;
}

/** Serves both faces. */
export async function startOrderWorld(): Promise<OrderWorld> {
  const api = await startAdminApi({
    moreFaces: (deps) => [
      telnyxFace({
        ...deps,
        ...TELNYX_RULES,
        callingCodeOf: (country) => (country === 'GB' ? '44' : null),
      }),
    ],
  });
  return {
    ...api,
    async runDue(queue, handlers) {
      const { deps, clock } = api;
      const metrics = { ran: () => {}, oldestAge: () => {} };
      const running = { ...deps, clock, handlers: handlers as JobHandlers, kinds: jobKinds, metrics, leaseMs: 5000 };
      for (let ran = 0; ; ran += 1) {
        const [job] = await api.sql("select id from jobs where queue = $1 and state = 'queued' and due_at <= $2 limit 1", [
          queue,
          new Date(clock.now()).toISOString(),
        ]);
        if (job === undefined) return ran;
        await runJob(running, job.id);
      }
    },
  };
}

/** Orders one number; the answer's `data`. */
export async function placeOrder(api: OrderWorld, key: string, e164: string, more: Record<string, unknown> = {}) {
  const answer = await api.call('POST', '/number_orders', { key, body: { phone_numbers: [{ phone_number: e164 }], ...more } });
  if (answer.status !== 200) throw new Error(`order: ${answer.status} ${answer.text}`);
  return answer.body.data;
}

/** Code and pointer or parameter of each error of a Telnyx answer. */
export const errorsOf = ({ body }: { readonly body: { errors: { code: string; source?: Record<string, string> }[] } }) =>
  body.errors.map(({ code, source }) => [code, source?.pointer ?? source?.parameter]);
