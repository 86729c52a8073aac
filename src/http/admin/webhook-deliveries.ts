import { z } from 'zod';
import type { LoggedDelivery } from '../../app/ports/webhooks.ts';
import { findDelivery } from '../../app/webhooks/find-delivery.ts';
import { replayDelivery } from '../../app/webhooks/replay-delivery.ts';
import { EVENT_TYPES } from '../../domain/event.ts';
import { DELIVERY_STATES, type Delivery, WEBHOOK_FORMATS } from '../../domain/webhook.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { idParams, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChangeOnce } from './answer-change.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const header = z.array(z.string());
const deliveryFields = {
  id: z.string(),
  webhook_id: z.string(),
  account_id: z.string().nullable(),
  mode: z.enum(['live', 'test']),
  format: z.enum(WEBHOOK_FORMATS),
  event_id: z.string(),
  event_type: z.string(),
  state: z.enum(DELIVERY_STATES),
  attempts_count: z.number().int(),
  error: z.string().nullable(),
  next_at: z.string().nullable(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  created_at: z.string(),
};
const deliverySchema = z.object(deliveryFields);
const loggedSchema = z.object({
  ...deliveryFields,
  event: z.object({ id: z.string(), type: z.string(), resource: z.string(), data: z.unknown(), at: z.string() }),
  attempts: z.array(
    z.object({
      n: z.number().int(),
      url: z.string(),
      started_at: z.string(),
      finished_at: z.string().nullable(),
      outcome: z.enum(['delivered', 'failed']).nullable(),
      error: z.string().nullable(),
      http_status: z.number().int().nullable(),
      request_headers: z.array(header),
      response_headers: z.array(header).nullable(),
      response_body: z.string().nullable(),
    }),
  ),
});

const timeOrNull = (ms: number | null): string | null => (ms === null ? null : timeText(ms));

const presentDelivery = (delivery: Delivery) => ({
  id: delivery.id,
  webhook_id: delivery.webhookId,
  account_id: delivery.accountId,
  mode: delivery.mode,
  format: delivery.format,
  event_id: delivery.eventId,
  event_type: delivery.eventType,
  state: delivery.state,
  attempts_count: delivery.attempts,
  error: delivery.error,
  next_at: timeOrNull(delivery.nextAt),
  started_at: timeOrNull(delivery.startedAt),
  finished_at: timeOrNull(delivery.finishedAt),
  created_at: timeText(delivery.createdAt),
});

const presentLogged = ({ delivery, event, attempts }: LoggedDelivery) => ({
  ...presentDelivery(delivery),
  event: { id: event.id, type: event.type, resource: event.resource, data: event.payload, at: timeText(event.at) },
  attempts: attempts.map((attempt) => ({
    n: attempt.n,
    url: attempt.url,
    started_at: timeText(attempt.startedAt),
    finished_at: timeOrNull(attempt.finishedAt),
    outcome: attempt.outcome,
    error: attempt.error,
    http_status: attempt.httpStatus,
    request_headers: attempt.requestHeaders,
    response_headers: attempt.responseHeaders,
    response_body: attempt.responseBody,
  })),
});

const tag = 'Webhooks';
const resource = 'webhook_delivery' as const;

/** The log of what was told to whom, and telling it again. */
export const webhookDeliveryOperations = (deps: AdminDeps): AnyOperation[] => [list(deps), get(deps), replay(deps)];

const list = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/webhook-deliveries',
    operationId: 'listWebhookDeliveries',
    summary: 'List deliveries of events to webhooks, oldest first.',
    tag,
    query: z.object({
      ...pageFields,
      account_id: uuidField().optional(),
      webhook_id: uuidField().optional(),
      state: z.enum(DELIVERY_STATES).optional(),
      event_type: z.enum(EVENT_TYPES).optional(),
    }),
    responses: { 200: { description: 'A page of deliveries.', schema: listSchema(deliverySchema) } },
    async handle({ query }) {
      const filter = {
        ...(query.account_id === undefined ? {} : { accountId: query.account_id }),
        ...(query.webhook_id === undefined ? {} : { webhookId: query.webhook_id }),
        ...(query.state === undefined ? {} : { state: query.state }),
        ...(query.event_type === undefined ? {} : { eventTypes: [query.event_type] }),
      };
      const rows = await deps.unitOfWork.read((tx) => tx.deliveries.list(filter, pageOf(query)));
      return ok({ status: 200, body: listBody(rows, query.limit, (row) => row, presentDelivery) });
    },
  });

const get = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/webhook-deliveries/:id',
    operationId: 'getWebhookDelivery',
    summary: 'Get one delivery with its event and every attempt, newest first.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'The delivery.', schema: loggedSchema } },
    async handle({ actor, params }) {
      const found = await findDelivery(deps, actor, { deliveryId: params.id, format: null });
      return found.ok ? ok({ status: 200, body: presentLogged(found.value) }) : found;
    },
  });

const replay = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/webhook-deliveries/:id/replay',
    operationId: 'replayWebhookDelivery',
    summary: 'Send an event again whose delivery is over, arrived or not.',
    tag,
    resource,
    changes: true,
    params: idParams,
    responses: { 200: { description: 'The delivery, on its way again.', schema: deliverySchema } },
    async handle({ actor, params }) {
      return answerChangeOnce(actor, () => replayDelivery(deps, actor, params.id), { status: 200, body: presentDelivery });
    },
  });
