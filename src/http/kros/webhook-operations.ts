import { z } from 'zod';
import { accountOf } from '../../app/tenant.ts';
import { createWebhook, type WebhookDeps, type WebhookWithSecret } from '../../app/webhooks/create-webhook.ts';
import { deleteWebhook } from '../../app/webhooks/delete-webhook.ts';
import { findWebhook } from '../../app/webhooks/own-webhook.ts';
import { rotateWebhookSecret } from '../../app/webhooks/rotate-webhook-secret.ts';
import { updateWebhook } from '../../app/webhooks/update-webhook.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { etagOf } from '../preconditions.ts';
import { idParams, integerText, textField, timeText } from '../wire-fields.ts';
import { KROS_EVENTS, krosEventOf } from './webhook-form.ts';

type KrosEvent = keyof typeof KROS_EVENTS;

const TAG = 'Webhooks';
const NAMES = Object.keys(KROS_EVENTS) as [KrosEvent, ...KrosEvent[]];
const FORMAT = 'hmac_hex' as const;
const read = { role: 'member', scope: 'webhooks:read' } as const;
// A webhook sends what happens to whoever has its address, as a key would.
const write = { role: 'admin', scope: 'webhooks:write' } as const;

const webhookFields = {
  id: z.string(),
  url: z.string(),
  events: z.array(z.enum(NAMES)),
  description: z.string().nullable(),
  status: z.enum(['active', 'inactive']),
  organization_id: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
};
const webhookSchema = z.object(webhookFields);
const withSecretSchema = z.object({ ...webhookFields, secret: z.string().describe('Shown this once.') });
const eventsField = z.array(z.enum(NAMES)).min(1).max(NAMES.length);

const present = (webhook: Webhook) => ({
  id: webhook.id,
  url: webhook.url,
  events: webhook.eventTypes.flatMap((type) => krosEventOf(type) ?? []),
  description: webhook.description,
  status: webhook.disabledReason === null ? 'active' : 'inactive',
  organization_id: webhook.accountId,
  created_at: timeText(webhook.createdAt),
  updated_at: timeText(webhook.updatedAt),
});
const presentWithSecret = ({ webhook, secret }: WebhookWithSecret) => ({ ...present(webhook), secret });
const typesOf = (events: readonly KrosEvent[]): readonly string[] => [...new Set(events)].map((name) => KROS_EVENTS[name]);
const named = (webhookId: string) => ({ webhookId, format: FORMAT });

/** Webhooks of the Kros face. The vendor documents their events and their signature, not their operations. */
export const webhookOperations = (deps: WebhookDeps): AnyOperation[] => [
  list(deps),
  create(deps),
  get(deps),
  update(deps),
  remove(deps),
  rotate(deps),
];

const list = (deps: WebhookDeps) =>
  operation({
    method: 'GET',
    path: '/webhooks',
    operationId: 'listWebhooks',
    summary: 'List webhooks',
    tag: TAG,
    query: z.object({ limit: integerText(1, 100).default(50), offset: integerText(0, 1_000_000).default(0) }),
    need: read,
    responses: {
      200: {
        description: 'List of webhooks',
        schema: z.object({ webhooks: z.array(webhookSchema), total: z.int(), limit: z.int(), offset: z.int() }),
      },
    },
    async handle({ actor, query }) {
      const filter = { accountId: accountOf(actor).id, mode: actor.mode, format: FORMAT };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.webhooks.listByOffset(filter, query));
      return ok({ status: 200, body: { webhooks: rows.map(present), total, ...query } });
    },
  });

