import type { LedgerStore, LedgerTransaction } from '../app/ports/ledger.ts';
import { type Account, type Balance, payerOf } from '../domain/account.ts';
import type { Mode } from '../domain/records.ts';
import { PLANNED_ONCE } from './planned-once.ts';
import type { Queryable } from './pool.ts';
import { readStatement } from './statement.ts';
import { timestamp } from './timestamps.ts';
import { writeLater } from './write-behind.ts';

interface BalanceRow {
  account_id: string;
  mode: Mode;
  currency: string;
  wallet_minor: number;
  held_minor: number;
}

const COLUMNS = 'account_id, mode, currency, wallet_minor, held_minor';

const toBalance = (row: BalanceRow): Balance => ({
  accountId: row.account_id,
  mode: row.mode,
  currency: row.currency,
  walletMinor: row.wallet_minor,
  heldMinor: row.held_minor,
});

/** The ledger of one transaction. The wallet is always the payer's: a sub-account has none of its own (decision B13). */
export function ledgerStore(db: Queryable): LedgerStore {
  const find = async (accountId: string, mode: Mode, lock: string): Promise<Balance | null> => {
    const text = `${PLANNED_ONCE} select ${COLUMNS} from balances where account_id = $1 and mode = $2 ${lock}`;
    const { rows } = await db.query<BalanceRow>(text, [accountId, mode]);
    return rows[0] === undefined ? null : toBalance(rows[0]);
  };
  return {
    async lockBalance(account, mode) {
      const payer = payerOf(account);
      const locked = await find(payer, mode, 'for no key update');
      if (locked !== null) return locked;
      await openBalance(db, payer, mode);
      const opened = await find(payer, mode, 'for no key update');
      if (opened === null) throw new Error(`account ${payer} has no balance row`);
      return opened;
    },
    async balance(account, mode) {
      return (await find(payerOf(account), mode, '')) ?? emptyBalance(account, mode);
    },
    post: (transaction) => postAll(db, [transaction]),
    postAll: (transactions) => postAll(db, transactions),
    statement: (accountId, mode, page) => readStatement(db, accountId, mode, page),
  };
}

const emptyBalance = (account: Account, mode: Mode): Balance => ({
  accountId: payerOf(account),
  mode,
  currency: account.currency,
  walletMinor: 0,
  heldMinor: 0,
});

async function openBalance(db: Queryable, accountId: string, mode: Mode): Promise<void> {
  await db.query(
    `insert into balances (account_id, mode, currency) select id, $2, currency from accounts where id = $1
     on conflict (account_id, mode) do nothing`,
    [accountId, mode],
  );
}

/** Entries and running sums move in one statement, so neither can be written without the other (invariant 7). */
async function postAll(db: Queryable, transactions: readonly LedgerTransaction[]): Promise<void> {
  const [first] = transactions;
  if (first === undefined) return;
  const { mode, currency, accountId } = first;
  if (transactions.some((each) => each.mode !== mode || each.currency !== currency || each.accountId !== accountId)) {
    throw new Error('only transactions of one account, mode and currency are posted together');
  }
  const lines = transactions.flatMap(({ id, lines: each }) => each.map((line, index) => ({ id, line: index + 1, ...line })));
  const wallets = new Set(lines.filter(isSummed).map((line) => line.accountId));
  await writeLater(db, {
    name: 'posted',
    text: POST,
    values: [
      mode,
      accountId,
      currency,
      JSON.stringify(transactions.map(transactionRow)),
      JSON.stringify(lines.map(({ id, line, book, accountId: owner, amountMinor }) => ({ id, line, book, owner, amount: amountMinor }))),
    ],
    onRows(moved) {
      if (moved.length !== wallets.size) throw new Error(`ledger transaction ${first.id} is not in the currency of its wallet`);
    },
  });
}

const transactionRow = ({ id, kind, numberId, note, at, period }: LedgerTransaction) => ({
  id,
  kind,
  number_id: numberId,
  note,
  created_at: timestamp(at),
  period: period === undefined ? null : timestamp(period),
});

// A wallet that is not there yet is opened in its account's currency. It has no holds that could be given back. Rows travel as JSON: an
// array for each column costs a function call and a store of its own, a third more than one text of them all.
const POST = `transactions as (
    insert into ledger_transactions (id, mode, kind, account_id, number_id, note, created_at, period)
    select id, $1, kind, $2, number_id, note, created_at, period
      from json_to_recordset($4::json)
        as t (id uuid, kind text, number_id uuid, note text, created_at timestamptz, period timestamptz)
  ), entries as (
    insert into ledger_entries (transaction_id, line, book, account_id, mode, currency, amount_minor)
    select id, line, book, owner, $1, $3, amount
      from json_to_recordset($5::json) as l (id uuid, line integer, book text, owner uuid, amount bigint)
    returning account_id, book, amount_minor
  ), moved as (
    select account_id,
           coalesce(sum(amount_minor) filter (where book = 'wallet'), 0)::bigint as wallet,
           coalesce(sum(amount_minor) filter (where book = 'held'), 0)::bigint as held
      from entries where book in ('wallet', 'held') group by account_id
  ), posted as (
    insert into balances as b (account_id, mode, currency, wallet_minor, held_minor)
    select account_id, $1, $3, wallet, greatest(held, 0) from moved join accounts a on a.id = account_id and a.currency = $3
    on conflict (account_id, mode) do update set wallet_minor = b.wallet_minor + excluded.wallet_minor,
      held_minor = b.held_minor + (select held from moved where account_id = b.account_id)
    where b.currency = excluded.currency
    returning b.account_id
  )`;

const isSummed = (line: LedgerTransaction['lines'][number]): boolean => line.book === 'wallet' || line.book === 'held';
