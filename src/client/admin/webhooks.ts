// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  CreateWebhookAnswer,
  CreateWebhookBody,
  CreateWebhookQuery,
  ListWebhookDeliveriesAnswer,
  ListWebhookDeliveriesQuery,
  ListWebhookDeliveriesRow,
  ListWebhooksAnswer,
  ListWebhooksQuery,
  UpdateWebhookBody,
  WebhookAnswer,
  WebhookDeliveryAnswer,
} from './webhooks-wire.ts';

/** Webhooks: one method an operation. */
export const webhooksApi = (send: Send) => ({
  /** Have an address told what happens, signed as Standard Webhooks says. */
  createWebhook: (body: CreateWebhookBody, query: CreateWebhookQuery = {}, options?: CallOptions) =>
    send<CreateWebhookAnswer>({ method: 'POST', path: '/admin/v1/webhooks', query, json: body, answer: 'json' }, options),
  /** List webhooks, those of the faces among them. */
  listWebhooks: (query: ListWebhooksQuery = {}, options?: CallOptions) =>
    send<ListWebhooksAnswer>({ method: 'GET', path: '/admin/v1/webhooks', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateWebhooks: (query: ListWebhooksQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListWebhooksAnswer>(
        { method: 'GET', path: '/admin/v1/webhooks', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Get one webhook. */
  getWebhook: (id: string, options?: CallOptions) =>
    send<WebhookAnswer>({ method: 'GET', path: `/admin/v1/webhooks/${segment(id)}`, answer: 'json' }, options),
  /** Change a webhook; enabled: true starts one again that was turned off, and what this turns off its tenant does not turn on. */
  updateWebhook: (id: string, body: UpdateWebhookBody, query: CreateWebhookQuery = {}, options?: CallOptions) =>
    send<WebhookAnswer>({ method: 'PATCH', path: `/admin/v1/webhooks/${segment(id)}`, query, json: body, answer: 'json' }, options),
  /** Delete a webhook with the log of its deliveries. */
  deleteWebhook: (id: string, query: CreateWebhookQuery = {}, options?: CallOptions) =>
    send<void>({ method: 'DELETE', path: `/admin/v1/webhooks/${segment(id)}`, query, answer: 'none' }, options),
  /** Give a webhook a new secret; the one before it signs too until previous_secret_until. */
  rotateWebhookSecret: (id: string, query: CreateWebhookQuery = {}, options?: CallOptions) =>
    send<CreateWebhookAnswer>({ method: 'POST', path: `/admin/v1/webhooks/${segment(id)}/rotate-secret`, query, answer: 'json' }, options),
  /** List deliveries of events to webhooks, oldest first. */
  listWebhookDeliveries: (query: ListWebhookDeliveriesQuery = {}, options?: CallOptions) =>
    send<ListWebhookDeliveriesAnswer>({ method: 'GET', path: '/admin/v1/webhook-deliveries', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateWebhookDeliveries: (query: ListWebhookDeliveriesQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListWebhookDeliveriesAnswer>(
        { method: 'GET', path: '/admin/v1/webhook-deliveries', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Get one delivery with its event and every attempt, newest first. */
  getWebhookDelivery: (id: string, options?: CallOptions) =>
    send<WebhookDeliveryAnswer>({ method: 'GET', path: `/admin/v1/webhook-deliveries/${segment(id)}`, answer: 'json' }, options),
  /** Send an event again whose delivery is over, arrived or not. */
  replayWebhookDelivery: (id: string, query: CreateWebhookQuery = {}, options?: CallOptions) =>
    send<ListWebhookDeliveriesRow>(
      { method: 'POST', path: `/admin/v1/webhook-deliveries/${segment(id)}/replay`, query, answer: 'json' },
      options,
    ),
});