const create = (deps: WebhookDeps) =>
  operation({
    method: 'POST',
    path: '/webhooks',
    operationId: 'createWebhook',
    summary: 'Create a webhook; the secret is shown this once',
    tag: TAG,
    body: z.strictObject({
      url: textField(2048),
      events: eventsField,
      description: textField(255).nullable().default(null),
    }),
    need: write,
    changes: true,
    secrets: ['secret'],
    responses: { 201: { description: 'Webhook created', schema: withSecretSchema } },
    async handle({ actor, body }) {
      const input = {
        accountId: accountOf(actor).id,
        mode: actor.mode,
        format: FORMAT,
        url: body.url,
        description: body.description,
        eventTypes: typesOf(body.events),
        includeSubAccounts: false,
        groupId: null,
        urlField: 'url',
      };
      return answerOnce(
        actor,
        () => createWebhook(deps, actor, input),
        ({ value }) => ({
          status: 201,
          body: presentWithSecret(value),
          headers: { ETag: etagOf(value.webhook.version), Location: `/v1/webhooks/${value.webhook.id}` },
        }),
      );
    },
  });

const get = (deps: WebhookDeps) =>
  operation({
    method: 'GET',
    path: '/webhooks/:id',
    operationId: 'getWebhook',
    summary: 'Get a webhook',
    tag: TAG,
    resource: 'webhook',
    params: idParams,
    need: read,
    responses: { 200: { description: 'The webhook', schema: webhookSchema }, 404: { description: 'No such webhook of yours' } },
    async handle({ actor, params }) {
      const found = await findWebhook(deps, actor, named(params.id));
      return found.ok ? ok({ status: 200, body: present(found.value), headers: { ETag: etagOf(found.value.version) } }) : found;
    },
  });

const update = (deps: WebhookDeps) =>
  operation({
    method: 'PATCH',
    path: '/webhooks/:id',
    operationId: 'updateWebhook',
    summary: 'Update a webhook; status active starts one again that was turned off, unless the platform did',
    tag: TAG,
    resource: 'webhook',
    params: idParams,
    body: z.strictObject({
      url: textField(2048).optional(),
      events: eventsField.optional(),
      description: textField(255).nullable().optional(),
      status: z.enum(['active', 'inactive']).optional(),
    }),
    need: write,
    changes: true,
    responses: { 200: { description: 'Webhook updated', schema: webhookSchema }, 404: { description: 'No such webhook of yours' } },
    async handle({ actor, params, body, ifVersion }) {
      const patch = {
        ...(body.url === undefined ? {} : { url: body.url }),
        ...(body.events === undefined ? {} : { eventTypes: typesOf(body.events) }),
        ...(body.description === undefined ? {} : { description: body.description }),
        ...(body.status === undefined ? {} : { turn: body.status === 'active' ? ('on' as const) : ('off' as const) }),
      };
      const done = await updateWebhook(deps, actor, { ...named(params.id), patch, urlField: 'url', ifVersion });
      return done.ok ? ok({ status: 200, body: present(done.value.value), headers: { ETag: etagOf(done.value.value.version) } }) : done;
    },
  });

const remove = (deps: WebhookDeps) =>
  operation({
    method: 'DELETE',
    path: '/webhooks/:id',
    operationId: 'deleteWebhook',
    summary: 'Delete a webhook',
    tag: TAG,
    resource: 'webhook',
    params: idParams,
    need: write,
    changes: true,
    responses: { 204: { description: 'Webhook deleted' }, 404: { description: 'No such webhook of yours' } },
    async handle({ actor, params, ifVersion }) {
      const done = await deleteWebhook(deps, actor, { ...named(params.id), ifVersion });
      return done.ok ? ok({ status: 204 }) : done;
    },
  });

const rotate = (deps: WebhookDeps) =>
  operation({
    method: 'POST',
    path: '/webhooks/:id/rotate-secret',
    operationId: 'rotateWebhookSecret',
    summary: 'Replace the secret; the one before it signs the Standard Webhooks headers too for a while',
    tag: TAG,
    resource: 'webhook',
    params: idParams,
    need: write,
    changes: true,
    secrets: ['secret'],
    responses: { 200: { description: 'The webhook', schema: withSecretSchema }, 404: { description: 'No such webhook of yours' } },
    async handle({ actor, params, ifVersion }) {
      return answerOnce(
        actor,
        () => rotateWebhookSecret(deps, actor, { ...named(params.id), ifVersion }),
        ({ value }) => ({ status: 200, body: presentWithSecret(value), headers: { ETag: etagOf(value.webhook.version) } }),
      );
    },
  });
