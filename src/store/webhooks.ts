import type { WebhookFilter, WebhookStore } from '../app/ports/webhooks.ts';
import type { Mode } from '../domain/records.ts';
import type { DisabledReason, Webhook, WebhookFormat } from '../domain/webhook.ts';
import { isUuid } from '../kit/ids.ts';
import type { Queryable } from './pool.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';
import { Where } from './where.ts';

interface WebhookRow {
  id: string;
  account_id: string | null;
  mode: Mode;
  format: WebhookFormat;
  url: string;
  description: string | null;
  event_types: string[];
  include_sub_accounts: boolean;
  disabled_reason: DisabledReason | null;
  failing_since: number | null;
  secret_sealed: string | null;
  previous_secret_sealed: string | null;
  previous_until: number | null;
  group_id: string | null;
  version: number;
  created_at: number;
  updated_at: number;
}

const COLUMNS = `id, account_id, mode, format, url, description, event_types, include_sub_accounts, disabled_reason, failing_since,
  secret_sealed, previous_secret_sealed, previous_until, group_id, version, created_at, updated_at`;

const toWebhook = (row: WebhookRow): Webhook => ({
  id: row.id,
  accountId: row.account_id,
  mode: row.mode,
  format: row.format,
  url: row.url,
  description: row.description,
  eventTypes: row.event_types,
  includeSubAccounts: row.include_sub_accounts,
  disabledReason: row.disabled_reason,
  failingSince: row.failing_since,
  secretSealed: row.secret_sealed,
  previousSecret:
    row.previous_secret_sealed === null || row.previous_until === null
      ? null
      : { sealed: row.previous_secret_sealed, until: row.previous_until },
  groupId: row.group_id,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const conditionsOf = (filter: WebhookFilter): Where =>
  new Where()
    .when('account_id = ?', filter.accountId)
    .when('mode = ?', filter.mode)
    .when('format = ?', filter.format)
    .when('group_id = ?', filter.groupId);

/** The webhooks of one transaction. */
export function webhookStore(db: Queryable): WebhookStore {
  const many = async (rest: string, values: unknown[]): Promise<readonly Webhook[]> =>
    (await db.query<WebhookRow>(`select ${COLUMNS} from webhooks ${rest}`, values)).rows.map(toWebhook);
  return {
    get: async (id) => (isUuid(id) ? ((await many('where id = $1', [id]))[0] ?? null) : null),
    lock: async (id) => (isUuid(id) ? ((await many('where id = $1 for no key update', [id]))[0] ?? null) : null),
    async insert(webhook) {
      await db.query(
        `insert into webhooks (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
        [
          webhook.id,
          webhook.accountId,
          webhook.mode,
          webhook.format,
          webhook.url,
          webhook.description,
          webhook.eventTypes,
          webhook.includeSubAccounts,
          webhook.disabledReason,
          timestampOrNull(webhook.failingSince),
          ...secretValues(webhook),
          webhook.groupId,
          webhook.version,
          timestamp(webhook.createdAt),
          timestamp(webhook.updatedAt),
        ],
      );
    },
    async save(webhook) {
      const { id, url, description, eventTypes, includeSubAccounts, disabledReason, failingSince, groupId, version, updatedAt } = webhook;
      await db.query(
        `update webhooks set url = $2, description = $3, event_types = case when group_id is null then $4 else event_types end,
           include_sub_accounts = $5, disabled_reason = $6, failing_since = $7, secret_sealed = $8, previous_secret_sealed = $9,
           previous_until = $10, group_id = $11, version = $12, updated_at = $13 where id = $1`,
        [
          id,
          url,
          description,
          eventTypes,
          includeSubAccounts,
          disabledReason,
          timestampOrNull(failingSince),
          ...secretValues(webhook),
          groupId,
          version,
          timestamp(updatedAt),
        ],
      );
    },
    async remove(id) {
      await db.query('delete from webhooks where id = $1', [id]);
    },
    list(filter, page) {
      const where = conditionsOf(filter).after('created_at', 'id', page.after);
      return many(`${where.text} order by created_at, id limit ${where.bind(page.limit)}`, where.values);
    },
    async listByOffset(filter, { limit, offset }) {
      const where = conditionsOf(filter);
      const total = await db.query<{ n: number }>(`select count(*)::int as n from webhooks ${where.text}`, where.values);
      const rows = await many(
        `${where.text} order by created_at, id limit ${where.bind(limit)} offset ${where.bind(offset)}`,
        where.values,
      );
      return { rows, total: total.rows[0]?.n ?? 0 };
    },
    async lockCount(accountId) {
      await db.query('select 1 from accounts where id = $1 for no key update', [accountId]);
      const { rows } = await db.query<{ n: number }>('select count(*)::int as n from webhooks where account_id = $1', [accountId]);
      return rows[0]?.n ?? 0;
    },
    async arrived(id) {
      await db.query('update webhooks set failing_since = null where id = $1 and failing_since is not null', [id]);
    },
    async failed(id, at) {
      const { rows } = await db.query<{ failing_since: number }>(
        'update webhooks set failing_since = coalesce(failing_since, $2) where id = $1 returning failing_since',
        [id, timestamp(at)],
      );
      return rows[0]?.failing_since ?? at;
    },
  };
}

const secretValues = ({ secretSealed, previousSecret }: Webhook): unknown[] => [
  secretSealed,
  previousSecret?.sealed ?? null,
  timestampOrNull(previousSecret?.until ?? null),
];
