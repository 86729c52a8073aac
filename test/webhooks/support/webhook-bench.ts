import { runJob } from '../../../src/app/jobs/run-job.ts';
import type { JobHandlers } from '../../../src/app/ports/jobs.ts';
import type { OutboundHttp } from '../../../src/app/ports/outbound-http.ts';
import { type DeliverWebhookDeps, deliverWebhook } from '../../../src/app/webhooks/deliver-webhook.ts';
import { giveUpDelivery } from '../../../src/app/webhooks/give-up-delivery.ts';
import { standardForm } from '../../../src/app/webhooks/standard-form.ts';
import { webhookSigningKey } from '../../../src/config/webhook-key.ts';
import { krosWebhookForm } from '../../../src/http/kros/webhook-form.ts';
import { telnyxFace } from '../../../src/http/telnyx/telnyx-face.ts';
import { telnyxWebhookForm } from '../../../src/http/telnyx/webhook-form.ts';
import { jobKinds } from '../../../src/jobs/queues.ts';
import { createOutboundHttp } from '../../../src/outbound-http/outbound-http.ts';
import { type AdminApi, startAdminApi } from '../../api/admin/admin-api.ts';
import { SEALING_KEY } from '../../support/api-harness.ts';
import { TELNYX_RULES } from '../../support/telnyx-rules.ts';
import { openReceiver, type Receiver } from './receiver.ts';

export interface WebhookBench {
  readonly api: AdminApi;
  readonly receiver: Receiver;
  /** What the deliverer counted. */
  readonly outcomes: string[];
  /** How the next run of a job delivers. */
  readonly settings: { deps: DeliverWebhookDeps };
  /** Runs every delivery that is due, several at a time, until none is; returns how many runs there were. */
  runDue(): Promise<number>;
  /** Runs the job of one delivery once. */
  runOnce(deliveryId: string, http?: OutboundHttp): Promise<string>;
  close(): Promise<void>;
}

export const WAITS_MS = [5000, 300_000, 1_800_000];
const AT_ONCE = 8;

/** Admin, Kros and Telnyx faces, a receiver on loopback, and the worker's deliverer, run by hand. */
export async function openWebhookBench(): Promise<WebhookBench> {
  const receiver = await openReceiver();
  const api = await startAdminApi({ moreFaces: (deps) => [telnyxFace({ ...deps, ...TELNYX_RULES, callingCodeOf: () => null })] });
  const { deps, clock } = api;
  const outcomes: string[] = [];
  const settings = {
    deps: {
      ...deps,
      clock,
      wallMs: () => Date.now(),
      // The longest wait there may be.
      random: () => 1,
      http: createOutboundHttp({ rules: deps.outbound }),
      forms: { standard: standardForm, hmac_hex: krosWebhookForm, ed25519: telnyxWebhookForm(webhookSigningKey(SEALING_KEY)) },
      metrics: { delivered: (outcome: string) => void outcomes.push(outcome) },
      rules: { waitsMs: WAITS_MS, disableAfterMs: 86_400_000 },
      // More than ever run at a time here: nobody waits for a turn.
      turns: { timeoutMs: 2000, atOnceMax: 2 * AT_ONCE, ownerAtOnceMax: 2 * AT_ONCE },
    } as DeliverWebhookDeps,
  };
  const run = (id: string, http = settings.deps.http) => {
    const handlers = { 'webhook-delivery': deliverWebhook({ ...settings.deps, http }) } as unknown as JobHandlers;
    const metrics = { ran: () => {}, oldestAge: () => {} };
    return runJob({ ...deps, clock, handlers, kinds: jobKinds, metrics, leaseMs: 10_000, onGivenUp: giveUpDelivery(clock) }, id);
  };
  const due = async (): Promise<string[]> =>
    (
      await api.sql("select id from jobs where queue = 'webhook-delivery' and state = 'queued' and due_at <= $1 order by due_at limit $2", [
        new Date(clock.now()).toISOString(),
        AT_ONCE,
      ])
    ).map(({ id }) => id);
  return {
    api,
    receiver,
    outcomes,
    settings,
    async runDue() {
      for (let ran = 0; ; ) {
        const ids = await due();
        if (ids.length === 0) return ran;
        await Promise.all(ids.map((id) => run(id)));
        ran += ids.length;
      }
    },
    async runOnce(deliveryId, http) {
      const [job] = await api.sql("select id from jobs where queue = 'webhook-delivery' and key like $1 order by created_at desc limit 1", [
        `${deliveryId}:%`,
      ]);
      return run(job.id, http);
    },
    async close() {
      await api.close();
      await receiver.close();
    },
  };
}
