import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, openVobiz, type VobizWorld } from './support/vobiz-world.ts';

let api: VobizWorld;
beforeAll(async () => {
  api = await openVobiz();
});
afterAll(() => api.close());

const list = (who: Caller, query = '', as: Caller = who) => api.as(who, 'GET', `/api/v1/Account/${as.account.authId}/numbers${query}`);
const inventory = (who: Caller, query = '') => api.as(who, 'GET', `/api/v1/Account/${who.account.authId}/inventory/numbers${query}`);
const e164s = ({ body }: { body: { items: { e164: string }[] } }) => body.items.map(({ e164 }) => e164);

describe('account numbers', () => {
  it('a parent sees its sub-accounts’ numbers, unless it asks not to; they see their own', async () => {
    const { parent, child } = await api.newFamily();
    const own = await api.newOwn(parent);
    const theirs = await api.newAssigned(parent, child);
    const all = await list(parent);
    expect(all.body).toMatchObject({ page: 1, per_page: 25, total: 2 });
    expect(new Map(all.body.items.map((one: { e164: string; account_id: string }) => [one.e164, one.account_id]))).toEqual(
      new Map([
        [own.e164, parent.account.authId],
        [theirs.e164, child.account.authId],
      ]),
    );
    expect(e164s(await list(parent, '?include_subaccounts=false'))).toEqual([own.e164]);
    expect(e164s(await list(child))).toEqual([theirs.e164]);
    expect(e164s(await list(parent, '', child))).toEqual([theirs.e164]);
  });

  it('pages, searches by a part of the number, and ignores what it does not know', async () => {
    const who = await api.newAccount();
    const numbers = [await api.newNumber(who.key), await api.newNumber(who.key), await api.newNumber(who.key)].map(({ e164 }) => e164);
    const pages = [await list(who, '?per_page=2&limit=1&offset=9&from_date=x'), await list(who, '?per_page=2&page=2')];
    expect(pages.flatMap(e164s).toSorted()).toEqual(numbers.toSorted());
    expect(pages[1]?.body).toMatchObject({ page: 2, per_page: 2, total: 3 });
    const [first = ''] = numbers;
    for (const search of [first.slice(1), encodeURIComponent(first), first, first.slice(3, 12)]) {
      expect(e164s(await list(who, `?search=${search}`))).toContain(first);
    }
    expect((await list(who, '?search=nothing')).body).toMatchObject({ items: [], total: 0 });
  });

  it('400 for bad and repeated parameters', async () => {
    const who = await api.newAccount();
    for (const query of ['?page=0', '?per_page=101', '?per_page=x', '?page=1&page=2', '?search=a&search=b']) {
      expect([(await list(who, query)).status, query]).toEqual([400, query]);
    }
  });

  it('shows the documented keys, and unset ones not at all', async () => {
    const who = await api.newAccount();
    await api.newNumber(who.key);
    const [item] = (await list(who)).body.items;
    expect(Object.keys(item)).toEqual(
      expect.arrayContaining(
        'id account_id auth_id e164 country capabilities status provider setup_fee monthly_fee currency voice_enabled tags purchased_at is_blocked created_at updated_at is_trial_number minimum_commitment_months aadhaar_verification_required aadhaar_verified source'.split(
          ' ',
        ),
      ),
    );
    expect(item).toMatchObject({ source: 'purchased', is_trial_number: false });
    expect(item).not.toHaveProperty('application_id');
  });
});

describe('inventory', () => {
  it('shows what is for sale with both owners null, by country, search and exclude', async () => {
    const who = await api.newAccount();
    for (const e164 of ['+33123400001', '+33123400002', '+33499900001', '+33755500001']) await api.newStock({ e164, country: 'FR' });
    const all = await inventory(who, '?country=fr');
    expect(all.body.total).toBe(4);
    expect(all.body.items[0]).toMatchObject({
      auth_id: null,
      account_id: null,
      status: 'active',
      setup_fee: 1,
      country: 'FR',
      source: 'inventory',
    });
    expect(e164s(await inventory(who, '?country=FR&search=1234')).toSorted()).toEqual(['+33123400001', '+33123400002']);
    for (const exclude of ['33123', '+33123', '%2B33123'])
      expect((await inventory(who, `?country=FR&exclude=${exclude}`)).body.total).toBe(2);
    expect((await inventory(who, '?country=FR&exclude=33123,334&exclude=337555')).body.total).toBe(0);
    // It wins over search.
    expect((await inventory(who, '?country=FR&search=1234&exclude=331')).body.total).toBe(0);
    expect((await inventory(who, '?country=FR&per_page=3&page=2')).body.items).toHaveLength(1);
  });

  it('takes many prefixes and refuses nonsense', async () => {
    const who = await api.newAccount();
    const many = Array.from({ length: 60 }, (_, index) => `exclude=${index + 10}`).join('&');
    expect((await inventory(who, `?${many}`)).status).toBe(200);
    for (const query of ['?exclude=abc', '?exclude=%25', `?exclude=${Array(101).fill('44').join(',')}`, '?country=FRA']) {
      expect([(await inventory(who, query)).status, query]).toEqual([400, query]);
    }
  });
});
