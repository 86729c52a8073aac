import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiAnswer } from '../../support/api-call.ts';
import type { TestAccount } from '../../support/api-harness.ts';
import { startTelnyxHarness, type TelnyxHarness } from './telnyx-harness.ts';

let api: TelnyxHarness;
let mine: TestAccount;
beforeAll(async () => {
  api = await startTelnyxHarness();
  mine = await api.newAccount({ creditMinor: 1_000_000 });
  await api.newRequirement({ country: 'DE' });
  for (const [index, country] of ['GB', 'DE', 'FR', 'DE', 'GB'].entries()) {
    const stock = await Promise.all(
      Array.from({ length: index === 4 ? 3 : 1 }, () => api.newStock({ country, type: index === 2 ? 'mobile' : 'local' })),
    );
    const body = { phone_numbers: stock.map(({ e164 }) => ({ phone_number: e164 })), customer_reference: `REF ${index}` };
    await api.call('POST', '/number_orders', { key: mine.key, body });
    api.clock.advance(1000);
  }
});
afterAll(() => api.close());

const get = (path: string): Promise<ApiAnswer> => api.call('GET', path, { key: mine.key });
const references = ({ body }: ApiAnswer) => body.data.map(({ customer_reference: reference }: { customer_reference: string }) => reference);

describe('lists', () => {
  it.each([
    ['', ['REF 4', 'REF 3', 'REF 2', 'REF 1', 'REF 0']],
    ['filter[status]=pending', ['REF 3', 'REF 1']],
    ['filter[status]=success&filter[phone_numbers_count]=1', ['REF 2', 'REF 0']],
    ['filter[phone_numbers_count]=3', ['REF 4']],
    ['filter[customer_reference]=REF%202', ['REF 2']],
    ['filter[requirements_met]=false', ['REF 3', 'REF 1']],
    ['filter[created_at][gt]=2999-01-01', []],
    ['filter[created_at][lt]=2999-01-01T00:00:00Z&filter[status]=failure', []],
    ['page[size]=2&page[number]=2', ['REF 2', 'REF 1']],
    ['unknown=1&_=2', ['REF 4', 'REF 3', 'REF 2', 'REF 1', 'REF 0']],
  ])('/number_orders?%s', async (query, shown) => {
    for (const at of ['', '/v2']) expect(references(await get(`${at}/number_orders?${query}`))).toEqual(shown);
  });

  it('by time: after the first, before the last', async () => {
    const all = (await get('/number_orders')).body.data;
    const [first, last] = [all.at(-1).created_at, all[0].created_at];
    const between = await get(`/number_orders?filter[created_at][gt]=${first}&filter[created_at][lt]=${last}`);
    expect(references(between)).toEqual(['REF 3', 'REF 2', 'REF 1']);
  });

  it('tell their pages', async () => {
    expect((await get('/number_orders?page[size]=2&page[number]=3')).body.meta).toEqual({
      page_number: 3,
      page_size: 2,
      total_pages: 3,
      total_results: 5,
    });
  });

  it('of sub-orders and of ordered numbers', async () => {
    expect(references(await get('/sub_number_orders'))).toEqual(['REF 4', 'REF 3', 'REF 2', 'REF 1', 'REF 0']);
    expect(references(await get('/sub_number_orders?filter[country_code]=de&filter[status]=pending'))).toEqual(['REF 3', 'REF 1']);
    expect(references(await get('/sub_number_orders?filter[phone_number_type]=mobile'))).toEqual(['REF 2']);
    expect(references(await get('/sub_number_orders?filter[phone_numbers_count]=3'))).toEqual(['REF 4']);
    const [order] = (await get('/number_orders')).body.data;
    expect(references(await get(`/sub_number_orders?filter[order_request_id]=${order.id}`))).toEqual(['REF 4']);
    const items = await get('/number_order_phone_numbers?filter[country_code]=GB&page[size]=3');
    expect(items.body.meta).toMatchObject({ total_results: 4, total_pages: 2 });
    expect(items.body.data).toHaveLength(3);
  });

  it.each([
    ['/number_orders?filter[nothing]=1', 400, '10031', 'filter[nothing]'],
    ['/number_orders?filter=1', 400, '10031', 'filter'],
    ['/sub_number_orders?filter[created_at][gt]=2020-01-01', 400, '10031', 'filter[created_at][gt]'],
    ['/v2/available_phone_numbers?filter[quickship]=true', 400, '10031', 'filter[quickship]'],
    ['/number_orders?filter[status]=done', 422, '10032', 'filter[status]'],
    ['/number_orders?page[size]=251', 422, '10033', 'page[size]'],
    ['/number_orders?page[number]=0', 422, '10033', 'page[number]'],
    ['/number_orders?filter[created_at][gt]=soon', 422, '10015', 'filter[created_at][gt]'],
    ['/number_orders?page[size]=1&page[size]=2', 422, '10015', 'page[size]'],
    ['/v2/available_phone_numbers?filter[phone_number][starts_with]=20', 422, '10004', 'filter[country_code]'],
  ])('GET %s is %i %s', async (path, status, code, parameter) => {
    const answer = await get(path);
    expect([answer.status, answer.body.errors[0].code, answer.body.errors[0].source]).toEqual([status, code, { parameter }]);
  });
});

