import { expect } from 'vitest';
import { looked, type World } from './histories-world.ts';
import { isForSale, isKept, itemOfNumber, type Model, type ModelNumber, masterOf, PARENTS, progressOf, sees } from './machine-state.ts';

const timeOrNull = (at: string | null): number | null => (at === null ? null : Date.parse(at));
const idOf = ({ accounts }: World, account: number): string => accounts[account]?.account.id ?? '';

const lifecycleOf = ({ lifecycle, suspendedBy }: ModelNumber): string =>
  lifecycle === 'active' && suspendedBy.length > 0 ? 'suspended' : lifecycle;

/** Lifecycle, holder, suspensions, lock, wait and version of numbers, as the platform sees them; and their one open holder row. */
export async function compareNumbers(world: World, touched: readonly number[]): Promise<void> {
  const { api, model } = world;
  const ids = touched.map((index) => world.numbers[index]?.id ?? '');
  const [shown, holders] = await Promise.all([
    Promise.all(ids.map((id) => api.admin('GET', `/numbers/${id}`))),
    api.sql('select number_id, owner_account_id, sub_account_id from number_holders where to_at is null and number_id = any($1)', [ids]),
  ]);
  for (const [place, index] of touched.entries()) {
    const { body } = shown[place] ?? {};
    const one = model.numbers[index] as ModelNumber;
    const { holder } = one;
    const owner = holder === null ? null : idOf(world, masterOf(holder));
    const sub = holder === null || PARENTS[holder] === null ? null : idOf(world, holder);
    expect({ ...body, available_at: timeOrNull(body.available_at) }, `number ${index}`).toMatchObject({
      lifecycle: lifecycleOf(one),
      owner_account_id: owner,
      sub_account_id: sub,
      suspended_by: one.suspendedBy,
      deletion_lock: one.lock,
      available_at: one.availableAt,
      version: one.version,
    });
    looked(api.looks, 1);
    // Invariant 1: at most one holder, and the history says who.
    const open = holders.filter((row) => row.number_id === ids[place]);
    expect(open, `holders of number ${index}`).toEqual(
      owner === null ? [] : [{ number_id: ids[place], owner_account_id: owner, sub_account_id: sub }],
    );
  }
}

/** The table of seed-apis D.4.1: one state in the words of each face; null: the face does not show it. */
function wordsOf(model: Model, index: number, one: ModelNumber) {
  const isBlocked = one.suspendedBy.length > 0;
  const item = itemOfNumber(model, index)?.item;
  switch (one.lifecycle) {
    case 'available':
      return { kros: null, vobiz: null, telnyx: null };
    case 'pending':
      return { kros: 'pending', vobiz: 'pending_purchase', telnyx: item === undefined ? 'no item' : progressOf(item) };
    case 'active':
      return { kros: isBlocked ? 'inactive' : 'active', vobiz: isBlocked ? 'blocked' : 'active', telnyx: 'active' };
    case 'releasing':
      return { kros: null, vobiz: 'pending_release', telnyx: 'deleted' };
  }
}

type Row = Record<string, unknown>;
const byE164 = (rows: readonly Row[], name: string, show: (row: Row) => unknown): Record<string, unknown> =>
  Object.fromEntries(rows.map((row) => [String(row[name]), show(row)]));

/** What an account has and may buy, in the three faces of tenants. */
export async function compareView(world: World, eye: number): Promise<void> {
  const { api, country, accounts } = world;
  const { key = '', account } = accounts[eye] ?? {};
  const pair = { headers: { 'X-Auth-ID': account?.authId ?? '', 'X-Auth-Token': key } };
  const at = `/api/v1/Account/${account?.authId}`;
  const [own, forSale, vobiz, stock, telnyx, available] = await Promise.all([
    api.call('GET', '/phone-numbers?limit=100', { key }),
    api.call('GET', `/phone-numbers?action=available&limit=100&country=${country}`, { key }),
    api.call('GET', `${at}/numbers?per_page=100`, pair),
    api.call('GET', `${at}/inventory/numbers?per_page=100&country=${country}`, pair),
    api.call('GET', '/v2/phone_numbers?page[size]=100', { key }),
    api.call('GET', `/v2/available_phone_numbers?filter[country_code]=${country}`, { key }),
  ]);
  const expected = expectedView(world, eye);
  const shown = {
    kros: byE164(own.body.phone_numbers, 'e164', ({ status, organization_id: holder }) => [status, holder]),
    vobiz: byE164(vobiz.body.items, 'e164', ({ status, is_blocked: isBlocked, account_id: holder }) => [status, isBlocked, holder]),
    telnyx: byE164(telnyx.body.data, 'phone_number', ({ status, deletion_lock_enabled: lock }) => [status, lock]),
    forSale: byE164(forSale.body.phone_numbers, 'e164', () => true),
    stock: byE164(stock.body.items, 'e164', ({ status, auth_id: owner }) => [status, owner]),
    available: byE164(available.body.data, 'phone_number', ({ reservable }) => reservable),
  };
  expect(shown, `as account ${eye} sees it`).toEqual(expected);
}

function expectedView(world: World, eye: number) {
  const { model, numbers, accounts, api } = world;
  const now = api.clock.now();
  const view: Record<'kros' | 'vobiz' | 'telnyx' | 'forSale' | 'stock' | 'available', Record<string, unknown>> = {
    kros: {},
    vobiz: {},
    telnyx: {},
    forSale: {},
    stock: {},
    available: {},
  };
  for (const [index, one] of model.numbers.entries()) {
    const { e164 = '' } = numbers[index] ?? {};
    const { holder } = one;
    const words = wordsOf(model, index, one);
    if (holder !== null && holder === eye && words.kros !== null) view.kros[e164] = [words.kros, idOf(world, holder)];
    // Vobiz lists for a parent what its sub-accounts have; the others list an account's own (decision B29).
    if (holder !== null && sees(eye, holder))
      view.vobiz[e164] = [words.vobiz, one.suspendedBy.length > 0, accounts[holder]?.account.authId];
    if (holder !== null && holder === eye) view.telnyx[e164] = [words.telnyx, one.lock];
    if (!isForSale(one, eye, now)) continue;
    view.forSale[e164] = true;
    view.stock[e164] = ['active', null];
    view.available[e164] = !isKept(one, now);
  }
  return view;
}

/** Invariant 7: wallets and holds are the model's, and the sums of their ledger entries. */
export async function compareMoney({ api, model, accounts }: World): Promise<void> {
  const ids = accounts.map(({ account }) => account.id);
  const [shown, sums, unbalanced] = await Promise.all([
    Promise.all(ids.map((id) => api.admin('GET', `/accounts/${id}`))),
    api.sql(
      `select account_id, coalesce(sum(amount_minor) filter (where book = 'wallet'), 0)::int as wallet,
         coalesce(sum(amount_minor) filter (where book = 'held'), 0)::int as held
       from ledger_entries where account_id = any($1) group by account_id`,
      [ids],
    ),
    api.sql('select transaction_id from ledger_entries where account_id = any($1) group by 1 having sum(amount_minor) <> 0', [ids]),
  ]);
  for (const [index, id] of ids.entries()) {
    const money = [model.walletMinor[index], model.heldMinor[index]];
    const { body } = shown[index] ?? {};
    expect([body.balance_minor, body.held_minor], `money of account ${index}`).toEqual(money);
    const { wallet = 0, held = 0 } = sums.find((row) => row.account_id === id) ?? {};
    expect([wallet, Math.abs(held)], `ledger of account ${index}`).toEqual(money);
  }
  expect(unbalanced).toEqual([]);
  looked(api.looks, 7);
}
