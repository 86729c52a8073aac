import Telnyx from 'telnyx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Requirement } from '../../../src/domain/requirement.ts';
import type { TestAccount } from '../../support/api-harness.ts';
import { NO_RULES, startTelnyxHarness, type TelnyxHarness } from './telnyx-harness.ts';

let api: TelnyxHarness;
let mine: TestAccount;
let client: Telnyx;
let requirement: Requirement;
beforeAll(async () => {
  api = await startTelnyxHarness();
  mine = await api.newAccount({ creditMinor: 10_000 });
  client = new Telnyx({ apiKey: mine.key, baseURL: `${api.url}/v2`, maxRetries: 0, timeout: 10_000 });
  requirement = await api.newRequirement({ country: 'DE', acceptance: { ...NO_RULES, pattern: '[0-9]{9}' } });
});
afterAll(() => api.close());

describe('the official SDK', () => {
  it('creates, reads, updates and lists an order: a value that fits activates the number', async () => {
    const waiting = await api.newStock({ e164: '+4930123456', country: 'DE' });
    const ready = await api.newStock({ country: 'GB' });
    const created = await client.numberOrders.create({
      phone_numbers: [{ phone_number: waiting.e164 }, { phone_number: ready.e164 }],
      customer_reference: 'MY REF 001',
    });
    const id = created.data?.id ?? '';
    expect(created.data).toMatchObject({
      status: 'pending',
      requirements_met: false,
      phone_numbers_count: 2,
      customer_reference: 'MY REF 001',
    });
    expect(created.data?.sub_number_orders_ids).toHaveLength(2);
    expect(await api.money(mine.account.id)).toEqual({ wallet: 9700, held: 300 });

    const read = await client.numberOrders.retrieve(id);
    expect(read.data).toEqual(created.data);

    const updated = await client.numberOrders.update(id, {
      customer_reference: 'MY REF 002',
      regulatory_requirements: [{ requirement_id: requirement.id, field_value: '123456789' }],
    });
    expect(updated.data).toMatchObject({ status: 'success', requirements_met: true, customer_reference: 'MY REF 002' });
    expect(await api.money(mine.account.id)).toEqual({ wallet: 9400, held: 0 });

    const listed = [];
    for await (const order of client.numberOrders.list({ filter: { status: 'success', customer_reference: 'MY REF 002' } }))
      listed.push(order);
    expect(listed.map((order) => order.id)).toEqual([id]);
    expect(listed[0]?.phone_numbers?.map((each) => Object.keys(each).toSorted())).toEqual([
      ['id', 'phone_number'],
      ['id', 'phone_number'],
    ]);

    const own = await api.call('GET', '/phone-numbers', { key: mine.key });
    expect(own.body.phone_numbers.map((each: { e164: string; status: string }) => [each.e164, each.status]).toSorted()).toEqual(
      [
        [waiting.e164, 'active'],
        [ready.e164, 'active'],
      ].toSorted(),
    );
  });

  it('reads sub-orders, ordered numbers, the search, numbers and the balance', async () => {
    const stock = await api.newStock({ country: 'DE', type: 'local' });
    const created = await client.numberOrders.create({ phone_numbers: [{ phone_number: stock.e164 }] });
    const [subId = ''] = created.data?.sub_number_orders_ids ?? [];
    const sub = await client.subNumberOrders.retrieve(subId, { filter: { include_phone_numbers: true } });
    expect(sub.data).toMatchObject({
      status: 'pending',
      country_code: 'DE',
      phone_number_type: 'local',
      order_request_id: created.data?.id,
    });
    expect((await client.subNumberOrders.list({ filter: { status: 'pending' } })).data?.map(({ id }) => id)).toEqual([subId]);
    const [item] = created.data?.phone_numbers ?? [];
    const number = await client.numberOrderPhoneNumbers.retrieve(item?.id ?? '');
    expect(number.data).toMatchObject({ requirements_status: 'requirement-info-pending', bundle_id: null, sub_number_order_id: subId });
    expect((await client.numberOrderPhoneNumbers.list({ filter: { country_code: 'DE' } })).data?.[0]).toMatchObject({ id: item?.id });
    const done = await client.numberOrderPhoneNumbers.updateRequirements(item?.id ?? '', {
      regulatory_requirements: [{ requirement_id: requirement.id, field_value: '987654321' }],
    });
    expect(done.data).toMatchObject({ status: 'success', requirements_met: true, requirements_status: 'approved' });
    await api.newStock({ e164: '+442071230001', capabilities: ['voice', 'sms'] });
    const found = await client.availablePhoneNumbers.list({
      filter: { country_code: 'GB', phone_number: { starts_with: '207123' }, features: ['voice', 'sms'], limit: 5 },
    });
    expect(found.data).toMatchObject([
      { phone_number: '+442071230001', cost_information: { upfront_cost: '1.00', monthly_cost: '2.00', currency: 'USD' } },
    ]);
    const owned = await client.phoneNumbers.list({ filter: { phone_number: stock.e164 } });
    expect(owned.data).toMatchObject([{ phone_number: stock.e164, status: 'active' }]);
    expect((await client.phoneNumbers.retrieve(owned.data?.[0]?.id ?? '')).data?.phone_number).toBe(stock.e164);
    expect((await client.balance.retrieve()).data).toMatchObject({ balance: '91.00', available_credit: '91.00', currency: 'USD' });
  });

  it('learns what went wrong from status, class and code', async () => {
    const refused = await client.numberOrders
      .create({ phone_numbers: [{ phone_number: '+442079999999' }] })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Telnyx.UnprocessableEntityError);
    expect((refused as { error: { errors: { code: string }[] } }).error.errors[0]?.code).toBe('85001');
    await expect(client.numberOrders.retrieve('12ade33a-21c0-473b-b055-b3c836e1c292')).rejects.toBeInstanceOf(Telnyx.NotFoundError);
    const stranger = new Telnyx({ apiKey: 'nobody', baseURL: `${api.url}/v2`, maxRetries: 0 });
    await expect(stranger.numberOrders.list()).rejects.toBeInstanceOf(Telnyx.AuthenticationError);
  });

  it('gets its order again when it retries after no answer came', async () => {
    const stock = await api.newStock();
    const body = { phone_numbers: [{ phone_number: stock.e164 }] };
    let calls = 0;
    const deaf = new Telnyx({
      apiKey: mine.key,
      baseURL: `${api.url}/v2`,
      maxRetries: 1,
      fetch: async (url, init) => {
        const answer = await fetch(url as string, init as RequestInit);
        calls += 1;
        // The order is placed; its answer is lost on the way.
        if (calls === 1) throw new TypeError('socket hang up');
        return answer;
      },
    });
    const { data, response } = await deaf.numberOrders.create(body).withResponse();
    expect(calls).toBe(2);
    expect(response.headers.get('idempotent-replayed')).toBe('true');
    expect(data.data?.status).toBe('success');
    const orders = await api.sql('select count(*) as n from order_items where e164 = $1', [stock.e164]);
    expect(orders[0].n).toBe(1);
  });
});
