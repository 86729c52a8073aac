import Telnyx from 'telnyx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestAccount } from '../../support/api-harness.ts';
import { aLease } from '../admin/jobs-and-calls.ts';
import { errorsOf, type OrderWorld, placeOrder, startOrderWorld } from './order-world.ts';

let api: OrderWorld;
let mine: TestAccount;
let other: TestAccount;
let client: Telnyx;
beforeAll(async () => {
  api = await startOrderWorld();
  mine = await api.newAccount({ creditMinor: 1_000_000 });
  other = await api.newAccount({ creditMinor: 1_000_000 });
  client = new Telnyx({ apiKey: mine.key, baseURL: `${api.url}/v2`, maxRetries: 0, timeout: 10_000 });
});
afterAll(() => api.close());

const get = (path: string, key = mine.key) => api.call('GET', `/v2${path}`, { key });
const idOf = async (e164: string): Promise<string> =>
  (await api.sql('select ext_id::text as id from numbers where e164 = $1', [e164]))[0].id;

describe('what the stock has', () => {
  it('is told by country and in counts, without what cools off or is kept for others', async () => {
    const local = { country: 'NZ', capabilities: ['voice', 'sms'], region: 'Auckland' };
    const [kept] = [await api.newStock(local), await api.newStock({ ...local, capabilities: ['fax'] })];
    await api.newStock({ country: 'NZ', type: 'toll_free', capabilities: ['voice'] });
    const { data } = await client.countryCoverage.retrieveCountry('nz');
    expect(data).toMatchObject({
      code: 'NZ',
      phone_number_type: ['local', 'toll_free'],
      features: ['fax', 'sms', 'voice'],
      local: { features: ['fax', 'sms', 'voice'], reservable: true },
      toll_free: { features: ['voice'] },
    });
    expect((await client.countryCoverage.retrieve()).data?.NZ).toEqual(data);
    for (const code of ['ZW', 'nowhere']) expect((await get(`/country_coverage/countries/${code}`)).status).toBe(404);

    const counts = async (query: string, key = mine.key) =>
      (await get(`/inventory_coverage?filter[country_code]=NZ&${query}`, key)).body.data.map(
        (row: { group: string; phone_number_type: string; count: number }) => [row.group, row.phone_number_type, row.count],
      );
    expect(await counts('')).toEqual([
      ['NZ', 'local', 2],
      ['NZ', 'toll_free', 1],
    ]);
    expect(await counts('filter[groupBy]=locality&filter[phone_number_type]=local')).toEqual([['Auckland', 'local', 2]]);
    expect(await counts('filter[features]=sms,voice')).toEqual([['NZ', 'local', 1]]);
    await client.numberReservations.create({ phone_numbers: [{ phone_number: kept.e164 }] });
    expect(await counts('filter[phone_number_type]=local')).toEqual([['NZ', 'local', 2]]);
    expect(await counts('filter[phone_number_type]=local', other.key)).toEqual([['NZ', 'local', 1]]);
    const american = await api.newStock({ country: 'US', e164: '+12125550199', capabilities: ['voice'] });
    const level = (await client.inventoryCoverage.list({ filter: { country_code: 'US', groupBy: 'npa', npa: 212, nxx: 555 } })).data;
    expect(level).toEqual([
      expect.objectContaining({ group: '212', group_type: 'npa', count: 1, number_type: 'did', advance_requirements: false }),
    ]);
    expect(errorsOf(await get('/inventory_coverage?filter[nxx]=555'))).toEqual([['10004', 'filter[npa]']]);
    expect(errorsOf(await get('/inventory_coverage?filter[groupBy]=planet'))).toEqual([['10032', 'filter[groupBy]']]);

    // What is in stock or one's own has features; of others' numbers nothing is known.
    const own = await api.newNumber(mine.key, { capabilities: ['voice', 'hd_voice'] });
    const foreign = await api.newNumber(other.key);
    const asked = [own.e164, foreign.e164, '+442079990000', american.e164];
    expect((await client.numbersFeatures.create({ phone_numbers: asked })).data).toEqual([
      { phone_number: own.e164, features: ['voice', 'hd_voice'] },
      { phone_number: american.e164, features: ['voice'] },
    ]);
    expect((await client.phoneNumbers.actions.verifyOwnership({ phone_numbers: asked })).data).toEqual({
      record_type: 'number_ownership',
      found: [{ id: await idOf(own.e164), number_val_e164: own.e164 }],
      not_found: [foreign.e164, '+442079990000', american.e164],
    });
    for (const path of ['/numbers_features', '/phone_numbers/actions/verify_ownership']) {
      const send = async (body: object) => errorsOf(await api.call('POST', `/v2${path}`, { key: mine.key, body }));
      expect(await send({ phone_numbers: [] })).toEqual([['10004', '/phone_numbers']]);
      expect(await send({ phone_numbers: ['0123'] })).toEqual([['10016', '/phone_numbers/0']]);
      expect(await send({ phone_numbers: Array(1001).fill(own.e164) })).toEqual([['10015', '/phone_numbers']]);
    }
  });
});

