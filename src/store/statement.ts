import type { StatementRow } from '../app/ports/ledger.ts';
import type { PageRequest } from '../app/ports/store.ts';
import type { Mode } from '../domain/records.ts';
import type { Queryable } from './pool.ts';
import { Where } from './where.ts';

interface Row {
  id: string;
  mode: Mode;
  kind: StatementRow['kind'];
  account_id: string;
  currency: string;
  number_id: string | null;
  note: string | null;
  period: number | null;
  created_at: number;
  wallet_minor: number;
  held_minor: number;
}

/** Newest first, each with the wallet after it: counted back from the running sum, so that a page costs no walk over all before it. */
export async function readStatement(db: Queryable, accountId: string, mode: Mode, page: PageRequest): Promise<readonly StatementRow[]> {
  const where = new Where().and('t.account_id = ?', accountId).and('t.mode = ?', mode).after('t.created_at', 't.id', page.after, '<');
  const { rows } = await db.query<Row>(
    `select t.id, t.mode, t.kind, t.account_id, t.number_id, t.note, t.period, t.created_at, min(e.currency) as currency,
            coalesce(sum(e.amount_minor) filter (where e.book = 'wallet'), 0)::bigint as wallet_minor,
            coalesce(sum(e.amount_minor) filter (where e.book = 'held'), 0)::bigint as held_minor
       from (select * from ledger_transactions t ${where.text} order by t.created_at desc, t.id desc limit ${where.bind(page.limit)}) t
       join ledger_entries e on e.transaction_id = t.id and e.account_id = t.account_id
      group by t.id, t.mode, t.kind, t.account_id, t.number_id, t.note, t.period, t.created_at
      order by t.created_at desc, t.id desc`,
    where.values,
  );
  const first = rows[0];
  if (first === undefined) return [];
  let balanceMinor = await walletAfter(db, first);
  return rows.map((row) => {
    const after = balanceMinor;
    balanceMinor -= row.wallet_minor;
    return toStatementRow(row, after);
  });
}

/** The wallet after a transaction: as it is now, without what came later. */
async function walletAfter(db: Queryable, { account_id, mode, id }: Row): Promise<number> {
  const { rows } = await db.query<{ wallet_minor: number }>(
    `select b.wallet_minor - coalesce((
         select sum(e.amount_minor) from ledger_transactions t join ledger_entries e on e.transaction_id = t.id
          where t.account_id = b.account_id and t.mode = b.mode and e.book = 'wallet' and e.account_id = b.account_id
            and (t.created_at, t.id) > (select created_at, id from ledger_transactions where id = $3)), 0)::bigint as wallet_minor
       from balances b where b.account_id = $1 and b.mode = $2`,
    [account_id, mode, id],
  );
  return rows[0]?.wallet_minor ?? 0;
}

const toStatementRow = (row: Row, balanceMinor: number): StatementRow => ({
  id: row.id,
  mode: row.mode,
  kind: row.kind,
  accountId: row.account_id,
  currency: row.currency,
  numberId: row.number_id,
  note: row.note,
  period: row.period,
  at: row.created_at,
  walletMinor: row.wallet_minor,
  heldMinor: row.held_minor,
  balanceMinor,
});
