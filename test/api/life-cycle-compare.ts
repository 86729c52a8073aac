import { expect } from 'vitest';
import { type NumberRecord, recordRef } from '../../src/domain/records.ts';
import { inVobiz, pairOf } from './life-cycle-play.ts';
import {
  COOL_OFF_MS,
  type Hands,
  holderOf,
  holds,
  isForSale,
  isShut,
  type ModelNumber,
  numberAt,
  PARENTS,
  sees,
} from './life-cycle-state.ts';
import type { World } from './life-cycle-world.ts';

const timeOrNull = (at: string | null): number | null => (at === null ? null : Date.parse(at));
const wholeSecond = (at: number): number => Math.ceil(at / 1000) * 1000;

/** Holder, flags, cool-off and version of every number in the admin face and in Redis, and its one login. */
export async function compareNumbers(world: World): Promise<void> {
  const { api, numbers, model } = world;
  const [shown, records, logins] = await Promise.all([
    Promise.all(numbers.map(({ id }) => api.admin('GET', `/numbers/${id}`))),
    api.plane.reader.read(numbers.map(({ e164 }) => recordRef.number('live', e164))),
    api.sql('select number_id, username from sip_credentials where number_id = any($1)', [numbers.map(({ id }) => id)]),
  ]);
  for (const [index, { id, e164 }] of numbers.entries()) {
    const one = numberAt(model, index);
    const { body } = shown[index] ?? {};
    const times = { last: timeOrNull(body.last_call_at), free: timeOrNull(body.available_at), cool: timeOrNull(body.cool_off_until) };
    expect({ ...body, times }, `number ${index}`).toMatchObject({ ...adminView(world, one), times: timesOf(one, api.clock.now()) });
    expect(records.get(recordRef.number('live', e164)), `record ${index}`).toEqual({
      version: one.everOwned ? one.version : 0,
      record: recordView(world, one, id, e164),
    });
    const usernames = logins.filter((row) => row.number_id === id).map(({ username }) => username);
    compareLogins(world.logins[index] ?? [], usernames, one);
  }
}

/** A login is new whenever the holder is, and gone when there is none (decision B7). */
function compareLogins(seen: string[], usernames: readonly string[], { hands, releasing, logins }: ModelNumber): void {
  expect(usernames).toHaveLength(hands === null || releasing ? 0 : 1);
  const [username] = usernames;
  if (username === undefined) return;
  if (seen.length < logins) {
    expect(seen).not.toContain(username);
    seen.push(username);
  }
  expect(seen.at(-1)).toBe(username);
  expect(seen).toHaveLength(logins);
}

const idsOf = ({ accounts }: World, hands: Hands | null) => ({
  owner: hands === null ? null : accounts[hands.owner]?.account.id,
  sub: hands === null || hands.sub === null ? null : accounts[hands.sub]?.account.id,
});
const endpointId = ({ endpoints }: World, { endpoint }: ModelNumber) => (endpoint === null ? null : endpoints[endpoint]);
const ownedAs = ({ releasing, suspendedBy }: ModelNumber) => (releasing ? 'releasing' : suspendedBy.length > 0 ? 'suspended' : 'active');
const lifecycleOf = (one: ModelNumber) => (one.hands === null ? 'available' : ownedAs(one));

const adminView = (world: World, one: ModelNumber) => ({
  lifecycle: lifecycleOf(one),
  suspended_by: one.suspendedBy,
  owner_account_id: idsOf(world, one.hands).owner,
  sub_account_id: idsOf(world, one.hands).sub,
  endpoint_id: endpointId(world, one),
  trunk_group_id: null,
  allow_inbound: one.allowInbound,
  allow_outbound: one.allowOutbound,
  tags: one.tags,
  customer_reference: one.reference,
  deletion_lock: one.lock,
  version: one.version,
});

function timesOf({ storedCallAt, availableAt }: ModelNumber, now: number) {
  const until = storedCallAt === null ? now : storedCallAt + COOL_OFF_MS;
  return { last: storedCallAt, free: availableAt, cool: until > now ? wholeSecond(until) : null };
}

function recordView(world: World, one: ModelNumber, id: string, e164: string): NumberRecord | null {
  if (one.hands === null) return null;
  const { owner, sub } = idsOf(world, one.hands);
  return {
    kind: 'number',
    id,
    e164,
    mode: 'live',
    ownerAccountId: owner ?? '',
    subAccountId: sub ?? null,
    lifecycle: ownedAs(one),
    suspendedBy: one.suspendedBy,
    allowInbound: one.allowInbound,
    allowOutbound: one.allowOutbound,
    endpointId: endpointId(world, one) ?? null,
    trunkGroupId: null,
  };
}

