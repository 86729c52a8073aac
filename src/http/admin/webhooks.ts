import { z } from 'zod';
import { createWebhook, type WebhookWithSecret } from '../../app/webhooks/create-webhook.ts';
import { deleteWebhook } from '../../app/webhooks/delete-webhook.ts';
import { findWebhook } from '../../app/webhooks/own-webhook.ts';
import { rotateWebhookSecret } from '../../app/webhooks/rotate-webhook-secret.ts';
import { updateWebhook } from '../../app/webhooks/update-webhook.ts';
import { EVENT_TYPES } from '../../domain/event.ts';
import { invalidBody } from '../../domain/request-refusal.ts';
import { DISABLED_REASONS, EVERY_EVENT, WEBHOOK_FORMATS, type Webhook } from '../../domain/webhook.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { etagOf } from '../preconditions.ts';
import { idParams, textField, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange, answerChangeOnce } from './answer-change.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const webhookFields = {
  id: z.string(),
  account_id: z.string().nullable(),
  mode: z.enum(['live', 'test']),
  format: z.enum(WEBHOOK_FORMATS),
  url: z.string(),
  description: z.string().nullable(),
  events: z.array(z.string()),
  include_sub_accounts: z.boolean(),
  enabled: z.boolean(),
  disabled_reason: z.enum(DISABLED_REASONS).nullable(),
  failing_since: z.string().nullable(),
  previous_secret_until: z.string().nullable(),
  version: z.number().int(),
  created_at: z.string(),
  updated_at: z.string(),
};
const webhookSchema = z.object(webhookFields);
const secretSchema = z.object({ ...webhookFields, secret: z.string().nullable().describe('Shown this once.') });

const presentWebhook = (webhook: Webhook) => ({
  id: webhook.id,
  account_id: webhook.accountId,
  mode: webhook.mode,
  format: webhook.format,
  url: webhook.url,
  description: webhook.description,
  events: webhook.eventTypes,
  include_sub_accounts: webhook.includeSubAccounts,
  enabled: webhook.disabledReason === null,
  disabled_reason: webhook.disabledReason,
  failing_since: webhook.failingSince === null ? null : timeText(webhook.failingSince),
  previous_secret_until: webhook.previousSecret === null ? null : timeText(webhook.previousSecret.until),
  version: webhook.version,
  created_at: timeText(webhook.createdAt),
  updated_at: timeText(webhook.updatedAt),
});
const presentWithSecret = ({ webhook, secret }: WebhookWithSecret) => ({ ...presentWebhook(webhook), secret });

const eventsField = () =>
  z
    .array(z.enum([...EVENT_TYPES, EVERY_EVENT]))
    .min(1)
    .max(EVENT_TYPES.length);
const urlField = () => textField(2048);
const tag = 'Webhooks';
const resource = 'webhook' as const;
const any = (webhookId: string) => ({ webhookId, format: null });

/** Addresses that are told what happens, of any account or of all. */
export const webhookOperations = (deps: AdminDeps): AnyOperation[] => [
  create(deps),
  list(deps),
  get(deps),
  update(deps),
  remove(deps),
  rotate(deps),
];

const create = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/webhooks',
    operationId: 'createWebhook',
    summary: 'Have an address told what happens, signed as Standard Webhooks says.',
    tag,
    changes: true,
    secrets: ['secret'],
    body: z.object({
      account_id: uuidField().nullable().default(null).describe('Without it the webhook hears of every account.'),
      url: urlField(),
      events: eventsField().default([EVERY_EVENT]),
      description: textField(255).nullable().default(null),
      include_sub_accounts: z.boolean().default(false),
      mode: z.enum(['live', 'test']).default('live'),
    }),
    responses: { 201: { description: 'The webhook with its secret.', schema: secretSchema } },
    async handle({ actor, body }) {
      const { account_id: accountId, events: eventTypes, include_sub_accounts: includeSubAccounts, ...rest } = body;
      const input = { ...rest, accountId, eventTypes, includeSubAccounts, format: 'standard', groupId: null, urlField: 'url' } as const;
      const done = await answerChangeOnce(actor, () => createWebhook(deps, actor, input), {
        status: 201,
        body: presentWithSecret,
        location: ({ webhook }) => `/webhooks/${webhook.id}`,
        version: ({ webhook }) => webhook.version,
      });
      return !done.ok && done.error.kind === 'not_found' ? err(invalidBody(['account_id'], 'No such account.')) : done;
    },
  });

