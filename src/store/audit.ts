import type { AuditLog, AuditRecord, AuditTrail } from '../app/ports/audit-log.ts';
import type { ActorStamp, AuditEntry } from '../app/ports/store.ts';
import { newId } from '../kit/ids.ts';
import { pageWithTotal } from './counted-page.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { Where } from './where.ts';
import { writeLater } from './write-behind.ts';

interface AuditRow {
  id: string;
  at: number;
  actor: { kind: string; id: string; account_id: string | null };
  action: string;
  resource: string;
  account_id: string | null;
  before: unknown;
  after: unknown;
  forced: boolean;
  reason: string | null;
  request_id: string | null;
  ip: string | null;
}

const COLUMNS = 'id, at, actor, action, resource, account_id, before, after, forced, reason, request_id, ip';

const toAuditRecord = (row: AuditRow): AuditRecord => ({
  id: row.id,
  at: row.at,
  actor: { kind: row.actor.kind, id: row.actor.id, accountId: row.actor.account_id },
  action: row.action,
  resource: row.resource,
  accountId: row.account_id,
  before: row.before,
  after: row.after,
  forced: row.forced,
  reason: row.reason,
  requestId: row.request_id,
  ip: row.ip,
});

/** The audit rows as operators read them. */
export function postgresAuditLog(db: Queryable): AuditLog {
  return {
    async list(filter, page) {
      const where = new Where()
        .when('resource = ?', filter.resource)
        .when('action = ?', filter.action)
        .when('account_id = ?', filter.accountId)
        .after('at', 'id', page.after, '<');
      const text = `select ${COLUMNS} from audit ${where.text} order by at desc, id desc limit ${where.bind(page.limit)}`;
      return (await db.query<AuditRow>(text, where.values)).rows.map(toAuditRecord);
    },
  };
}

const timeOrNone = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : timestamp(ms));

/** The mode of rows that tell of none: accounts and who may act for them are of both, anything else is shown to live keys alone. */
const OF_BOTH_MODES = "case when resource ~ '^(account|user|membership|api_key):' then ? else 'live' end";

/** The audit rows of one account as the account reads them. */
export function auditTrail(db: Queryable): AuditTrail {
  return {
    async page({ accountId, mode, after, before, oldestFirst = false }, page) {
      const where = new Where()
        .and('account_id = ?', accountId)
        .when('at > ?', timeOrNone(after))
        .when('at < ?', timeOrNone(before))
        .and(`coalesce(after->>'mode', before->>'mode', ${OF_BOTH_MODES}) = ?`, mode, mode);
      const order = oldestFirst ? 'at, id' : 'at desc, id desc';
      const { rows, total } = await pageWithTotal<AuditRow>(db, 'audit', COLUMNS, where, order, page);
      return { rows: rows.map(toAuditRecord), total };
    },
  };
}

/** Writes the audit row of a change into its own transaction (invariant 13). */
export async function writeAudit(db: Queryable, stamp: ActorStamp, entry: AuditEntry, at: number): Promise<void> {
  const values = [
    newId(),
    timestamp(at),
    JSON.stringify({ kind: stamp.kind, id: stamp.id, account_id: stamp.accountId }),
    entry.action,
    entry.resource,
    entry.accountId,
    document(entry.before),
    document(entry.after),
    entry.forced ?? false,
    entry.reason ?? null,
    stamp.requestId,
    stamp.ip,
  ];
  await writeLater(db, { name: 'audited', text: INSERT, values });
}

const INSERT = `audited as (insert into audit (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12))`;

const document = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value));
