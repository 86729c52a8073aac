import { createHmac } from 'node:crypto';
import type { WebhookForm } from '../../app/ports/webhooks.ts';
import { standardHeaders } from '../../app/webhooks/standard-form.ts';
import type { EventType } from '../../domain/event.ts';

/** The vendor's names of what can be subscribed to here. */
export const KROS_EVENTS = {
  'number.provisioned': 'number.purchased',
  'number.updated': 'number.updated',
  'number.suspended': 'number.suspended',
  'number.resumed': 'number.resumed',
  'number.released': 'number.released',
} as const satisfies Readonly<Record<string, EventType>>;

/** The vendor's name of an event of ours; null where it has none. */
export const krosEventOf = (type: string): string | null => Object.entries(KROS_EVENTS).find(([, ours]) => ours === type)?.[0] ?? null;

/**
 * Events as this face's webhooks get them: `X-Webhook-Signature: sha256=<hex>` over the body with the secret as text, as the vendor
 * documents, and the headers of Standard Webhooks beside it. The vendor's body is not published.
 */
export const krosWebhookForm: WebhookForm = ({ event, atSeconds, secrets: [secret, ...older] }) => {
  const type = krosEventOf(event.type);
  if (type === null || secret === undefined) return null;
  const body = JSON.stringify({
    id: event.id,
    event: type,
    created_at: new Date(event.at).toISOString(),
    organization_id: event.accountId,
    mode: event.mode,
    data: event.payload,
  });
  return {
    body,
    headers: {
      ...standardHeaders(event.id, atSeconds, body, [secret, ...older]),
      'x-webhook-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
  };
};
