import { z } from 'zod';
import { parsePortRange } from './port-range.ts';
import { decimal, integer, isNetwork, records, texts } from './setting.ts';

/** How webhooks are delivered and given up. */
export const webhooks = z.strictObject({
  timeoutMs: integer('Time a receiver has for one webhook, name lookup and answer included, in milliseconds.', 100, 120_000),
  retrySeconds: records(
    'Longest wait after each try that failed, in seconds; the wait is random below it, and after the last one the delivery has failed.',
    z.number().min(0).max(604_800),
    'list of seconds',
  ),
  disableAfterHours: decimal('How long nothing may arrive before a webhook is turned off, in hours.', 0, 8760),
  perWebhook: integer('Events one webhook is sent at a time, over all workers.', 1, 100),
  concurrency: integer(
    'Deliveries at a time in each worker, over all webhooks; an account and its sub-accounts have a quarter of them, over all workers.',
    1,
    1000,
  ),
  rotationHours: decimal('How long the secret before the newest signs too, in hours.', 0, 8760),
  keepDays: decimal('Days events and the log of their deliveries are kept.', 0.001, 3650),
});

const isPortRange = (value: string): boolean => parsePortRange(value) !== undefined;

/** Where requests may go that tenants ask for. */
export const outboundHttp = z.strictObject({
  allowedNetworks: texts(
    'Private networks that webhooks and other URLs of tenants may lead to; without it public addresses only.',
    'addresses or CIDRs',
    isNetwork,
  ),
  ports: texts('Ports that webhooks and other URLs of tenants may name.', 'ports or ranges such as 8000-8999', isPortRange),
});
