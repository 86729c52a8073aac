import type { Registry } from 'prom-client';
import type { ChangeDeps } from '../app/change.ts';
import type { JobHandler } from '../app/ports/jobs.ts';
import { deliverWebhook } from '../app/webhooks/deliver-webhook.ts';
import { forgetDeliveries } from '../app/webhooks/forget-deliveries.ts';
import { standardForm } from '../app/webhooks/standard-form.ts';
import type { Config } from '../config/load-config.ts';
import { webhookSigningKey } from '../config/webhook-key.ts';
import { krosWebhookForm } from '../http/kros/webhook-form.ts';
import { telnyxWebhookForm } from '../http/telnyx/webhook-form.ts';
import type { Clock } from '../kit/clock.ts';
import type { Lifecycle } from '../kit/lifecycle.ts';
import { startLoop } from '../kit/loop.ts';
import { createSealer } from '../kit/seal.ts';
import { webhookMetrics } from '../metrics/recorders.ts';
import { createOutboundHttp } from '../outbound-http/outbound-http.ts';
import { outboundRules } from './outbound-rules.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FORGET_MS = 60_000;
/** One owner, with its sub-accounts, is sent a quarter of what one worker sends at a time. */
const OWNER_SHARE = 4;

export interface WebhookPartsOptions {
  readonly config: Config;
  readonly change: ChangeDeps;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly lifecycle: Lifecycle;
}

/** The worker's part of webhooks: what works on deliveries, and the loop that forgets old ones. */
export function startWebhooks({ config, change, clock, registry, lifecycle }: WebhookPartsOptions): JobHandler<'webhook-delivery'> {
  const { timeoutMs, retrySeconds, disableAfterHours, perWebhook, concurrency, keepDays } = config.webhooks;
  const keeping = { unitOfWork: change.unitOfWork, clock, keepMs: keepDays * DAY_MS };
  lifecycle.add(startLoop({ name: 'old deliveries', intervalMs: FORGET_MS, log: change.log, run: () => forgetDeliveries(keeping) }));
  const { sealingKey, sealingKeyPrevious } = config.auth;
  if (sealingKey === undefined) throw new Error('the worker needs SEALING_KEY');
  return deliverWebhook({
    ...change,
    clock,
    wallMs: () => Date.now(),
    random: () => Math.random(),
    sealer: createSealer(sealingKey, sealingKeyPrevious),
    http: createOutboundHttp({ rules: outboundRules(config) }),
    forms: { standard: standardForm, hmac_hex: krosWebhookForm, ed25519: telnyxWebhookForm(webhookSigningKey(sealingKey)) },
    metrics: webhookMetrics(registry),
    rules: { waitsMs: retrySeconds.map((seconds) => seconds * 1000), disableAfterMs: disableAfterHours * HOUR_MS },
    turns: { timeoutMs, atOnceMax: perWebhook, ownerAtOnceMax: Math.ceil(concurrency / OWNER_SHARE) },
  });
}
