import { z } from 'zod';
import { accountOf } from '../../app/tenant.ts';
import { createWebhook, type WebhookDeps } from '../../app/webhooks/create-webhook.ts';
import { deleteWebhook } from '../../app/webhooks/delete-webhook.ts';
import { findWebhook } from '../../app/webhooks/own-webhook.ts';
import { updateWebhook } from '../../app/webhooks/update-webhook.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { idParams, textField, timeText, uuidField } from '../wire-fields.ts';
import { enumText, listQuery } from './filters.ts';
import { given } from './given.ts';
import { listSchema, metaOf, offsetOf, oneSchema, pageFields } from './page.ts';

const TAG = 'Notifications';
const resource = 'webhook' as const;
const FORMAT = 'ed25519' as const;
const read = { scope: 'webhooks:read' } as const;
const write = { role: 'admin', scope: 'webhooks:write' } as const;
const named = (webhookId: string) => ({ webhookId, format: FORMAT });

const channelSchema = z.object({
  id: z.string(),
  channel_type_id: z.literal('webhook'),
  channel_destination: z.string(),
  notification_profile_id: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});
const responses = {
  200: { description: 'The channel.', schema: oneSchema(channelSchema) },
  404: { description: 'No such channel of yours' },
};

/** Nothing of ours sends text messages, calls or mail: such a channel would never say anything (decision B33). */
const channelType = z.enum(['webhook', 'sms', 'voice', 'email']).refine((type) => type === 'webhook', {
  message: 'Only channels of type webhook are delivered to.',
  params: { problem: 'not_supported' },
});
const destination = () => textField(2048);

const present = (webhook: Webhook) => ({
  data: {
    id: webhook.id,
    channel_type_id: 'webhook',
    channel_destination: webhook.url,
    notification_profile_id: webhook.groupId,
    created_at: timeText(webhook.createdAt),
    updated_at: timeText(webhook.updatedAt),
  },
});

/** What the body names is a bad field, not a missing page. */
const ofBody = <T>(done: Result<T, RequestRefusal>): Result<T, RequestRefusal> =>
  !done.ok && done.error.kind === 'not_found' && done.error.resource === 'webhook_group'
    ? err(invalidBody(['notification_profile_id'], 'No such notification profile of yours.', 'not_found'))
    : done;

/** Notification channels: webhooks that the vendor's SDK verifies. */
export const notificationChannelOperations = (deps: WebhookDeps): AnyOperation[] => [
  list(deps),
  create(deps),
  get(deps),
  update(deps),
  remove(deps),
];

const list = (deps: WebhookDeps) =>
  operation({
    method: 'GET',
    path: '/notification_channels',
    operationId: 'listNotificationChannels',
    summary: 'List notification channels',
    tag: TAG,
    query: listQuery({
      ...pageFields(),
      'filter[channel_type_id][eq]': enumText(['webhook', 'sms', 'email', 'voice']).optional(),
      'filter[notification_profile_id][eq]': uuidField().optional(),
    }),
    need: read,
    responses: { 200: { description: 'A page of channels, oldest first.', schema: listSchema(channelSchema) } },
    async handle({ actor, query }) {
      const type = query['filter[channel_type_id][eq]'] ?? 'webhook';
      if (type !== 'webhook') return ok({ status: 200, body: { data: [], meta: metaOf(query, 0) } });
      const groupId = given('groupId', query['filter[notification_profile_id][eq]']);
      const filter = { accountId: accountOf(actor).id, mode: actor.mode, format: FORMAT, ...groupId };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.webhooks.listByOffset(filter, offsetOf(query)));
      return ok({ status: 200, body: { data: rows.map((row) => present(row).data), meta: metaOf(query, total) } });
    },
  });

const create = (deps: WebhookDeps) =>
  operation({
    method: 'POST',
    path: '/notification_channels',
    operationId: 'createNotificationChannel',
    summary: 'Create a notification channel',
    tag: TAG,
    body: z.object({
      channel_type_id: channelType,
      channel_destination: destination().describe('An http or https URL.'),
      notification_profile_id: uuidField(),
    }),
    need: write,
    changes: true,
    responses: { 200: responses[200] },
    async handle({ actor, body }) {
      const input = {
        accountId: accountOf(actor).id,
        mode: actor.mode,
        format: FORMAT,
        url: body.channel_destination,
        description: null,
        eventTypes: [],
        includeSubAccounts: false,
        groupId: body.notification_profile_id,
        urlField: 'channel_destination',
      };
      const done = await answerOnce(
        actor,
        () => createWebhook(deps, actor, input),
        ({ value, propagation }) => ({ status: 200, body: present(value.webhook), headers: propagationHeaders(propagation, null) }),
      );
      return ofBody(done);
    },
  });

const get = (deps: WebhookDeps) =>
  operation({
    method: 'GET',
    path: '/notification_channels/:id',
    operationId: 'retrieveNotificationChannel',
    summary: 'Get a notification channel',
    tag: TAG,
    resource,
    params: idParams,
    need: read,
    responses,
    async handle({ actor, params }) {
      const found = await findWebhook(deps, actor, named(params.id));
      return found.ok ? ok({ status: 200, body: present(found.value) }) : found;
    },
  });

const update = (deps: WebhookDeps) =>
  operation({
    method: 'PATCH',
    path: '/notification_channels/:id',
    operationId: 'updateNotificationChannel',
    summary: 'Update a notification channel; one that was turned off for long failure is on again',
    tag: TAG,
    resource,
    params: idParams,
    body: z.object({
      channel_type_id: channelType.optional(),
      channel_destination: destination().optional(),
      notification_profile_id: uuidField().optional(),
    }),
    need: write,
    changes: true,
    responses,
    async handle({ actor, params, body }) {
      const patch = {
        ...given('url', body.channel_destination),
        ...given('groupId', body.notification_profile_id),
        turn: 'revive' as const,
      };
      const done = ofBody(
        await updateWebhook(deps, actor, { ...named(params.id), patch, urlField: 'channel_destination', ifVersion: null }),
      );
      if (!done.ok) return done;
      return ok({ status: 200, body: present(done.value.value), headers: propagationHeaders(done.value.propagation, null) });
    },
  });

const remove = (deps: WebhookDeps) =>
  operation({
    method: 'DELETE',
    path: '/notification_channels/:id',
    operationId: 'deleteNotificationChannel',
    summary: 'Delete a notification channel with its settings',
    tag: TAG,
    resource,
    params: idParams,
    need: write,
    changes: true,
    responses,
    async handle({ actor, params }) {
      const done = await deleteWebhook(deps, actor, { ...named(params.id), ifVersion: null });
      if (!done.ok) return done;
      return ok({ status: 200, body: present(done.value.value), headers: propagationHeaders(done.value.propagation, null) });
    },
  });
