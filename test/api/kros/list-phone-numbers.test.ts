import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiHarness, startApiHarness } from '../../support/api-harness.ts';

let api: ApiHarness;
beforeAll(async () => {
  api = await startApiHarness();
});
afterAll(() => api.close());

const list = (key: string, query = '') => api.call('GET', `/phone-numbers${query}`, { key });

describe('200', () => {
  it('lists own numbers only, with total, limit and offset', async () => {
    const { account, key } = await api.newAccount();
    const other = await api.newAccount();
    const own = [await api.newNumber(key), await api.newNumber(key), await api.newNumber(key)];
    await api.newNumber(other.key);
    const all = await list(key);
    expect(all.status).toBe(200);
    expect(all.body).toMatchObject({ total: 3, limit: 20, offset: 0 });
    expect(all.body.phone_numbers.map((number: { id: string }) => number.id)).toEqual(own.map(({ id }) => id));
    expect(all.body.phone_numbers[0]).toMatchObject({ organization_id: account.id, status: 'active', allow_outbound: false });
    const second = await list(key, '?limit=1&offset=1');
    expect(second.body).toMatchObject({ total: 3, limit: 1, offset: 1 });
    expect(second.body.phone_numbers.map((number: { id: string }) => number.id)).toEqual([own[1]!.id]);
  });

  it('answers the same under /v1 and with a trailing slash', async () => {
    const { key } = await api.newAccount();
    await api.newNumber(key);
    const bare = await list(key);
    for (const path of ['/v1/phone-numbers', '/phone-numbers/', '/v1/phone-numbers/']) {
      expect((await api.call('GET', path, { key })).text).toBe(bare.text);
    }
  });

  it('filters by country, type and status', async () => {
    const { key } = await api.newAccount();
    const us = await api.newNumber(key, { e164: '+12025550123', country: 'US', type: 'toll_free' });
    const gb = await api.newNumber(key);
    await api.call('PATCH', `/phone-numbers/${gb.id}`, { key, body: { status: 'inactive' } });
    const idsOf = async (query: string) => (await list(key, query)).body.phone_numbers.map((number: { id: string }) => number.id);
    expect(await idsOf('?country=us')).toEqual([us.id]);
    expect(await idsOf('?type=toll_free')).toEqual([us.id]);
    expect(await idsOf('?status=active')).toEqual([us.id]);
    expect(await idsOf('?status=inactive')).toEqual([gb.id]);
    expect(await idsOf('?status=suspended')).toEqual([gb.id]);
    expect(await idsOf('?status=pending')).toEqual([]);
  });

  it('shows the stock to everybody with action=available, without the numbers that are gone', async () => {
    const { key } = await api.newAccount();
    const [left, gone] = [
      await api.newStock({ country: 'SE', e164: '+46812345678' }),
      await api.newStock({ country: 'SE', e164: '+46812345679' }),
    ];
    await api.call('POST', '/phone-numbers', { key, body: { inventory_id: gone.id } });
    const answer = await list(key, '?action=available&country=SE');
    expect(answer.body).toEqual({
      phone_numbers: [
        {
          id: left.id,
          e164: left.e164,
          number: left.e164,
          country: 'SE',
          type: 'local',
          region: null,
          capabilities: ['voice'],
          setup_cost_cents: 100,
          monthly_cost_cents: 200,
          currency: 'USD',
        },
      ],
      total: 1,
      limit: 20,
      offset: 0,
    });
  });

  it('keeps live and test apart', async () => {
    const { account, key } = await api.newAccount();
    const testKey = await api.newKey(account, { mode: 'test' });
    await api.newNumber(key);
    const stock = await api.newNumber(testKey, { mode: 'test' });
    const seen = await list(testKey);
    expect(seen.body.phone_numbers.map((number: { id: string }) => number.id)).toEqual([stock.id]);
    const forSale = await api.newStock({ mode: 'test', country: 'NO', e164: '+4721000000' });
    expect((await list(key, '?action=available&country=NO')).body.total).toBe(0);
    expect((await list(testKey, '?action=available&country=NO')).body.phone_numbers[0].id).toBe(forSale.id);
  });

  it('shows a master its own numbers, and a sub-account its own', async () => {
    const parent = await api.newAccount();
    const child = await api.newAccount({ parent: parent.account });
    const [mine, its] = [await api.newNumber(parent.key), await api.newNumber(child.key)];
    expect((await list(parent.key)).body.phone_numbers.map((number: { id: string }) => number.id)).toEqual([mine.id]);
    expect((await list(child.key)).body.phone_numbers.map((number: { id: string }) => number.id)).toEqual([its.id]);
  });
});

describe('400', () => {
  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['offset=-1', 'offset'],
    ['offset=99999999999', 'offset'],
    ['action=steal', 'action'],
    ['country=GBR', 'country'],
    ['country=%00%00', 'country'],
    ['type=satellite', 'type'],
    ['status=gone', 'status'],
    ['colour=red', 'colour'],
    ['wait=applied', 'wait'],
    ['limit[a]=1', 'limit[a]'],
    ['constructor=1', 'constructor'],
    ['__proto__=1', '__proto__'],
  ])('?%s names %s', async (query, field) => {
    const { key } = await api.newAccount();
    const answer = await list(key, `?${query}`);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ field }] });
  });

  it('lets tracking parameters pass', async () => {
    const { key } = await api.newAccount();
    expect((await list(key, '?_=123&utm_source=mail')).status).toBe(200);
  });
});
