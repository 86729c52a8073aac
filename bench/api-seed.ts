import { setTimeout as pause } from 'node:timers/promises';
import type { ApiSite } from './api-site.ts';
import type { Product } from './product.ts';
import { expectAnswer } from './product.ts';

/** An account that may use every face. */
export interface BenchAccount {
  readonly id: string;
  readonly authId: string;
  readonly key: string;
  /** For the Vobiz face, which takes no API keys. */
  readonly token: string;
}

/** Opens an account with a live key and more money than it can spend here. */
export async function openAccount(product: Product, name: string): Promise<BenchAccount> {
  const admin = async <T>(path: string, body: unknown, status = 201): Promise<T> =>
    expectAnswer<T>(await product.request('POST', `/admin/v1/${path}`, body), status, `POST ${path}`);
  const { id, auth_id } = await admin<{ id: string; auth_id: string }>('accounts', { name, kind: 'account', currency: 'USD' });
  await admin(`accounts/${id}/credits`, { amount_minor: 1_000_000_000, note: 'bench' }, 200);
  const { key } = await admin<{ key: string }>(`accounts/${id}/api-keys`, { mode: 'live' });
  const { auth_token } = await admin<{ auth_token: string }>(`accounts/${id}/auth-tokens`, {});
  return { id, authId: auth_id, key, token: auth_token };
}

/** Ids in a sequence of their own, so that rows can name each other before they are there. */
const idOf = (kind: string, n: string): string => `('${kind}0000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
const AT = "timestamptz '2026-01-01' + n * interval '1 second'";

/** Numbers `from` to `to` of one holder, each with the order that bought it, as purchases would have left them. */
const HELD: readonly string[] = [
  `insert into numbers (id, e164, mode, country, type, region, setup_fee_minor, monthly_fee_minor, currency, owner_account_id, lifecycle,
     purchased_at, created_at, updated_at)
   select ${idOf('a000', 'n')}, '+3906' || (10000000 + n), 'live', 'IT', 'local', 'Roma', 100, 100, 'USD', $3::uuid, 'active', ${AT}, ${AT}, ${AT}
   from generate_series($1::int, $2::int - 1) n`,
  `insert into number_orders (id, mode, owner_account_id, status, requirements_met, phone_numbers_count, created_at, updated_at)
   select ${idOf('b000', 'n')}, 'live', $3::uuid, 'success', true, 1, ${AT}, ${AT} from generate_series($1::int, $2::int - 1) n`,
  `insert into sub_number_orders (id, order_id, position, country, number_type, status, requirements_met, phone_numbers_count, created_at,
     updated_at)
   select ${idOf('c000', 'n')}, ${idOf('b000', 'n')}, 0, 'IT', 'local', 'success', true, 1, ${AT}, ${AT}
   from generate_series($1::int, $2::int - 1) n where $3::uuid is not null`,
  `insert into order_items (id, order_id, sub_order_id, position, number_id, e164, status, charge_minor, currency, settle_transaction_id)
   select ${idOf('d000', 'n')}, ${idOf('b000', 'n')}, ${idOf('c000', 'n')}, 0, ${idOf('a000', 'n')}, '+3906' || (10000000 + n), 'success', 200,
     'USD', ${idOf('e000', 'n')}
   from generate_series($1::int, $2::int - 1) n where $3::uuid is not null`,
];
const TABLES = ['numbers', 'number_orders', 'sub_number_orders', 'order_items'];
const ROWS_AT_ONCE = 50_000;

/** Gives an account held numbers and orders by SQL: what the lists read does not depend on who wrote it. */
export async function seedHeld({ pool }: ApiSite, account: BenchAccount, from: number, to: number): Promise<void> {
  const client = await pool.connect();
  try {
    // No look at the other end of each reference: the rows are made to fit.
    await client.query('set session_replication_role = replica');
    for (let at = from; at < to; at += ROWS_AT_ONCE) {
      for (const text of HELD) await client.query(text, [at, Math.min(to, at + ROWS_AT_ONCE), account.id]);
    }
  } finally {
    await client.query('reset session_replication_role');
    client.release();
  }
}

/** What autovacuum would have done by now. */
export async function settleTables({ pool, bare }: ApiSite): Promise<void> {
  await pool.query(`vacuum analyze ${TABLES.join(', ')}`);
  await bare.pool.query('vacuum analyze numbers');
}

/** What a purchase writes besides, empty until somebody buys. */
const BOUGHT =
  'ledger_transactions, ledger_entries, balances, number_holders, sip_credentials, jobs, audit, events, outbox, outbox_applied';

/** What autovacuum does within a minute: until then each look for a row that another refers to reads all of a table that was empty. */
export const settleBought = ({ pool }: ApiSite): Promise<unknown> => pool.query(`analyze ${[...TABLES, BOUGHT].join(', ')}`);

const BEATS = 3;
const LOOK_MS = 250;
const REBUILD_MS_MAX = 600_000;

/**
 * Has the plane written anew, with the records of what was seeded: the auditor would repair them a page at a time for the rest of the
 * run, and what is measured would pay for it. A plane that is whole beats once a second, one that is not does not.
 */
export async function settlePlane({ pool }: ApiSite): Promise<void> {
  const { rows } = await pool.query<{ beat: number }>('update plane set epoch = epoch + 1 returning beat');
  const beat = (rows[0]?.beat ?? 0) + BEATS;
  for (const deadline = performance.now() + REBUILD_MS_MAX; performance.now() < deadline; await pause(LOOK_MS)) {
    if ((await pool.query('select 1 from plane where beat >= $1', [beat])).rows.length > 0) return;
  }
  throw new Error(`the plane was not whole within ${REBUILD_MS_MAX} ms`);
}
