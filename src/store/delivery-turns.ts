import type { Delivery } from '../domain/webhook.ts';
import type { TurnLoad } from '../domain/webhook-turn.ts';
import type { Queryable } from './pool.ts';

// Of two workers that begin for one owner at the same time the second one waits, so neither overlooks the other. The platform's own
// webhooks have no such owner; there the lock of the webhook's row does it.
const ALONE = `
  select pg_advisory_xact_lock(hashtextextended('webhooks of ' || coalesce(parent_id, id)::text, 0)) from accounts where id = $1`;

const LOAD = `
  with sending as (
    select d.webhook_id = $1 as is_same, $4::int - extract(epoch from d.sending_until - clock_timestamp()) * 1000 as ms
      from webhook_deliveries d
      left join accounts a on a.id = d.account_id
     where d.sending_until > clock_timestamp() and d.id <> $2
       and (d.webhook_id = $1 or coalesce(a.parent_id, a.id) = (select coalesce(o.parent_id, o.id) from accounts o where o.id = $5)))
  select count(*) filter (where is_same)::int as same, coalesce(max(ms) filter (where is_same), 0)::int as same_ms,
         count(*)::int as owner, coalesce(max(ms), 0)::int as owner_ms,
         (select count(*)::int from (select 1 from webhook_deliveries where webhook_id = $1 and state = 'pending' limit $3) w) as waiting
    from sending`;

interface LoadRow {
  same: number;
  same_ms: number;
  owner: number;
  owner_ms: number;
  waiting: number;
}

/** What is being sent beside a delivery, each for `leaseMs` at most, and what waits, counted to `countMax`; alone for its owner. */
export async function turnLoad(
  db: Queryable,
  { id, webhookId, accountId }: Delivery,
  leaseMs: number,
  countMax: number,
): Promise<TurnLoad> {
  if (accountId !== null) await db.query(ALONE, [accountId]);
  const { rows } = await db.query<LoadRow>(LOAD, [webhookId, id, countMax, leaseMs, accountId]);
  const [row] = rows;
  if (row === undefined) throw new Error('counting deliveries gave no row');
  return { sending: row.same, sendingMs: row.same_ms, ownerSending: row.owner, ownerSendingMs: row.owner_ms, waiting: row.waiting };
}
