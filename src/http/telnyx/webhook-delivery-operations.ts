import { z } from 'zod';
import type { UnitOfWork } from '../../app/ports/store.ts';
import type { LoggedDelivery } from '../../app/ports/webhooks.ts';
import { accountOf } from '../../app/tenant.ts';
import { findDelivery } from '../../app/webhooks/find-delivery.ts';
import type { DeliveryAttempt } from '../../domain/webhook.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { idParams, textField, timeText } from '../wire-fields.ts';
import { enumText, listQuery, timeFilter } from './filters.ts';
import { given } from './given.ts';
import { listSchema, metaOf, offsetOf, oneSchema, pageFields } from './page.ts';
import { eventOfTelnyx, telnyxEvent } from './webhook-form.ts';

/** What the operations of delivered webhooks work with. */
export interface WebhookLogDeps {
  readonly unitOfWork: UnitOfWork;
  /** The key that verifies webhooks of this face: 32 bytes, base64. */
  readonly webhookPublicKey: string;
}

const TAG = 'Webhooks';
const FORMAT = 'ed25519' as const;
const need = { scope: 'webhooks:read' } as const;
/** The one code that is known of the vendor (seed-apis H.9); it says that the receiver did not answer 2xx in time. */
const NOT_DELIVERED = 75_499;

const headers = z.array(z.array(z.string()));
const deliverySchema = z.object({
  id: z.string(),
  record_type: z.literal('webhook_delivery'),
  status: z.enum(['delivered', 'failed']),
  started_at: z.string(),
  finished_at: z.string().optional(),
  user_id: z.string(),
  webhook: z.unknown(),
  attempts: z.array(
    z.object({
      status: z.enum(['delivered', 'failed']),
      started_at: z.string(),
      finished_at: z.string().optional(),
      errors: z.array(z.int()),
      http: z.object({
        request: z.object({ url: z.string(), headers }),
        response: z.object({ status: z.int(), headers, body: z.string() }).optional(),
      }),
    }),
  ),
});

const presentAttempt = (attempt: DeliveryAttempt) => ({
  status: attempt.outcome === 'delivered' ? 'delivered' : 'failed',
  started_at: timeText(attempt.startedAt),
  ...(attempt.finishedAt === null ? {} : { finished_at: timeText(attempt.finishedAt) }),
  errors: attempt.outcome === 'delivered' ? [] : [NOT_DELIVERED],
  http: {
    request: { url: attempt.url, headers: attempt.requestHeaders },
    ...(attempt.httpStatus === null
      ? {}
      : { response: { status: attempt.httpStatus, headers: attempt.responseHeaders ?? [], body: attempt.responseBody ?? '' } }),
  },
});

const present = ({ delivery, event, attempts }: LoggedDelivery) => ({
  id: delivery.id,
  record_type: 'webhook_delivery',
  // The vendor has no word for one that is tried again.
  status: delivery.state === 'delivered' ? 'delivered' : 'failed',
  started_at: timeText(delivery.startedAt ?? delivery.createdAt),
  ...(delivery.finishedAt === null ? {} : { finished_at: timeText(delivery.finishedAt) }),
  user_id: delivery.accountId,
  webhook: telnyxEvent(event),
  attempts: attempts.map(presentAttempt),
});

/** The log of webhooks that were sent to the account's channels, and the key that verifies them. */
export const webhookDeliveryOperations = (deps: WebhookLogDeps): AnyOperation[] => [list(deps), get(deps), publicKey(deps)];

/** Several of the vendor's names, with commas; one that nothing has matches nothing. */
const eventTypes = () => textField(255).transform((text) => text.split(',').map((name) => eventOfTelnyx(name.trim()) ?? 'none'));

const list = (deps: WebhookLogDeps) =>
  operation({
    method: 'GET',
    path: '/webhook_deliveries',
    operationId: 'listWebhookDeliveries',
    summary: 'List webhook deliveries',
    tag: TAG,
    query: listQuery({
      ...pageFields(),
      'filter[status][eq]': enumText(['delivered', 'failed']).optional(),
      'filter[event_type]': eventTypes().optional(),
      'filter[webhook][contains]': textField(255).optional(),
      'filter[attempts][contains]': textField(255).optional(),
      'filter[started_at][gte]': timeFilter().optional(),
      'filter[started_at][lte]': timeFilter().optional(),
      'filter[finished_at][gte]': timeFilter().optional(),
      'filter[finished_at][lte]': timeFilter().optional(),
    }),
    need,
    responses: { 200: { description: 'A page of deliveries, newest first.', schema: listSchema(deliverySchema) } },
    async handle({ actor, query }) {
      const filter = {
        accountId: accountOf(actor).id,
        mode: actor.mode,
        format: FORMAT,
        isTried: true,
        ...given('state', query['filter[status][eq]']),
        ...given('eventTypes', query['filter[event_type]']),
        ...given('eventContains', query['filter[webhook][contains]']),
        ...given('attemptContains', query['filter[attempts][contains]']),
        ...given('startedFrom', query['filter[started_at][gte]']),
        ...given('startedTo', query['filter[started_at][lte]']),
        ...given('finishedFrom', query['filter[finished_at][gte]']),
        ...given('finishedTo', query['filter[finished_at][lte]']),
      };
      const { logged, total } = await deps.unitOfWork.read(async (tx) => {
        const page = await tx.deliveries.listByOffset(filter, offsetOf(query));
        return { logged: await tx.deliveries.logged(page.rows), total: page.total };
      });
      return ok({ status: 200, body: { data: logged.map(present), meta: metaOf(query, total) } });
    },
  });

const get = (deps: WebhookLogDeps) =>
  operation({
    method: 'GET',
    path: '/webhook_deliveries/:id',
    operationId: 'retrieveWebhookDelivery',
    summary: 'Find webhook_delivery details by ID',
    tag: TAG,
    resource: 'webhook_delivery',
    params: idParams,
    need,
    responses: {
      200: { description: 'The delivery.', schema: oneSchema(deliverySchema) },
      404: { description: 'No such delivery of yours' },
    },
    async handle({ actor, params }) {
      const found = await findDelivery(deps, actor, { deliveryId: params.id, format: FORMAT });
      return found.ok ? ok({ status: 200, body: { data: present(found.value) } }) : found;
    },
  });

const publicKey = (deps: WebhookLogDeps) =>
  operation({
    method: 'GET',
    path: '/public_key',
    operationId: 'retrievePublicKey',
    summary: 'The key that verifies webhooks (Ed25519, base64)',
    tag: TAG,
    responses: {
      200: { description: 'The key.', schema: oneSchema(z.object({ public: z.string(), record_type: z.literal('public_key') })) },
    },
    async handle() {
      return ok({ status: 200, body: { data: { public: deps.webhookPublicKey, record_type: 'public_key' } } });
    },
  });