/** Status, version and money of every account; the ledger sums to the wallets, and every transaction to nothing. */
export async function compareAccounts({ api, model, accounts }: World): Promise<void> {
  const ids = accounts.map(({ account }) => account.id);
  const [shown, sums, unbalanced] = await Promise.all([
    Promise.all(ids.map((id) => api.admin('GET', `/accounts/${id}`))),
    api.sql(
      `select account_id, coalesce(sum(amount_minor) filter (where book = 'wallet'), 0)::int as wallet, count(distinct transaction_id)::int as n
         from ledger_entries where account_id = any($1) group by account_id`,
      [ids],
    ),
    api.sql('select transaction_id from ledger_entries where account_id = any($1) group by 1 having sum(amount_minor) <> 0', [ids]),
  ]);
  for (const [index, id] of ids.entries()) {
    expect(shown[index]?.body, `account ${index}`).toMatchObject({
      status: model.disabled[index] ? 'disabled' : 'active',
      balance_minor: model.walletMinor[index],
      held_minor: 0,
      version: model.accountVersions[index],
    });
    const { wallet = 0, n = 0 } = sums.find((row) => row.account_id === id) ?? {};
    expect([wallet, n], `ledger of account ${index}`).toEqual([model.walletMinor[index], model.transactions[index]]);
  }
  expect(unbalanced).toEqual([]);
}

/** What an account sees of a number in the three faces of tenants, and of the stock. */
export async function compareView(world: World, index: number, account: number): Promise<void> {
  const { api, model, accounts, numbers } = world;
  const one = numberAt(model, index);
  const { id = '', e164 = '', extId = '' } = numbers[index] ?? {};
  const { key = '', account: who } = accounts[account] ?? {};
  const search = encodeURIComponent(e164);
  const [kros, vobiz, telnyx, own, stock] = await Promise.all([
    api.call('GET', `/phone-numbers/${id}`, { key }),
    api.call('GET', inVobiz(world, index, account).path, pairOf(world, account)),
    api.call('GET', `/v2/phone_numbers/${extId}`, { key }),
    api.call('GET', '/phone-numbers?limit=100', { key }),
    api.call('GET', `/api/v1/Account/${who?.authId}/inventory/numbers?search=${search}`, pairOf(world, account)),
  ]);
  const statuses = [kros, vobiz, telnyx, own, stock].map(({ status }) => status);
  if (isShut(model, account)) return expect(statuses).toEqual([403, 403, 403, 403, 403]);
  const status = sees(one, account) ? 200 : 404;
  // Vobiz and Telnyx have a status for a number that is being given back.
  const shown = holds(one, account) ? 200 : 404;
  expect(statuses, `account ${account}, number ${index}`).toEqual([status, shown, shown, 200, 200]);
  const listed = own.body.phone_numbers.some((row: { e164: string }) => row.e164 === e164);
  expect(listed, 'in the own list').toBe(one.hands !== null && !one.releasing && holderOf(one.hands) === account);
  expect(stock.body.total, 'in stock').toBe(isForSale(one, account, api.clock.now()) ? 1 : 0);
  if (one.releasing && shown === 200) expect([vobiz.body.status, telnyx.body.data.status]).toEqual(['pending_release', 'deleted']);
  if (one.hands === null || status === 404) return;
  const holder = accounts[holderOf(one.hands)]?.account;
  const isSuspended = one.suspendedBy.length > 0;
  expect(kros.headers.get('etag')).toBe(`"${one.version}"`);
  expect(kros.body).toMatchObject({
    status: isSuspended ? 'inactive' : 'active',
    organization_id: holder?.id,
    endpoint_id: endpointId(world, one),
    allow_inbound: one.allowInbound,
    allow_outbound: one.allowOutbound,
    sip_credentials: { username: world.logins[index]?.at(-1) },
  });
  expect(vobiz.body).toMatchObject({
    account_id: holder?.authId,
    status: isSuspended ? 'blocked' : 'active',
    is_blocked: isSuspended,
    tags: one.tags,
  });
  expect(vobiz.body.application_id ?? null).toBe(endpointId(world, one));
  expect(telnyx.body.data).toMatchObject({
    phone_number: e164,
    status: 'active',
    tags: one.tags,
    customer_reference: one.reference,
    deletion_lock_enabled: one.lock,
  });
}

/** The end of a history: everything, as everybody sees it. */
export async function compareAll(world: World): Promise<void> {
  await compareNumbers(world);
  await compareAccounts(world);
  for (const index of world.numbers.keys()) {
    await Promise.all(PARENTS.map((_, account) => compareView(world, index, account)));
  }
}