describe('the list of numbers', () => {
  it('is filtered by status and billing group, sorted as asked, and has the billing group of the order', async () => {
    const holder = await api.newAccount();
    const sdk = new Telnyx({ apiKey: holder.key, baseURL: `${api.url}/v2`, maxRetries: 0 });
    const requirement = { country: 'QY', type: 'local', name: 'Name', field_type: 'textual' };
    const made = await api.admin('POST', '/requirements', { body: requirement });
    const [b, a] = [await api.newStock({ e164: '+442071110002' }), await api.newStock({ e164: '+442071110001' })];
    const waiting = await api.newStock({ country: 'QY', e164: '+442071110003' });
    await placeOrder(api, holder.key, b.e164, { billing_group_id: 'BG' });
    api.clock.advance(1000);
    await placeOrder(api, holder.key, a.e164);
    const order = await placeOrder(api, holder.key, waiting.e164, { billing_group_id: 'BG' });
    const list = async (query: string) =>
      (await get(`/phone_numbers?${query}`, holder.key)).body.data.map((row: { phone_number: string }) => row.phone_number);
    expect(await list('sort=phone_number')).toEqual([a.e164, b.e164, waiting.e164]);
    expect(await list('sort=-phone_number&filter[status]=active')).toEqual([b.e164, a.e164]);
    expect(await list('sort=-purchased_at&filter[status]=active')).toEqual([a.e164, b.e164]);
    const group = (await sdk.ipConnections.create({ connection_name: 'Aaa' })).data?.id ?? '';
    await sdk.phoneNumbers.update(await idOf(b.e164), { connection_id: group });
    expect(await list('sort[]=connection_name&filter[status]=active')).toEqual([b.e164, a.e164]);
    expect(await list('filter[status]=requirement-info-pending')).toEqual([waiting.e164]);
    expect(await list('filter[billing_group_id]=BG')).toEqual([b.e164]);
    expect(await list('filter[billing_group_id]=null&filter[status]=active')).toEqual([a.e164]);
    for (const status of ['requirement-info-under-review', 'requirement-info-exception', 'purchase-pending', 'deleted']) {
      expect(await list(`filter[status]=${status}`), status).toEqual([]);
    }
    // The status that is filtered by is the one that is shown: without rules a value waits for a reviewer.
    await sdk.numberOrders.update(order.id, { regulatory_requirements: [{ requirement_id: made.body.id, field_value: 'Ann' }] });
    expect((await sdk.phoneNumbers.retrieve(await idOf(waiting.e164))).data?.status).toBe('requirement-info-under-review');
    expect(await list('filter[status]=requirement-info-under-review')).toEqual([waiting.e164]);
    expect(await list('filter[status]=requirement-info-pending')).toEqual([]);
    expect(errorsOf(await get('/phone_numbers?sort=colour'))).toEqual([['10032', 'sort']]);
    expect(errorsOf(await get('/phone_numbers?filter[status]=ported-out'))).toEqual([['10032', 'filter[status]']]);
  });
});

