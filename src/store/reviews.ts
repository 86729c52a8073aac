import type { ReviewStore, WaitingReview } from '../app/ports/regulation.ts';
import { isUuid } from '../kit/ids.ts';
import type { Queryable } from './pool.ts';
import { Where } from './where.ts';

interface ReviewRow {
  id: string;
  kind: WaitingReview['kind'];
  account_id: string;
  mode: WaitingReview['mode'];
  country: string;
  number_type: WaitingReview['numberType'];
  order_id: string | null;
  waiting: number;
  created_at: number;
}

/** Groups that were submitted, and sub-orders with values that nobody has looked at. */
const WAITING = `(
  select g.id, 'requirement_group' as kind, coalesce(g.sub_account_id, g.owner_account_id) as account_id, g.mode, g.country, g.number_type,
      null::uuid as order_id, (select count(*) from requirement_group_values v where v.group_id = g.id) as waiting, g.created_at
    from requirement_groups g where g.state = 'in_review'
  union all
  select s.id, 'sub_order', coalesce(o.sub_account_id, o.owner_account_id), o.mode, s.country, s.number_type, o.id, w.waiting, s.created_at
    from (select i.sub_order_id, count(*) as waiting from requirement_values v join order_items i on i.id = v.item_id
           where v.status = 'provided' and i.status = 'pending' group by i.sub_order_id) w
    join sub_number_orders s on s.id = w.sub_order_id join number_orders o on o.id = s.order_id
) r`;

/** What waits for a reviewer. */
export const reviewStore = (db: Queryable): ReviewStore => ({
  async list({ kind, accountId }, page) {
    if (accountId !== undefined && !isUuid(accountId)) return [];
    const where = new Where().when('r.kind = ?', kind).when('r.account_id = ?', accountId).after('r.created_at', 'r.id', page.after);
    const text = `select r.* from ${WAITING} ${where.text} order by r.created_at, r.id limit ${where.bind(page.limit)}`;
    const { rows } = await db.query<ReviewRow>(text, where.values);
    return rows.map((row) => ({
      id: row.id,
      kind: row.kind,
      accountId: row.account_id,
      mode: row.mode,
      country: row.country,
      numberType: row.number_type,
      orderId: row.order_id,
      waiting: row.waiting,
      createdAt: row.created_at,
    }));
  },
});
