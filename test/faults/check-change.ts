import { keys } from '../../src/redis/keys.ts';
import { encodeRecord } from '../../src/redis/record-codec.ts';
import { renderByIds } from '../../src/store/render-rows.ts';
import { until } from '../support/daemon.ts';
import { type ChangeSite, PRICE } from './change-site.ts';
import type { OperationName, Request } from './operations.ts';

const SETTLE_MS = 5000;

/** The audit row an operation writes, and what else it leaves once. */
const ACTIONS: Readonly<Record<OperationName, string>> = {
  purchase: 'number.purchase',
  order: 'order.create',
  patch: 'number.update',
  release: 'number.release',
  'assign-sub-account': 'number.assign_sub_account',
  'unassign-sub-account': 'number.unassign_sub_account',
  'assign-trunk-group': 'number.assign_trunk_group',
  'unassign-trunk-group': 'number.unassign_trunk_group',
};

/** How often a request has taken effect, counted in each of the places where that shows; equal numbers, or it was torn. */
export async function effectsOf({ parts }: ChangeSite, { operation, numberId }: Request): Promise<readonly number[]> {
  const count = async (text: string, values: unknown[] = [numberId]): Promise<number> =>
    (await parts.pool.query<{ n: number }>(`select count(*)::int as n from ${text}`, values)).rows[0]?.n ?? 0;
  const audited = count(
    `audit where action = $2 and (resource = 'number:' || $1 or resource in
      (select 'order:' || order_id from order_items where number_id = $1::uuid))`,
    [numberId, ACTIONS[operation]],
  );
  // A delivery to the site's webhook comes with its event, and its job with both.
  const told = (type: string, condition = 'true'): Promise<number> =>
    count(
      `events e join webhook_deliveries d on d.event_id = e.id join jobs j on j.key = d.id || ':1'
        where e.resource = 'number:' || $1 and e.type = $2 and ${condition}`,
      [numberId, type],
    );
  const shown: Readonly<Record<OperationName, () => readonly Promise<number>[]>> = {
    purchase: () => bought(count),
    order: () => bought(count),
    patch: () => [count('numbers where id = $1 and allow_outbound'), told('number.updated')],
    release: () => [
      count(`numbers where id = $1 and owner_account_id is null`),
      count('number_holders where number_id = $1 and to_at is not null'),
      told('number.released'),
    ],
    'assign-sub-account': () => [
      count('numbers where id = $1 and sub_account_id is not null'),
      count('number_holders where number_id = $1 and sub_account_id is not null and to_at is null'),
      told('number.assigned'),
    ],
    'unassign-sub-account': () => [
      count('numbers where id = $1 and sub_account_id is null'),
      count('number_holders where number_id = $1 and sub_account_id is not null and to_at is not null'),
      // The buyer has it back.
      told('number.assigned', 'e.account_id = (select owner_account_id from numbers where id = $1::uuid)'),
    ],
    'assign-trunk-group': () => [count('numbers where id = $1 and trunk_group_id is not null'), told('number.updated')],
    'unassign-trunk-group': () => [
      count('numbers where id = $1 and trunk_group_id is null'),
      told('number.updated', "e.payload->>'trunk_group_id' is null"),
    ],
  };
  return Promise.all([audited, ...shown[operation]()]);
}

const bought = (count: (text: string) => Promise<number>): Promise<number>[] => [
  count('numbers where id = $1 and owner_account_id is not null'),
  count('number_holders where number_id = $1'),
  count('sip_credentials where number_id = $1'),
  count(`ledger_transactions where number_id = $1 and kind = 'purchase'`),
  count('order_items where number_id = $1'),
  count(`events e join webhook_deliveries d on d.event_id = e.id where e.resource = 'number:' || $1 and e.type = 'number.purchased'`),
  count(`events e join order_items i on e.resource = 'order:' || i.order_id where i.number_id = $1::uuid and e.type = 'order.completed'`),
];

/** What is wrong with a number after its crash was recovered from, invariant by invariant; nothing when all is well. */
export async function wrongWithNumber({ parts, keeper }: ChangeSite, { numberId }: Request): Promise<readonly string[]> {
  const wrong: string[] = [];
  const { rows: holders } = await parts.pool.query(
    `select n.id from numbers n left join number_holders h on h.number_id = n.id and h.to_at is null where n.id = $1
     group by n.id having count(h.id) <> (n.owner_account_id is not null)::int
       or bool_or(h.owner_account_id is distinct from n.owner_account_id or h.sub_account_id is distinct from n.sub_account_id)`,
    [numberId],
  );
  if (holders.length > 0) wrong.push('1: the number and its holders differ');
  let different: string[] = [];
  const settled = await until(async () => {
    await keeper.relay();
    different = [];
    for (const { ref, version, record } of (await renderByIds(parts.pool, 'number', [numberId])).values()) {
      const expected = encodeRecord(ref, await keeper.outbox.epoch(), version, record);
      if ((await parts.redis.get(keys.record(ref))) !== expected) different.push(ref);
    }
    return different.length === 0;
  }, SETTLE_MS);
  if (settled !== true) wrong.push(`2: ${different.join(' ')} in Redis is not its row`);
  return wrong;
}

/** What is wrong with the whole site at its end. */
export async function wrongWithSite({ parts, keeper, buyer }: ChangeSite): Promise<readonly string[]> {
  const wrong: string[] = [];
  await until(async () => {
    await keeper.relay();
    return (await keeper.outbox.pending()).count === 0;
  }, SETTLE_MS);
  const { count } = await keeper.outbox.pending();
  if (count > 0) wrong.push(`2: ${count} records are pending`);
  const different = await keeper.differences();
  if (different.length > 0) wrong.push(`2: ${different.length} records differ, ${different[0]} among them`);
  const { rows } = await parts.pool.query<{ wallet: number; sum: number; spent: number; bought: number }>(
    `select b.wallet_minor as wallet, (select sum(amount_minor) from ledger_entries e where e.account_id = $1 and e.book = 'wallet')::bigint as sum,
       (select -sum(amount_minor) from ledger_entries e join ledger_transactions t on t.id = e.transaction_id
        where e.account_id = $1 and e.book = 'wallet' and t.kind = 'purchase')::bigint as spent,
       (select count(*) from ledger_transactions t where t.kind = 'purchase' and t.account_id = $1) as bought
     from balances b where b.account_id = $1 and b.mode = 'live'`,
    [buyer.id],
  );
  const books = rows[0];
  if (books === undefined || books.wallet !== books.sum) wrong.push(`7: the wallet is ${books?.wallet}, its entries sum to ${books?.sum}`);
  if (books !== undefined && books.spent !== books.bought * PRICE) wrong.push(`7: ${books.bought} purchases cost ${books.spent}`);
  return wrong;
}
