import type { TrunkGroupHistory } from '../app/ports/jobs.ts';
import type { OrderStore } from '../app/ports/orders.ts';
import type { NumberStore } from '../app/ports/store.ts';
import type { EventStore, StoredEvent } from '../app/ports/webhooks.ts';
import { ALERT_TYPES, type EventType, type ToldEvent } from '../domain/event.ts';
import { numberEvents } from '../domain/number-events.ts';
import { orderEvents } from '../domain/order-events.ts';
import type { Mode } from '../domain/records.ts';
import { isUuid, newIdAt } from '../kit/ids.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';
import { Where } from './where.ts';
import { writeLater } from './write-behind.ts';

interface EventRow {
  id: string;
  key: string;
  type: EventType;
  account_id: string | null;
  mode: Mode;
  resource: string;
  payload: unknown;
  at: number;
}

const COLUMNS = 'id, key, type, account_id, mode, resource, payload, at';

const toEvent = ({ account_id: accountId, ...row }: EventRow): StoredEvent => ({ ...row, accountId });

/** The events of one transaction: noted in `told`, written at its end. */
export const eventStore = (db: Queryable, told: ToldEvent[]): EventStore => ({
  async append(event) {
    told.push(event);
  },
  async get(id) {
    if (!isUuid(id)) return null;
    const { rows } = await db.query<EventRow>(`select ${COLUMNS} from events where id = $1`, [id]);
    return rows[0] === undefined ? null : toEvent(rows[0]);
  },
  async isTold(keys) {
    return (await db.query('select 1 from events where key = any($1::text[]) limit 1', [keys])).rows.length > 0;
  },
  async alerts(filter, { limit, after }) {
    const where = new Where()
      // Written out, so that the index of alerts alone serves.
      .and(`type in (${ALERT_TYPES.map((type) => `'${type}'`).join(', ')})`)
      .when('account_id = ?', filter.accountId)
      .when('type = ?', filter.type)
      .when('resource = ?', filter.resource)
      .when('id < ?', after?.id);
    const text = `select ${COLUMNS} from events ${where.text} order by id desc limit ${where.bind(limit)}`;
    return (await db.query<EventRow>(text, where.values)).rows.map(toEvent);
  },
});

/** The same store, whose writes are events too: whatever changes a number tells of it, once, in its own transaction. */
export const tellingNumbers = (store: NumberStore, told: ToldEvent[]): NumberStore => ({
  ...store,
  async save(before, after, reason) {
    await store.save(before, after, reason);
    told.push(...numberEvents(before, after));
  },
  async saveAll(moves, reason) {
    await store.saveAll(moves, reason);
    for (const { before, after } of moves) told.push(...numberEvents(before, after));
  },
});

/** The same for orders. */
export const tellingOrders = (store: OrderStore, told: ToldEvent[]): OrderStore => ({
  ...store,
  async insert(order) {
    await store.insert(order);
    told.push(...orderEvents(null, order));
  },
  async save(before, after) {
    await store.save(before, after);
    told.push(...orderEvents(before, after));
  },
});

/** Events of these ids. */
export async function eventsByIds(db: Queryable, ids: readonly string[]): Promise<readonly StoredEvent[]> {
  return (await db.query<EventRow>(`select ${COLUMNS} from events where id = any($1::uuid[])`, [ids])).rows.map(toEvent);
}

/**
 * Writes events, and a delivery with its job for every webhook that subscribes to them, in one statement: who subscribes a moment later
 * does not hear of them, and nobody hears twice. `onJobDue` hears that there are deliveries.
 */
export async function writeEvents(db: Queryable, told: readonly ToldEvent[], onJobDue: () => void): Promise<void> {
  if (told.length === 0) return;
  const rows = told.map(({ key, type, accountId, mode, resource, payload, at }) => ({
    id: newIdAt(at),
    key,
    type,
    account_id: accountId,
    mode,
    resource,
    // A text of its own: what is in it is read by nobody here, and not everything that JSON may say can be a text.
    payload: JSON.stringify(payload),
    at: timestamp(at),
  }));
  await writeLater(db, {
    name: 'to_deliver',
    text: WRITE,
    values: [JSON.stringify(rows)],
    onRows(jobs) {
      if (jobs.length > 0) onJobDue();
    },
  });
}

const WRITE = `told as (
    insert into events (${COLUMNS})
    select id, key, type, account_id, mode, resource, payload::json, at
      from json_to_recordset($1::json)
        as e (id uuid, key text, type text, account_id uuid, mode text, resource text, payload text, at timestamptz)
    on conflict (key) do nothing
    returning id, type, account_id, mode, at),
  subscribed as (
  insert into webhook_deliveries (id, webhook_id, event_id, account_id, mode, format, event_type, next_at, created_at)
  select gen_random_uuid(), w.id, t.id, w.account_id, t.mode, w.format, t.type, t.at, t.at
    from told t
    left join accounts a on a.id = t.account_id
    cross join lateral (
      select * from webhooks where account_id = t.account_id
      union all select * from webhooks where account_id = a.parent_id and include_sub_accounts
      union all select * from webhooks where account_id is null) w
   where w.mode = t.mode and w.disabled_reason is null and w.event_types && array[t.type, '*']
  returning id, account_id, created_at),
  to_deliver as (
  insert into jobs (id, queue, key, payload, due_at, account_id, created_at, updated_at)
  select gen_random_uuid(), 'webhook-delivery', id || ':1', json_build_object('deliveryId', id), created_at, account_id, created_at, created_at
    from subscribed
  returning id)`;

/** The trunk groups that numbers left, in one transaction. */
export const trunkGroupHistory = (db: Queryable): TrunkGroupHistory => ({
  async left({ numberId, trunkGroupId, epoch, at }) {
    await db.query('insert into number_trunk_groups (number_id, epoch, trunk_group_id, left_at) values ($1, $2, $3, $4)', [
      numberId,
      epoch,
      trunkGroupId,
      timestamp(at),
    ]);
  },
});
