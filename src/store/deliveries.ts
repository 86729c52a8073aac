import type { DeliveryFilter, DeliveryStore } from '../app/ports/webhooks.ts';
import type { Mode } from '../domain/records.ts';
import type { Delivery, DeliveryState, WebhookFormat } from '../domain/webhook.ts';
import { idAt, isUuid } from '../kit/ids.ts';
import { logDeliveries, writeAttempt, writeBegin } from './delivery-attempts.ts';
import { turnLoad } from './delivery-turns.ts';
import type { Queryable } from './pool.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';
import { Where } from './where.ts';

interface DeliveryRow {
  id: string;
  webhook_id: string;
  event_id: string;
  account_id: string | null;
  mode: Mode;
  format: WebhookFormat;
  event_type: string;
  state: DeliveryState;
  round: number;
  tries: number;
  attempts: number;
  error: string | null;
  next_at: number | null;
  started_at: number | null;
  finished_at: number | null;
  created_at: number;
}

const COLUMNS = `d.id, d.webhook_id, d.event_id, d.account_id, d.mode, d.format, d.event_type, d.state, d.round, d.tries, d.attempts,
  d.error, d.next_at, d.started_at, d.finished_at, d.created_at`;

const toDelivery = (row: DeliveryRow): Delivery => ({
  id: row.id,
  webhookId: row.webhook_id,
  eventId: row.event_id,
  accountId: row.account_id,
  mode: row.mode,
  format: row.format,
  eventType: row.event_type,
  state: row.state,
  round: row.round,
  tries: row.tries,
  attempts: row.attempts,
  error: row.error,
  nextAt: row.next_at,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  createdAt: row.created_at,
});

const timeGiven = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : timestamp(ms));

// A delivery whose webhook was deleted waits to be forgotten: nobody reads it, works on it or sends it again.
const THERE = 'exists (select 1 from webhooks w where w.id = d.webhook_id)';

// Plain search of text: nothing in it is a wildcard.
const IN_EVENT =
  'exists (select 1 from events e where e.id = d.event_id and strpos(lower(e.type || e.id || e.payload::text), lower(?)) > 0)';
const IN_ATTEMPT = `exists (select 1 from webhook_attempts a where a.delivery_id = d.id
  and strpos(lower(concat_ws(' ', a.url, a.http_status, a.error, a.response_headers, a.response_body)), lower(?)) > 0)`;

const conditionsOf = (filter: DeliveryFilter): Where => {
  const where = new Where()
    .and(THERE)
    .when('d.account_id = ?', filter.accountId)
    .when('d.webhook_id = ?', filter.webhookId)
    .when('d.mode = ?', filter.mode)
    .when('d.format = ?', filter.format)
    .when('d.state = ?', filter.state)
    .when('d.event_type = any(?::text[])', filter.eventTypes)
    .when('d.started_at >= ?', timeGiven(filter.startedFrom))
    .when('d.started_at <= ?', timeGiven(filter.startedTo))
    .when('d.finished_at >= ?', timeGiven(filter.finishedFrom))
    .when('d.finished_at <= ?', timeGiven(filter.finishedTo))
    .when(IN_EVENT, filter.eventContains)
    .when(IN_ATTEMPT, filter.attemptContains);
  return filter.isTried === true ? where.and('d.started_at is not null') : where;
};

/** The deliveries of one transaction. */
export function deliveryStore(db: Queryable): DeliveryStore {
  const many = async (rest: string, values: unknown[]): Promise<readonly Delivery[]> =>
    (await db.query<DeliveryRow>(`select ${COLUMNS} from webhook_deliveries d ${rest}`, values)).rows.map(toDelivery);
  return {
    get: async (id) => (isUuid(id) ? ((await many(`where d.id = $1 and ${THERE}`, [id]))[0] ?? null) : null),
    lock: async (id) => (isUuid(id) ? ((await many(`where d.id = $1 and ${THERE} for no key update`, [id]))[0] ?? null) : null),
    load: (delivery, leaseMs, countMax) => turnLoad(db, delivery, leaseMs, countMax),
    begin: (delivery, attempt, leaseMs) => writeBegin(db, delivery, attempt, leaseMs),
    conclude: (deliveryId, attempt) => writeAttempt(db, deliveryId, attempt),
    async save({ id, state, round, tries, attempts, error, nextAt, startedAt, finishedAt }) {
      await db.query(
        `update webhook_deliveries set state = $2, round = $3, tries = $4, attempts = $5, error = $6, next_at = $7, started_at = $8,
           finished_at = $9, sending_until = null where id = $1`,
        [id, state, round, tries, attempts, error, timestampOrNull(nextAt), timestampOrNull(startedAt), timestampOrNull(finishedAt)],
      );
    },
    list(filter, page) {
      const where = conditionsOf(filter).after('d.created_at', 'd.id', page.after);
      return many(`${where.text} order by d.created_at, d.id limit ${where.bind(page.limit)}`, where.values);
    },
    async listByOffset(filter, { limit, offset }) {
      const where = conditionsOf(filter);
      const total = await db.query<{ n: number }>(`select count(*)::int as n from webhook_deliveries d ${where.text}`, [...where.values]);
      const order = `order by d.created_at desc, d.id desc limit ${where.bind(limit)} offset ${where.bind(offset)}`;
      return { rows: await many(`${where.text} ${order}`, where.values), total: total.rows[0]?.n ?? 0 };
    },
    logged: (deliveries) => logDeliveries(db, deliveries),
    async forget(before, countMax) {
      const orphans = await db.query(FORGET_ORPHANS, [countMax]);
      const deliveries = await db.query(FORGET_DELIVERIES, [timestamp(before), countMax]);
      const events = await db.query(FORGET_EVENTS, [idAt(before), timestamp(before), countMax]);
      return (orphans.rowCount ?? 0) + (deliveries.rowCount ?? 0) + (events.rowCount ?? 0);
    },
  };
}

const FORGET_DELIVERIES = `
  delete from webhook_deliveries where id in (
    select id from webhook_deliveries where created_at < $1 and state <> 'pending' order by created_at, id limit $2 for update skip locked)`;

// From one webhook that has deliveries to the next, which the index has in order: nobody reads the whole log every minute.
const FORGET_ORPHANS = `
  with recursive told as (
    (select webhook_id from webhook_deliveries order by webhook_id limit 1)
    union all
    select (select d.webhook_id from webhook_deliveries d where d.webhook_id > t.webhook_id order by d.webhook_id limit 1)
      from told t where t.webhook_id is not null)
  delete from webhook_deliveries where id in (
    select d.id from webhook_deliveries d
     where d.webhook_id in (select t.webhook_id from told t where not exists (select 1 from webhooks w where w.id = t.webhook_id))
     limit $1 for update of d skip locked)`;

// The id of an event carries its time, and is what the index has.
const FORGET_EVENTS = `
  delete from events where id in (
    select e.id from events e where e.id < $1::uuid and e.at < $2
       and not exists (select 1 from webhook_deliveries d where d.event_id = e.id) order by e.id limit $3 for update skip locked)`;
