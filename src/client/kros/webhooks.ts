// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byOffset } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  CreateWebhookAnswer,
  CreateWebhookBody,
  ListWebhooksAnswer,
  ListWebhooksQuery,
  UpdateWebhookBody,
  WebhookAnswer,
} from './webhooks-wire.ts';

/** Webhooks: one method an operation. */
export const webhooksApi = (send: Send) => ({
  /** List webhooks */
  listWebhooks: (query: ListWebhooksQuery = {}, options?: CallOptions) =>
    send<ListWebhooksAnswer>({ method: 'GET', path: '/webhooks', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateWebhooks: (query: ListWebhooksQuery = {}, options?: CallOptions) =>
    byOffset(
      Number(query.offset ?? 0),
      async (offset) =>
        (await send<ListWebhooksAnswer>({ method: 'GET', path: '/webhooks', query: { ...query, offset }, answer: 'json' }, options))
          .webhooks,
    ),
  /** Create a webhook; the secret is shown this once */
  createWebhook: (body: CreateWebhookBody, options?: CallOptions) =>
    send<CreateWebhookAnswer>({ method: 'POST', path: '/webhooks', json: body, answer: 'json' }, options),
  /** Get a webhook */
  getWebhook: (id: string, options?: CallOptions) =>
    send<WebhookAnswer>({ method: 'GET', path: `/webhooks/${segment(id)}`, answer: 'json' }, options),
  /** Update a webhook; status active starts one again that was turned off, unless the platform did */
  updateWebhook: (id: string, body: UpdateWebhookBody, options?: CallOptions) =>
    send<WebhookAnswer>({ method: 'PATCH', path: `/webhooks/${segment(id)}`, json: body, answer: 'json' }, options),
  /** Delete a webhook */
  deleteWebhook: (id: string, options?: CallOptions) =>
    send<void>({ method: 'DELETE', path: `/webhooks/${segment(id)}`, answer: 'none' }, options),
  /** Replace the secret; the one before it signs the Standard Webhooks headers too for a while */
  rotateWebhookSecret: (id: string, options?: CallOptions) =>
    send<CreateWebhookAnswer>({ method: 'POST', path: `/webhooks/${segment(id)}/rotate-secret`, answer: 'json' }, options),
});
