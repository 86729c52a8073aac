import type { Model } from './model.ts';
import type { Site } from './site.ts';

/** Invariant 7: entries sum to zero and to the balances; every purchase was charged once. */
export async function checkLedger({ pool }: Site, model: Model): Promise<void> {
  const unequal = await pool.query<{ account_id: string; wallet: number; entries: number }>(
    `select b.account_id, b.wallet_minor as wallet, coalesce(sum(e.amount_minor), 0)::bigint as entries
     from balances b left join ledger_entries e on e.account_id = b.account_id and e.mode = b.mode and e.book = 'wallet'
     group by b.account_id, b.mode, b.wallet_minor, b.held_minor
     having b.wallet_minor <> coalesce(sum(e.amount_minor), 0)`,
  );
  model.check(7, unequal.rows.length === 0, () => `balances are not their entries: ${JSON.stringify(unequal.rows)}`);
  const open = await pool.query(
    'select transaction_id from ledger_entries group by transaction_id, currency having sum(amount_minor) <> 0',
  );
  model.check(7, open.rows.length === 0, () => `transactions that do not sum to zero: ${JSON.stringify(open.rows)}`);
  const charges = await pool.query<{ number_id: string; charges: number; purchases: number }>(
    `select n.id as number_id,
       (select count(*) from ledger_transactions t where t.number_id = n.id and t.kind in ('purchase', 'capture')) as charges,
       (select count(*) from order_items i where i.number_id = n.id and i.status in ('success', 'deleted')) as purchases
     from numbers n`,
  );
  for (const { number_id: id, charges: charged, purchases } of charges.rows) {
    model.check(7, charged === purchases, () => `number ${id}: bought ${purchases} times, charged ${charged} times`);
  }
}

/** Invariant 8: one effect a key, and one where success was answered. */
export async function checkKeys({ pool }: Site, model: Model): Promise<void> {
  const credits = await pool.query<{ note: string; count: number }>(
    `select note, count(*) as count from ledger_transactions where kind = 'credit' group by note`,
  );
  const credited = new Map(credits.rows.map(({ note, count }) => [note, count]));
  const audited = await auditRows(pool);
  for (const { key, op, requestIds, done } of model.keys) {
    const effects = op === 'credit' ? (credited.get(key) ?? 0) : requestIds.reduce((sum, id) => sum + (audited.get(id) ?? 0), 0);
    model.check(8, done ? effects === 1 : effects <= 1, () => `${op} with key ${key}: ${effects} effects (${requestIds.length} tries)`);
  }
}

/** Invariant 13: as many audit rows as the answer to each change says. */
export async function checkAudit({ pool }: Site, model: Model): Promise<void> {
  const audited = await auditRows(pool);
  for (const { requestId, op, status, auditRows: wanted } of model.changes) {
    const rows = audited.get(requestId) ?? 0;
    const holds = wanted === null ? rows <= 1 : rows === wanted;
    model.check(13, holds, () => `${op} (${requestId}, status ${status}) left ${rows} audit rows, not ${wanted ?? '0 or 1'}`);
  }
}

async function auditRows(pool: Site['pool']): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<{ request_id: string; count: number }>(
    `select request_id, count(*) as count from audit where request_id is not null and action not like '%password%' group by request_id`,
  );
  return new Map(rows.map(({ request_id: id, count }) => [id, count]));
}