const list = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/webhooks',
    operationId: 'listWebhooks',
    summary: 'List webhooks, those of the faces among them.',
    tag,
    query: z.object({ ...pageFields, account_id: uuidField().optional() }),
    responses: { 200: { description: 'A page of webhooks.', schema: listSchema(webhookSchema) } },
    async handle({ query }) {
      const filter = query.account_id === undefined ? {} : { accountId: query.account_id };
      const rows = await deps.unitOfWork.read((tx) => tx.webhooks.list(filter, pageOf(query)));
      return ok({ status: 200, body: listBody(rows, query.limit, (row) => row, presentWebhook) });
    },
  });

const get = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/webhooks/:id',
    operationId: 'getWebhook',
    summary: 'Get one webhook.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'The webhook.', schema: webhookSchema } },
    async handle({ actor, params }) {
      const found = await findWebhook(deps, actor, any(params.id));
      return found.ok ? ok({ status: 200, body: presentWebhook(found.value), headers: { ETag: etagOf(found.value.version) } }) : found;
    },
  });

const update = (deps: AdminDeps) =>
  operation({
    method: 'PATCH',
    path: '/webhooks/:id',
    operationId: 'updateWebhook',
    summary: 'Change a webhook; enabled: true starts one again that was turned off, and what this turns off its tenant does not turn on.',
    tag,
    resource,
    changes: true,
    params: idParams,
    body: z.object({
      url: urlField().optional(),
      events: eventsField().optional(),
      description: textField(255).nullable().optional(),
      include_sub_accounts: z.boolean().optional(),
      enabled: z.boolean().optional(),
    }),
    responses: { 200: { description: 'The webhook.', schema: webhookSchema } },
    async handle({ actor, params, body, ifVersion }) {
      const patch = {
        ...(body.url === undefined ? {} : { url: body.url }),
        ...(body.events === undefined ? {} : { eventTypes: body.events }),
        ...(body.description === undefined ? {} : { description: body.description }),
        ...(body.include_sub_accounts === undefined ? {} : { includeSubAccounts: body.include_sub_accounts }),
        ...(body.enabled === undefined ? {} : { turn: body.enabled ? ('on' as const) : ('off' as const) }),
      };
      const done = await updateWebhook(deps, actor, { ...any(params.id), patch, urlField: 'url', ifVersion });
      return answerChange(done, { status: 200, body: presentWebhook, version: ({ version }) => version });
    },
  });

const remove = (deps: AdminDeps) =>
  operation({
    method: 'DELETE',
    path: '/webhooks/:id',
    operationId: 'deleteWebhook',
    summary: 'Delete a webhook with the log of its deliveries.',
    tag,
    resource,
    changes: true,
    params: idParams,
    responses: { 204: { description: 'Deleted.' } },
    async handle({ actor, params, ifVersion }) {
      return answerChange(await deleteWebhook(deps, actor, { ...any(params.id), ifVersion }), { status: 204 });
    },
  });

const rotate = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/webhooks/:id/rotate-secret',
    operationId: 'rotateWebhookSecret',
    summary: 'Give a webhook a new secret; the one before it signs too until previous_secret_until.',
    tag,
    resource,
    changes: true,
    secrets: ['secret'],
    params: idParams,
    responses: { 200: { description: 'The webhook with its new secret.', schema: secretSchema } },
    async handle({ actor, params, ifVersion }) {
      return answerChangeOnce(actor, () => rotateWebhookSecret(deps, actor, { ...any(params.id), ifVersion }), {
        status: 200,
        body: presentWithSecret,
        version: ({ webhook }) => webhook.version,
      });
    },
  });
