import { z } from 'zod';
import { accountOf } from '../../app/tenant.ts';
import { findSubscription, subscribe, unsubscribe } from '../../app/webhook-groups/subscribe.ts';
import type { WebhookDeps } from '../../app/webhooks/create-webhook.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { WebhookSubscription } from '../../domain/webhook.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { idParams, timeText, uuidField } from '../wire-fields.ts';
import { enumText, listQuery } from './filters.ts';
import { given } from './given.ts';
import { NOTIFICATION_KINDS } from './notification-catalogue.ts';
import { listSchema, metaOf, offsetOf, oneSchema, pageFields } from './page.ts';

const TAG = 'Notifications';
const resource = 'webhook_subscription' as const;
const read = { scope: 'webhooks:read' } as const;
const write = { role: 'admin', scope: 'webhooks:write' } as const;
const STATUSES = [
  'enabled',
  'enable-received',
  'enable-pending',
  'enable-submtited',
  'delete-received',
  'delete-pending',
  'delete-submitted',
  'deleted',
] as const;

const settingSchema = z.object({
  id: z.string(),
  associated_record_type: z.literal('account'),
  notification_channel_id: z.string().optional(),
  notification_event_condition_id: z.string(),
  notification_profile_id: z.string(),
  parameters: z.array(z.never()),
  status: z.enum(['enabled', 'deleted']),
  created_at: z.string(),
  updated_at: z.string(),
});
const responses = {
  200: { description: 'The setting.', schema: oneSchema(settingSchema) },
  404: { description: 'No such setting of yours' },
};

const present = (subscription: WebhookSubscription, status: 'enabled' | 'deleted' = 'enabled') => ({
  data: {
    id: subscription.id,
    associated_record_type: 'account',
    ...(subscription.webhookId === null ? {} : { notification_channel_id: subscription.webhookId }),
    notification_event_condition_id: NOTIFICATION_KINDS.find(({ eventType }) => eventType === subscription.eventType)?.conditionId ?? '',
    notification_profile_id: subscription.groupId,
    parameters: [],
    status,
    created_at: timeText(subscription.createdAt),
    updated_at: timeText(subscription.updatedAt),
  },
});

const eventTypeOf = (conditionId: string | undefined): string | undefined =>
  NOTIFICATION_KINDS.find((kind) => kind.conditionId === conditionId)?.eventType;

/** What the body names is a bad field, not a missing page. */
function ofBody<T>(done: Result<T, RequestRefusal>): Result<T, RequestRefusal> {
  if (done.ok || done.error.kind !== 'not_found') return done;
  return done.error.resource === 'webhook'
    ? err(invalidBody(['notification_channel_id'], 'No such channel of yours in this profile.', 'not_found'))
    : err(invalidBody(['notification_profile_id'], 'No such notification profile of yours.', 'not_found'));
}

/** Notification settings: which event goes to which channels. */
export const notificationSettingOperations = (deps: WebhookDeps): AnyOperation[] => [list(deps), create(deps), get(deps), remove(deps)];

const list = (deps: WebhookDeps) =>
  operation({
    method: 'GET',
    path: '/notification_settings',
    operationId: 'listNotificationSettings',
    summary: 'List notification settings',
    tag: TAG,
    query: listQuery({
      ...pageFields(),
      'filter[associated_record_type][eq]': enumText(['account', 'phone_number']).optional(),
      'filter[notification_profile_id][eq]': uuidField().optional(),
      'filter[notification_channel][eq]': uuidField().optional(),
      'filter[notification_event_condition_id][eq]': uuidField().optional(),
      'filter[status][eq]': enumText(STATUSES).optional(),
    }),
    need: read,
    responses: { 200: { description: 'A page of settings, oldest first.', schema: listSchema(settingSchema) } },
    async handle({ actor, query }) {
      const isShown = (query['filter[status][eq]'] ?? 'enabled') === 'enabled';
      const conditionId = query['filter[notification_event_condition_id][eq]'];
      const eventType = eventTypeOf(conditionId);
      const isKnown = conditionId === undefined || eventType !== undefined;
      if (!isShown || !isKnown || query['filter[associated_record_type][eq]'] === 'phone_number') {
        return ok({ status: 200, body: { data: [], meta: metaOf(query, 0) } });
      }
      const filter = {
        accountId: accountOf(actor).id,
        mode: actor.mode,
        ...given('groupId', query['filter[notification_profile_id][eq]']),
        ...given('webhookId', query['filter[notification_channel][eq]']),
        ...given('eventType', eventType),
      };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.webhookGroups.listSubscriptions(filter, offsetOf(query)));
      return ok({ status: 200, body: { data: rows.map((row) => present(row).data), meta: metaOf(query, total) } });
    },
  });

const create = (deps: WebhookDeps) =>
  operation({
    method: 'POST',
    path: '/notification_settings',
    operationId: 'createNotificationSetting',
    summary: 'Add a Notification Setting',
    tag: TAG,
    body: z.object({
      notification_event_condition_id: uuidField(),
      notification_profile_id: uuidField().optional().describe('Without it: that of the channel.'),
      notification_channel_id: uuidField().optional().describe('Without it: every channel of the profile.'),
      parameters: z.array(z.unknown()).max(0, 'No condition here has parameters.').optional(),
    }),
    need: write,
    changes: true,
    responses: { 200: responses[200] },
    async handle({ actor, body }) {
      const eventType = eventTypeOf(body.notification_event_condition_id);
      if (eventType === undefined) {
        return err(invalidBody(['notification_event_condition_id'], 'No such condition; list notification_event_conditions.', 'not_found'));
      }
      const [groupId, webhookId] = [body.notification_profile_id ?? null, body.notification_channel_id ?? null];
      if (groupId === null && webhookId === null) {
        return err(invalidBody(['notification_profile_id'], 'Name a profile or a channel.', 'missing'));
      }
      const done = await answerOnce(
        actor,
        () => subscribe(deps, actor, { groupId, webhookId, eventType }),
        ({ value, propagation }) => ({ status: 200, body: present(value), headers: propagationHeaders(propagation, null) }),
      );
      return ofBody(done);
    },
  });

const get = (deps: WebhookDeps) =>
  operation({
    method: 'GET',
    path: '/notification_settings/:id',
    operationId: 'retrieveNotificationSetting',
    summary: 'Get a notification setting',
    tag: TAG,
    resource,
    params: idParams,
    need: read,
    responses,
    async handle({ actor, params }) {
      const found = await findSubscription(deps, actor, params.id);
      return found.ok ? ok({ status: 200, body: present(found.value) }) : found;
    },
  });

const remove = (deps: WebhookDeps) =>
  operation({
    method: 'DELETE',
    path: '/notification_settings/:id',
    operationId: 'deleteNotificationSetting',
    summary: 'Delete a notification setting',
    tag: TAG,
    resource,
    params: idParams,
    need: write,
    changes: true,
    responses,
    async handle({ actor, params }) {
      const done = await unsubscribe(deps, actor, params.id);
      if (!done.ok) return done;
      return ok({ status: 200, body: present(done.value.value, 'deleted'), headers: propagationHeaders(done.value.propagation, null) });
    },
  });