describe('a reservation that is sent again', () => {
  it('is the first one where the client says so, and so is its extension; the platform lists both and the orders', async () => {
    const { e164 } = await api.newStock();
    const headers = { 'X-Stainless-Retry-Count': '1' };
    const body = { phone_numbers: [{ phone_number: e164 }], customer_reference: 'AGAIN' };
    const send = (given: object, more = {}) => api.call('POST', '/v2/number_reservations', { key: mine.key, body: given, ...more });
    const first = await send(body, { headers });
    expect([first.status, first.headers.has('idempotent-replayed')]).toEqual([200, false]);
    const again = await send(body, { headers });
    expect([again.status, again.text, again.headers.get('idempotent-replayed')]).toEqual([200, first.text, 'true']);
    // Without the word of the client, in other words, or by somebody else, it is another request.
    expect(errorsOf(await send(body))).toEqual([['85006', undefined]]);
    expect(errorsOf(await send({ ...body, customer_reference: 'OTHER' }, { headers }))).toEqual([['85006', undefined]]);
    expect(errorsOf(await api.call('POST', '/v2/number_reservations', { key: other.key, body, headers }))).toEqual([['85006', undefined]]);
    const { id } = first.body.data;
    const extend = (more = {}) => api.call('POST', `/v2/number_reservations/${id}/actions/extend`, { key: mine.key, ...more });
    const extended = await extend({ headers });
    expect((await extend({ headers })).text).toBe(extended.text);
    expect((await api.admin('GET', `/reservations?account_id=${mine.account.id}&e164=${encodeURIComponent(e164)}`)).body.data).toEqual([
      expect.objectContaining({ id, extensions: 1, status: 'success', numbers: [expect.objectContaining({ e164, error: null })] }),
    ]);
    expect((await extend()).status).toBe(200);
    const order = await placeOrder(api, mine.key, e164);
    const listed = (await api.admin('GET', `/orders?account_id=${mine.account.id}&status=success&limit=500`)).body.data;
    expect(listed.at(-1)).toMatchObject({ id: order.id, status: 'success', sub_orders: [{ items: [{ e164, status: 'success' }] }] });
    expect((await api.admin('GET', `/orders?account_id=${mine.account.id}&status=cancelled`)).body).toEqual({ data: [], next: null });
  });
});

