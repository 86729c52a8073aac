import { z } from 'zod';
import { accountOf } from '../../app/tenant.ts';
import { createGroup, deleteGroup, findGroup, renameGroup } from '../../app/webhook-groups/change-group.ts';
import type { WebhookDeps } from '../../app/webhooks/create-webhook.ts';
import type { WebhookGroup } from '../../domain/webhook.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { idParams, textField, timeText } from '../wire-fields.ts';
import { listQuery } from './filters.ts';
import { listSchema, metaOf, offsetOf, oneSchema, pageFields } from './page.ts';

const TAG = 'Notifications';
const resource = 'webhook_group' as const;
const read = { scope: 'webhooks:read' } as const;
const write = { role: 'admin', scope: 'webhooks:write' } as const;

const profileSchema = z.object({ id: z.string(), name: z.string(), created_at: z.string(), updated_at: z.string() });
const responses = {
  200: { description: 'The profile.', schema: oneSchema(profileSchema) },
  404: { description: 'No such profile of yours' },
};

const present = ({ id, name, createdAt, updatedAt }: WebhookGroup) => ({
  data: { id, name, created_at: timeText(createdAt), updated_at: timeText(updatedAt) },
});

/** Notification profiles: groups of channels. */
export const notificationProfileOperations = (deps: WebhookDeps): AnyOperation[] => [
  list(deps),
  create(deps),
  get(deps),
  update(deps),
  remove(deps),
];

const list = (deps: WebhookDeps) =>
  operation({
    method: 'GET',
    path: '/notification_profiles',
    operationId: 'listNotificationProfiles',
    summary: 'List all Notifications Profiles',
    tag: TAG,
    query: listQuery(pageFields()),
    need: read,
    responses: { 200: { description: 'A page of profiles, oldest first.', schema: listSchema(profileSchema) } },
    async handle({ actor, query }) {
      const filter = { accountId: accountOf(actor).id, mode: actor.mode };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.webhookGroups.list(filter, offsetOf(query)));
      return ok({ status: 200, body: { data: rows.map((row) => present(row).data), meta: metaOf(query, total) } });
    },
  });

const create = (deps: WebhookDeps) =>
  operation({
    method: 'POST',
    path: '/notification_profiles',
    operationId: 'createNotificationProfile',
    summary: 'Create a notification profile',
    tag: TAG,
    body: z.object({ name: textField(255) }),
    need: write,
    changes: true,
    responses: { 200: responses[200] },
    async handle({ actor, body }) {
      return answerOnce(
        actor,
        () => createGroup(deps, actor, body.name),
        ({ value, propagation }) => ({ status: 200, body: present(value), headers: propagationHeaders(propagation, null) }),
      );
    },
  });

const get = (deps: WebhookDeps) =>
  operation({
    method: 'GET',
    path: '/notification_profiles/:id',
    operationId: 'retrieveNotificationProfile',
    summary: 'Get a notification profile',
    tag: TAG,
    resource,
    params: idParams,
    need: read,
    responses,
    async handle({ actor, params }) {
      const found = await findGroup(deps, actor, params.id);
      return found.ok ? ok({ status: 200, body: present(found.value) }) : found;
    },
  });

const update = (deps: WebhookDeps) =>
  operation({
    method: 'PATCH',
    path: '/notification_profiles/:id',
    operationId: 'updateNotificationProfile',
    summary: 'Update a notification profile',
    tag: TAG,
    resource,
    params: idParams,
    body: z.object({ name: textField(255).optional() }),
    need: write,
    changes: true,
    responses,
    async handle({ actor, params, body }) {
      const done = await renameGroup(deps, actor, params.id, body.name);
      if (!done.ok) return done;
      return ok({ status: 200, body: present(done.value.value), headers: propagationHeaders(done.value.propagation, null) });
    },
  });

const remove = (deps: WebhookDeps) =>
  operation({
    method: 'DELETE',
    path: '/notification_profiles/:id',
    operationId: 'deleteNotificationProfile',
    summary: 'Delete a notification profile; refused while channels or settings are in it',
    tag: TAG,
    resource,
    params: idParams,
    need: write,
    changes: true,
    responses,
    async handle({ actor, params }) {
      const done = await deleteGroup(deps, actor, params.id);
      if (!done.ok) return done;
      return ok({ status: 200, body: present(done.value.value), headers: propagationHeaders(done.value.propagation, null) });
    },
  });
