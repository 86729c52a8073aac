import type { SubscriptionFilter, WebhookGroupStore } from '../app/ports/webhooks.ts';
import type { Mode } from '../domain/records.ts';
import type { WebhookGroup, WebhookSubscription } from '../domain/webhook.ts';
import { isUuid } from '../kit/ids.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { Where } from './where.ts';

interface GroupRow {
  id: string;
  account_id: string;
  mode: Mode;
  name: string;
  version: number;
  created_at: number;
  updated_at: number;
}

interface SubscriptionRow {
  id: string;
  account_id: string;
  mode: Mode;
  group_id: string;
  webhook_id: string | null;
  event_type: string;
  created_at: number;
  updated_at: number;
}

const GROUP = 'id, account_id, mode, name, version, created_at, updated_at';
const SUBSCRIPTION = 'id, account_id, mode, group_id, webhook_id, event_type, created_at, updated_at';

const toGroup = ({ account_id: accountId, created_at: createdAt, updated_at: updatedAt, ...row }: GroupRow): WebhookGroup => ({
  ...row,
  accountId,
  createdAt,
  updatedAt,
});

const toSubscription = (row: SubscriptionRow): WebhookSubscription => ({
  id: row.id,
  accountId: row.account_id,
  mode: row.mode,
  groupId: row.group_id,
  webhookId: row.webhook_id,
  eventType: row.event_type,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const REFRESH = `
  update webhooks w set event_types = now.types
    from (
      select h.id, coalesce(array_agg(distinct s.event_type order by s.event_type) filter (where s.id is not null), '{}') as types
        from webhooks h
        left join webhook_subscriptions s on s.group_id = h.group_id and (s.webhook_id is null or s.webhook_id = h.id)
       where h.account_id = $1 and h.mode = $2 and h.group_id is not null group by h.id) now
   where now.id = w.id and w.event_types is distinct from now.types`;

/** Groups of webhooks and their subscriptions in one transaction. */
export function webhookGroupStore(db: Queryable): WebhookGroupStore {
  const groups = async (rest: string, values: unknown[]): Promise<readonly WebhookGroup[]> =>
    (await db.query<GroupRow>(`select ${GROUP} from webhook_groups ${rest}`, values)).rows.map(toGroup);
  const subscriptions = async (rest: string, values: unknown[]): Promise<readonly WebhookSubscription[]> =>
    (await db.query<SubscriptionRow>(`select ${SUBSCRIPTION} from webhook_subscriptions ${rest}`, values)).rows.map(toSubscription);
  const count = async (text: string, values: unknown[]): Promise<number> =>
    (await db.query<{ n: number }>(`select count(*)::int as n from ${text}`, values)).rows[0]?.n ?? 0;
  return {
    get: async (id) => (isUuid(id) ? ((await groups('where id = $1', [id]))[0] ?? null) : null),
    lock: async (id) => (isUuid(id) ? ((await groups('where id = $1 for no key update', [id]))[0] ?? null) : null),
    async insert({ id, accountId, mode, name, version, createdAt, updatedAt }) {
      const values = [id, accountId, mode, name, version, timestamp(createdAt), timestamp(updatedAt)];
      await db.query(`insert into webhook_groups (${GROUP}) values ($1, $2, $3, $4, $5, $6, $7)`, values);
    },
    async save({ id, name, version, updatedAt }) {
      const values = [id, name, version, timestamp(updatedAt)];
      await db.query('update webhook_groups set name = $2, version = $3, updated_at = $4 where id = $1', values);
    },
    async remove(id) {
      await db.query('delete from webhook_groups where id = $1', [id]);
    },
    async list({ accountId, mode }, { limit, offset }) {
      const values = [accountId, mode];
      const rows = await groups('where account_id = $1 and mode = $2 order by created_at, id limit $3 offset $4', [
        ...values,
        limit,
        offset,
      ]);
      return { rows, total: await count('webhook_groups where account_id = $1 and mode = $2', values) };
    },
    countUsing: async (id) => ({
      webhooks: await count('webhooks where group_id = $1', [id]),
      subscriptions: await count('webhook_subscriptions where group_id = $1', [id]),
    }),
    getSubscription: async (id) => (isUuid(id) ? ((await subscriptions('where id = $1', [id]))[0] ?? null) : null),
    async subscribe({ id, accountId, mode, groupId, webhookId, eventType, createdAt, updatedAt }) {
      const { rowCount } = await db.query(
        `insert into webhook_subscriptions (${SUBSCRIPTION}) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
        [id, accountId, mode, groupId, webhookId, eventType, timestamp(createdAt), timestamp(updatedAt)],
      );
      return rowCount === 1;
    },
    async unsubscribe(id) {
      await db.query('delete from webhook_subscriptions where id = $1', [id]);
    },
    async listSubscriptions(filter, { limit, offset }) {
      const where = subscriptionConditions(filter);
      const total = await count(`webhook_subscriptions ${where.text}`, [...where.values]);
      const rows = await subscriptions(
        `${where.text} order by created_at, id limit ${where.bind(limit)} offset ${where.bind(offset)}`,
        where.values,
      );
      return { rows, total };
    },
    async refreshTypes(accountId, mode) {
      await db.query(REFRESH, [accountId, mode]);
    },
  };
}

const subscriptionConditions = (filter: SubscriptionFilter): Where =>
  new Where()
    .and('account_id = ?', filter.accountId)
    .and('mode = ?', filter.mode)
    .when('group_id = ?', filter.groupId)
    .when('webhook_id = ?', filter.webhookId)
    .when('event_type = ?', filter.eventType);
