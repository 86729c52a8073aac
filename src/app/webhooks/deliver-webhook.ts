import type { Delivery, DeliveryAttempt, Webhook } from '../../domain/webhook.ts';
import { type RetryRules, signingSecrets } from '../../domain/webhook-retry.ts';
import { type TurnRules, turnWaitMs } from '../../domain/webhook-turn.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok } from '../../kit/result.ts';
import type { Sealer } from '../../kit/seal.ts';
import { type ChangeDeps, change } from '../change.ts';
import { jobActor } from '../jobs/job-actor.ts';
import type { JobHandler, JobSettlement } from '../ports/jobs.ts';
import type { OutboundHttp } from '../ports/outbound-http.ts';
import type { Transaction } from '../ports/store.ts';
import type { StoredEvent, WebhookForms, WebhookMessage, WebhookMetrics } from '../ports/webhooks.ts';
import { concludeTry, verdictOf } from './conclude-try.ts';
import { secretContext } from './webhook-secret.ts';

export interface DeliverWebhookDeps extends ChangeDeps {
  readonly clock: Clock;
  /** The receivers' time in ms: signatures are judged by it, whatever the product clock says. */
  readonly wallMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly sealer: Pick<Sealer, 'unseal'>;
  readonly http: OutboundHttp;
  readonly forms: WebhookForms;
  readonly metrics: WebhookMetrics;
  readonly rules: RetryRules;
  /** How many are sent at a time, over all workers; a try lasts from the name lookup to the end of the answer. */
  readonly turns: TurnRules;
}

/** What is kept of an answer's body. */
const ANSWER_BYTES_MAX = 10_240;
/** After its deadline a try counts as being sent for this long, ms; then its worker is gone. */
const MARGIN_MS = 5000;
/** Waiting deliveries that are counted to guess how long the queue is. */
const WAITING_MAX = 2000;

/** A try that has begun. */
export interface BegunTry {
  readonly delivery: Delivery;
  readonly webhook: Webhook;
  readonly attempt: Pick<DeliveryAttempt, 'n' | 'url' | 'startedAt' | 'requestHeaders'>;
  readonly message: WebhookMessage;
}

/**
 * Tries once to bring an event to a webhook. What a try came to is written in the transaction that ends the job's run; when its worker
 * is killed, the try is made again under the same id, so every event arrives at least once while its webhook answers.
 */
export function deliverWebhook(deps: DeliverWebhookDeps): JobHandler<'webhook-delivery'> {
  return async ({ deliveryId }, job) => {
    const begun = await change(deps, jobActor(job.id), async (tx) => ok(await begin(tx, deps, deliveryId)));
    if (!begun.ok) throw new Error('beginning a delivery was refused');
    const step = begun.value.value;
    if ('kind' in step) {
      if (step.kind === 'done' && step.result !== null) deps.metrics.delivered('disabled');
      return step;
    }
    const { url } = step.attempt;
    const answer = await deps.http.send({
      method: 'POST',
      url,
      headers: Object.fromEntries(step.attempt.requestHeaders),
      body: step.message.body,
      deadlineMs: deps.turns.timeoutMs,
      bytesMax: ANSWER_BYTES_MAX,
    });
    // Decided and counted before the transaction: that may run again.
    const verdict = verdictOf(deps, step, answer);
    deps.metrics.delivered(verdict.outcome);
    return { kind: 'transact', work: (tx) => concludeTry(tx, deps, step, verdict) };
  };
}

/** Notes the try; or says at once what becomes of the job where there is none. */
async function begin(tx: Transaction, deps: DeliverWebhookDeps, deliveryId: string): Promise<BegunTry | JobSettlement> {
  const found = await tx.deliveries.lock(deliveryId);
  // Its webhook was deleted, or somebody has been through here before.
  if (found === null || found.nextAt === null) return { kind: 'done', result: null };
  const now = deps.clock.now();
  if (now < found.nextAt) return { kind: 'again', dueAt: found.nextAt, progress: null };
  const webhook = await tx.webhooks.lock(found.webhookId);
  if (webhook === null) return { kind: 'done', result: null };
  if (webhook.disabledReason !== null) return giveUp(tx, found, 'webhook_disabled', now);
  const leaseMs = deps.turns.timeoutMs + MARGIN_MS;
  const load = await tx.deliveries.load(found, leaseMs, WAITING_MAX);
  const waitMs = turnWaitMs(deps.turns, load, webhook.failingSince !== null, deps.random());
  if (waitMs !== null) return { kind: 'again', dueAt: now + waitMs, progress: null };
  const event = await tx.events.get(found.eventId);
  const message = event === null ? null : messageOf(deps, webhook, event, found.attempts + 1, now);
  if (message === null) return giveUp(tx, found, 'no_form', now);
  const delivery = { ...found, tries: found.tries + 1, attempts: found.attempts + 1, startedAt: found.startedAt ?? now };
  const requestHeaders = Object.entries({ ...HEADERS, ...message.headers });
  const attempt = { n: delivery.attempts, url: webhook.url, startedAt: now, requestHeaders };
  await tx.deliveries.begin(delivery, attempt, leaseMs);
  return { delivery, webhook, attempt, message };
}

const HEADERS = { 'content-type': 'application/json; charset=utf-8', accept: '*/*', 'user-agent': 'Dialplane-Webhooks/1' };

function messageOf(deps: DeliverWebhookDeps, webhook: Webhook, event: StoredEvent, attempt: number, now: number): WebhookMessage | null {
  const secrets = signingSecrets(webhook, now).map((sealed) => deps.sealer.unseal(sealed, secretContext(webhook.id)));
  return deps.forms[webhook.format]({ event, attempt, url: webhook.url, atSeconds: Math.floor(deps.wallMs() / 1000), secrets });
}

async function giveUp(tx: Transaction, delivery: Delivery, error: string, now: number): Promise<JobSettlement> {
  await tx.deliveries.save({ ...delivery, state: 'failed', error, nextAt: null, finishedAt: now });
  return { kind: 'done', result: { state: 'failed', error } };
}