describe('what an account sees of itself', () => {
  it('is what was done to its things, without what is the platform’s or was somebody else’s', async () => {
    const holder = await api.newAccount();
    const sdk = new Telnyx({ apiKey: holder.key, baseURL: `${api.url}/v2`, maxRetries: 0 });
    const { e164 } = await api.newStock();
    await placeOrder(api, other.key, e164, { customer_reference: 'SECRET' });
    await api.call('DELETE', `/v2/phone_numbers/${await idOf(e164)}`, { key: other.key });
    api.clock.advance(86_400_000 * 30);
    const since = new Date(api.clock.now()).toISOString();
    api.clock.advance(1000);
    await placeOrder(api, holder.key, e164);
    api.clock.advance(1000);
    await sdk.phoneNumbers.update(await idOf(e164), { tags: ['a'] });
    const listed = [];
    for await (const event of sdk.auditEvents.list({ filter: { created_after: since }, sort: 'asc' })) listed.push(event);
    expect(listed.length).toBeGreaterThanOrEqual(2);
    expect(listed.at(-1)).toEqual({
      id: expect.any(String),
      record_type: 'audit_event',
      change_made_by: 'account_owner',
      change_type: 'number.update',
      resource_id: await idOf(e164),
      alternate_resource_id: e164,
      organization_id: holder.account.id,
      user_id: expect.any(String),
      changes: [{ field: 'tags', from: [], to: ['a'] }],
      created_at: expect.any(String),
    });
    const whole = (await get('/audit_events?page[size]=250', holder.key)).text;
    expect(whole).not.toContain('SECRET');
    expect(whole).not.toContain(other.account.id);
    const [newest] = (await get('/audit_events?page[size]=1', holder.key)).body.data;
    expect(newest.id).toBe(listed.at(-1)?.id);
    const member = await api.newKey(holder.account, { role: 'member' });
    const narrow = await api.newKey(holder.account, { scopes: ['numbers:read'] });
    for (const key of [member, narrow]) expect((await get('/audit_events', key)).status).toBe(403);
    const test = await api.newKey(holder.account, { mode: 'test' });
    expect((await get('/audit_events?page[size]=250', test)).text).not.toContain(e164);
    // Rows that tell of no mode: what is live's is not shown to test keys, what is the account's is shown to both.
    await api.sql(
      `insert into audit (id, at, actor, action, resource, account_id, before, after)
       select gen_random_uuid(), now(), '{"kind":"key","id":"k"}', 'x', resource, $1, '{"ended":1}', null
         from unnest(array['sip_credential:7b0b8a3e-0000-4000-8000-000000000001', 'account:' || $2]) as r (resource)`,
      [holder.account.id, holder.account.id],
    );
    const shownTo = async (key: string) =>
      (await get('/audit_events?page[size]=250', key)).body.data.map((row: { resource_id: string }) => row.resource_id);
    expect(await shownTo(holder.key)).toEqual(expect.arrayContaining(['7b0b8a3e-0000-4000-8000-000000000001', holder.account.id]));
    expect(await shownTo(test)).toContain(holder.account.id);
    expect(await shownTo(test)).not.toContain('7b0b8a3e-0000-4000-8000-000000000001');
  });

  it('shows the platform at most twenty orders a page, whatever it asks for: each may have a thousand numbers', async () => {
    const { account } = await api.newAccount();
    await api.sql(
      `insert into number_orders (id, mode, owner_account_id, status, requirements_met, phone_numbers_count, created_at, updated_at)
       select gen_random_uuid(), 'live', $1, 'success', true, 1, date_trunc('second', now()), now() from generate_series(1, 21)`,
      [account.id],
    );
    const page = (after = '') => api.admin('GET', `/orders?limit=500&account_id=${account.id}${after}`);
    const first = (await page()).body;
    expect([first.data.length, typeof first.next]).toEqual([20, 'string']);
    const second = (await page(`&after=${first.next}`)).body;
    expect([second.data.length, second.next]).toEqual([1, null]);
  });

  it('has the calls of a connection, and channels that only the platform sets', async () => {
    const group = (await client.ipConnections.create({ connection_name: 'Busy' })).data?.id ?? '';
    const [{ id }] = await api.sql('select id from trunk_groups where ext_id = $1', [group]);
    expect((await get(`/connections/${group}/active_calls`)).body).toMatchObject({ data: [], meta: { total_results: 0, total_items: 0 } });
    const callId = await aLease(api, 'agent-1', { kind: 'trunk_group', id });
    const calls = [];
    for await (const call of client.connections.listActiveCalls(group)) calls.push(call);
    expect(calls).toEqual([
      {
        record_type: 'call',
        call_control_id: callId,
        call_leg_id: callId,
        call_session_id: callId,
        call_duration: expect.any(Number),
        client_state: '',
      },
    ]);
    expect((await get(`/connections/${group}/active_calls`, other.key)).status).toBe(404);

    const set = (channels: unknown) => api.call('PATCH', '/v2/inbound_channels', { key: mine.key, body: { channels } });
    expect(errorsOf(await set(5))).toEqual([['10015', '/channels']]);
    await api.admin('PATCH', `/accounts/${mine.account.id}`, { body: { max_channels: 5 } });
    expect([(await set(5)).body.data, errorsOf(await set(6))]).toEqual([
      { record_type: 'inbound_channels', channels: 5 },
      [['10015', '/channels']],
    ]);
    expect((await client.inboundChannels.list()).data).toEqual({ record_type: 'inbound_channels', channels: 5 });
  });
});
