import type { NewJob } from '../app/ports/jobs.ts';
import type { OrderStore } from '../app/ports/orders.ts';
import type { NumberOrder } from '../domain/order.ts';
import { newDeadlines } from '../domain/order-deadline.ts';
import { isUuid } from '../kit/ids.ts';
import { jobStore } from './jobs.ts';
import { holderConditions, listAllOrders, listItems, listOrders, listSubOrders } from './order-lists.ts';
import { ordersByIds } from './order-rows.ts';
import { insertOrder, saveOrder } from './order-writes.ts';
import type { Queryable } from './pool.ts';
import { timestamp } from './timestamps.ts';

/** The orders of one transaction, each with all its parts. */
export function orderStore(db: Queryable, onJobDue: () => void): OrderStore {
  const get = async (id: string): Promise<NumberOrder | null> => (isUuid(id) ? ((await ordersByIds(db, [id]))[0] ?? null) : null);
  const found = async (text: string, values: unknown[]): Promise<NumberOrder | null> => {
    const { rows } = await db.query<{ id: string }>(text, values);
    return rows[0] === undefined ? null : get(rows[0].id);
  };
  // Here, so that no deadline comes without its job, whoever sets it.
  const watchDeadlines = async (before: NumberOrder | null, after: NumberOrder): Promise<void> => {
    const jobs = newDeadlines(before, after).map((deadline) => deadlineJob(after, deadline));
    if (jobs.length > 0) await jobStore(db, onJobDue).enqueueAll(jobs);
  };
  return {
    get,
    ofSubOrder: async (id) => (isUuid(id) ? found('select order_id as id from sub_number_orders where id = $1', [id]) : null),
    ofItem: async (id) => (isUuid(id) ? found('select order_id as id from order_items where id = $1', [id]) : null),
    ofNumber: (numberId) =>
      found(
        `select i.order_id as id from order_items i join number_orders o on o.id = i.order_id
          where i.number_id = $1 and i.status in ('pending', 'success') order by o.created_at desc, o.id desc limit 1`,
        [numberId],
      ),
    async lock(id) {
      if (!isUuid(id)) return null;
      // Locked first, read after: the reading statements see what the one who held the lock has written to all tables.
      await db.query('select 1 from number_orders where id = $1 for no key update', [id]);
      return get(id);
    },
    async insert(order) {
      await insertOrder(db, order);
      await watchDeadlines(null, order);
    },
    async save(before, after) {
      await saveOrder(db, before, after);
      await watchDeadlines(before, after);
    },
    repeated(scope, requestSha256, since) {
      const where = holderConditions(scope, 'o').and('o.request_sha256 = ?', requestSha256).and('o.created_at > ?', timestamp(since));
      return found(`select o.id from number_orders o ${where.text} order by o.created_at desc, o.id desc limit 1`, where.values);
    },
    list: (filter, page) => listOrders(db, filter, page),
    listAll: (filter, page) => listAllOrders(db, filter, page),
    listSubOrders: (filter, page) => listSubOrders(db, filter, page),
    listItems: (filter, page) => listItems(db, filter, page),
    async rememberSearched(accountId, mode, e164s, at, since) {
      await db.query('delete from number_searches where account_id = $1 and searched_at < $2', [accountId, timestamp(since)]);
      await db.query(
        `insert into number_searches (account_id, mode, e164, searched_at)
           select $1, $2, e164, $4 from unnest($3::text[]) as s (e164) order by e164
         on conflict (account_id, mode, e164) do update set searched_at = greatest(number_searches.searched_at, excluded.searched_at)`,
        [accountId, mode, e164s, timestamp(at)],
      );
    },
    async searchedSince(accountId, mode, e164s, since) {
      const { rows } = await db.query<{ e164: string }>(
        'select e164 from number_searches where account_id = $1 and mode = $2 and e164 = any($3::text[]) and searched_at > $4',
        [accountId, mode, e164s, timestamp(since)],
      );
      return rows.map((row) => row.e164);
    },
  };
}

/** The deadline is in the key: another one later is another job. */
const deadlineJob = ({ id, holder, updatedAt }: NumberOrder, deadline: number): NewJob<'requirement-deadlines'> => ({
  queue: 'requirement-deadlines',
  key: `${id}:${deadline}`,
  payload: { orderId: id, deadline },
  dueAt: deadline,
  accountId: holder.ownerAccountId,
  numberId: null,
  at: updatedAt,
});
