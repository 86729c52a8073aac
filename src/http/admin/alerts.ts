import { z } from 'zod';
import type { StoredEvent } from '../../app/ports/webhooks.ts';
import { ALERT_TYPES } from '../../domain/event.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { textField, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const alertSchema = z.object({
  id: z.string(),
  type: z.string(),
  at: z.string(),
  account_id: z.string().nullable(),
  mode: z.enum(['live', 'test']),
  resource: z.string(),
  data: z.record(z.string(), z.unknown()),
});

const present = ({ id, type, at, accountId, mode, resource, payload }: StoredEvent) => ({
  id,
  type,
  at: timeText(at),
  account_id: accountId,
  mode,
  resource,
  data: payload,
});

/** What the platform noticed by itself: gateways that went down or came up, accounts whose calls out are far from usual. */
export const alertOperations = (deps: AdminDeps): AnyOperation[] => [
  operation({
    method: 'GET',
    path: '/alerts',
    operationId: 'listAlerts',
    summary: 'Gateways that went down or came up, and accounts whose calls out are far from usual; newest first.',
    tag: 'Limits',
    query: z.object({
      ...pageFields,
      type: z.enum(ALERT_TYPES).optional(),
      account_id: uuidField().optional(),
      resource: textField(100).optional().describe('As in `resource` of an alert: gateway:{id}, account:{id}.'),
    }),
    responses: { 200: { description: 'A page of alerts, kept as long as deliveries of webhooks.', schema: listSchema(alertSchema) } },
    async handle({ query }) {
      const { type, account_id: accountId, resource } = query;
      const filter = {
        ...(type === undefined ? {} : { type }),
        ...(accountId === undefined ? {} : { accountId }),
        ...(resource === undefined ? {} : { resource }),
      };
      const rows = await deps.unitOfWork.read((tx) => tx.events.alerts(filter, pageOf(query)));
      return ok({ status: 200, body: listBody(rows, query.limit, ({ id, at }) => ({ id, createdAt: at }), present) });
    },
  }),
];
