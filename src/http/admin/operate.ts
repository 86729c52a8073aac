import { z } from 'zod';
import type { AuditRecord } from '../../app/ports/audit-log.ts';
import type { RebuildProgress } from '../../app/ports/plane-history.ts';
import type { AuditState } from '../../app/ports/route-audit.ts';
import { bounded } from '../../kit/lifecycle.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { textField, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';
import { snakeKeys } from './snake-keys.ts';

const auditSchema = z.object({
  id: z.string(),
  at: z.string(),
  actor: z.object({ kind: z.string(), id: z.string(), account_id: z.string().nullable() }),
  action: z.string(),
  resource: z.string(),
  account_id: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
  forced: z.boolean(),
  reason: z.string().nullable(),
  request_id: z.string().nullable(),
  ip: z.string().nullable(),
});

const presentAudit = (row: AuditRecord) => ({
  id: row.id,
  at: timeText(row.at),
  actor: { kind: row.actor.kind, id: row.actor.id, account_id: row.actor.accountId },
  action: row.action,
  resource: row.resource,
  account_id: row.accountId,
  before: snakeKeys(row.before),
  after: snakeKeys(row.after),
  forced: row.forced,
  reason: row.reason,
  request_id: row.requestId,
  ip: row.ip,
});

const propagationSchema = z.object({
  pending: z.number().int(),
  oldest_pending_ms: z.number().nullable(),
  redis: z.enum(['up', 'down']),
  epoch: z.number().int(),
  records: z.record(z.string(), z.number().int()),
  rebuild: z
    .object({ kind: z.string(), written: z.number().int(), total: z.number().nullable(), started_at: z.string(), updated_at: z.string() })
    .nullable(),
  audit: z.object({
    kind: z.string(),
    checked: z.number().int(),
    rounds: z.number().int(),
    repairs: z.record(z.string(), z.number().int()),
    last_round: z.object({ seconds: z.number(), checked: z.number().int(), ended_at: z.string() }).nullable(),
  }),
  agents: z.array(z.object({ id: z.string(), seen_at: z.string(), epoch: z.number().int(), mode: z.string(), alive: z.boolean() })),
});

const REDIS_MS = 1000;

/** What operators look at: the audit and the state of the routing plane. */
export const operateOperations = (deps: AdminDeps): AnyOperation[] => [listAuditOperation(deps), getPropagationOperation(deps)];

const listAuditOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/audit',
    operationId: 'listAudit',
    summary: 'List audit rows, newest first.',
    tag: 'Audit',
    query: z.object({
      ...pageFields,
      resource: textField(200).optional(),
      action: textField(100).optional(),
      account_id: uuidField().optional(),
    }),
    responses: { 200: { description: 'A page of audit rows.', schema: listSchema(auditSchema) } },
    async handle({ query }) {
      const filter = {
        ...(query.resource === undefined ? {} : { resource: query.resource }),
        ...(query.action === undefined ? {} : { action: query.action }),
        ...(query.account_id === undefined ? {} : { accountId: query.account_id }),
      };
      const rows = await deps.audit.list(filter, pageOf(query));
      return ok({ status: 200, body: listBody(rows, query.limit, (row) => ({ createdAt: row.at, id: row.id }), presentAudit) });
    },
  });

const presentRebuild = ({ kind, written, total, startedAt, updatedAt }: RebuildProgress) => ({
  kind,
  written,
  total,
  started_at: timeText(startedAt),
  updated_at: timeText(updatedAt),
});

const presentAuditor = ({ kind, rounds, checked, repairs, last }: AuditState) => ({
  kind,
  checked,
  rounds,
  repairs: { ...repairs },
  last_round: last === null ? null : { seconds: last.seconds, checked: last.checked, ended_at: timeText(last.endedAt) },
});

const getPropagationOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/propagation',
    operationId: 'getPropagation',
    summary: 'How far Redis is behind Postgres, and who is alive.',
    tag: 'Routing plane',
    responses: { 200: { description: 'The state of the routing plane.', schema: propagationSchema } },
    async handle() {
      const [pending, epoch, agents, records] = await Promise.all([
        deps.outbox.pending(),
        deps.outbox.epoch(),
        // Redis away is when this is looked at most.
        bounded(deps.agents.list(), REDIS_MS, 'agents').catch(() => null),
        deps.countRecords(),
      ]);
      const [rebuild, audit] = await Promise.all([deps.rebuild(), deps.routeAudit()]);
      return ok({
        status: 200,
        body: {
          pending: pending.count,
          oldest_pending_ms: pending.oldestMs,
          redis: agents === null ? 'down' : 'up',
          epoch,
          records,
          rebuild: rebuild === null ? null : presentRebuild(rebuild),
          audit: presentAuditor(audit),
          agents: (agents ?? []).map(({ id, seenAt, epoch: at, mode, alive }) => ({
            id,
            seen_at: timeText(seenAt),
            epoch: at,
            mode,
            alive,
          })),
        },
      });
    },
  });