describe('every answer', () => {
  it('carries the rate limit headers, refusals included', async () => {
    for (const answer of [await get('/number_orders'), await get('/number_orders?filter[x]=1'), await api.call('GET', '/v2/balance')]) {
      expect(answer.headers.get('x-ratelimit-limit')).toBe('1000000');
      expect(answer.headers.has('x-ratelimit-remaining')).toBe(true);
      expect(answer.headers.has('x-ratelimit-reset')).toBe(true);
    }
  });

  it('is in the words of the face also where no operation was reached', async () => {
    const answer = await api.call('DELETE', '/number_orders', { key: mine.key });
    expect([answer.status, answer.body.errors[0].code, answer.headers.get('allow')]).toEqual([405, '10030', 'GET, HEAD, OPTIONS, POST']);
    expect((await get('/v2/nothing')).headers.get('content-type')).toBe('application/problem+json');
    // Only the group's own operations are bare (decision B32).
    for (const path of ['/phone_numbers', '/available_phone_numbers', '/balance']) expect((await get(path)).status).toBe(404);
  });

  it('is for one account: its keys, or the platform key that names it', async () => {
    const platform = { Authorization: `Bearer ${(api.deps as unknown as { auth: { platformKey: string } }).auth.platformKey}` };
    const named = await api.call('GET', '/number_orders', { headers: { ...platform, 'x-organization-id': mine.account.id } });
    expect([named.status, named.body.meta.total_results]).toEqual([200, 5]);
    const nobody = await api.call('GET', '/number_orders', { headers: platform });
    expect([nobody.status, nobody.body.errors[0].code]).toEqual([400, '10004']);
    const scoped = await api.newKey(mine.account, { scopes: ['endpoints:read'] });
    const refused = await api.call('GET', '/number_orders', { key: scoped });
    expect([refused.status, refused.body.errors[0]]).toMatchObject([403, { code: '10006', title: 'Not authorized' }]);
    const stranger = await api.newAccount();
    expect((await api.call('GET', '/number_orders', { key: stranger.key })).body.data).toEqual([]);
  });
});

describe('the OpenAPI document', () => {
  it('has both mounts, with operation ids of their own, and only the group bare', async () => {
    const { body } = await api.call('GET', '/openapi/telnyx.json');
    const paths = Object.keys(body.paths);
    expect(paths.filter((path) => !path.startsWith('/v2')).map((path) => path.split('/')[1])).toEqual(
      expect.arrayContaining(['number_orders', 'sub_number_orders', 'number_order_phone_numbers']),
    );
    expect(paths).toContain('/v2/balance');
    expect(paths).not.toContain('/balance');
    const ids = Object.values<Record<string, { operationId: string }>>(body.paths).flatMap((item) =>
      Object.values(item).map((each) => each.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(body.paths['/v2/number_orders/{number_order_id}'].patch.operationId).toBe('updateNumberOrder');
  });
});
