import { z } from 'zod';
import { type Actor, hasScope } from '../../app/actor.ts';
import type { AuditRecord } from '../../app/ports/audit-log.ts';
import type { UnitOfWork } from '../../app/ports/store.ts';
import { accountOf } from '../../app/tenant.ts';
import type { Account } from '../../domain/account.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { timeText } from '../wire-fields.ts';
import { enumText, listQuery, timeFilter } from './filters.ts';
import { given } from './given.ts';
import { listSchema, metaOf, offsetOf, pageFields } from './page.ts';

const eventSchema = z.object({
  id: z.string(),
  record_type: z.literal('audit_event'),
  change_made_by: z.enum(['telnyx', 'account_owner', 'organization_member']),
  change_type: z.string(),
  resource_id: z.string(),
  alternate_resource_id: z.string().nullable(),
  organization_id: z.string(),
  user_id: z.string(),
  changes: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })),
  created_at: z.string(),
});

/**
 * What an account is told of its own things, and of nothing else: the rows also say what is the platform's (who delivers a number) and
 * what was somebody else's (who held it before).
 */
const SHOWN = {
  name: 'name',
  status: 'status',
  enabled: 'enabled',
  lifecycle: 'status',
  suspendedBy: 'suspended_by',
  allowInbound: 'allow_inbound',
  allowOutbound: 'allow_outbound',
  endpointId: 'endpoint_id',
  tags: 'tags',
  customerReference: 'customer_reference',
  billingGroupId: 'billing_group_id',
  deletionLock: 'deletion_lock_enabled',
  extensions: 'extensions',
  numbersCount: 'numbers_count',
  kind: 'kind',
  events: 'events',
} as const;

type Document = Readonly<Record<string, unknown>>;

/** A document of the row, as far as it tells of something the account had at that time. */
function ownDocument(value: unknown, account: Account): Document {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  const document = value as Document;
  if (!('holder' in document)) return document;
  const holder = document.holder as { readonly ownerAccountId?: string; readonly subAccountId?: string | null } | null;
  return (holder?.subAccountId ?? holder?.ownerAccountId) === account.id ? document : {};
}

const changesOf = (before: Document, after: Document) =>
  Object.entries(SHOWN).flatMap(([key, field]) => {
    const [from = null, to = null] = [before[key], after[key]];
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ field, from, to }];
  });

function presentEvent(row: AuditRecord, account: Account) {
  const before = ownDocument(row.before, account);
  const after = ownDocument(row.after, account);
  const text = (key: string): string | null => {
    const value = after[key] ?? before[key];
    return typeof value === 'string' ? value : null;
  };
  const isPlatform = row.actor.kind === 'platform' || row.actor.kind === 'system';
  return {
    id: row.id,
    record_type: 'audit_event',
    change_made_by: isPlatform ? 'telnyx' : row.actor.kind === 'user' ? 'organization_member' : 'account_owner',
    change_type: row.action,
    resource_id: text('extId') ?? row.resource.slice(row.resource.indexOf(':') + 1),
    alternate_resource_id: text('e164'),
    organization_id: account.id,
    user_id: isPlatform ? 'platform' : row.actor.id,
    changes: changesOf(before, after),
    created_at: timeText(row.at),
  };
}

/** It tells of everything the account has: a key that may see less sees none of it. */
const maySee = (actor: Actor): boolean => ['numbers:read', 'endpoints:read', 'webhooks:read'].every((scope) => hasScope(actor, scope));

/** The audit of the account: what was done to its things, by whom. */
export const auditEventOperations = (deps: { readonly unitOfWork: UnitOfWork }): AnyOperation[] => [
  operation({
    method: 'GET',
    path: '/audit_events',
    operationId: 'listAuditEvents',
    summary: 'List audit events',
    tag: 'Audit Logs',
    query: listQuery({
      ...pageFields(),
      'filter[created_after]': timeFilter().optional(),
      'filter[created_before]': timeFilter().optional(),
      sort: enumText(['asc', 'desc']).optional().describe('By time; the newest first when absent.'),
    }),
    need: { role: 'admin' },
    responses: {
      200: { description: 'A page of audit events.', schema: listSchema(eventSchema) },
      403: { description: 'A member, or a key that may not read everything' },
    },
    async handle({ actor, query }) {
      if (!maySee(actor)) return err({ kind: 'forbidden', detail: 'Audit events need a key with every read scope.' });
      const account = accountOf(actor);
      const filter = {
        accountId: account.id,
        mode: actor.mode,
        ...given('after', query['filter[created_after]']),
        ...given('before', query['filter[created_before]']),
        oldestFirst: query.sort === 'asc',
      };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.auditTrail.page(filter, offsetOf(query)));
      return ok({ status: 200, body: { data: rows.map((row) => presentEvent(row, account)), meta: metaOf(query, total) } });
    },
  }),
];
