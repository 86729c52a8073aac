import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordRef } from '../../../src/domain/records.ts';
import { newId } from '../../../src/kit/ids.ts';
import type { ApiAnswer, ApiRequest } from '../../support/api-call.ts';
import type { TestAccount } from '../../support/api-harness.ts';
import { countries, NO_RULES, startTelnyxHarness, type TelnyxHarness } from './telnyx-harness.ts';

let api: TelnyxHarness;
let mine: TestAccount;
const country = countries();
beforeAll(async () => {
  api = await startTelnyxHarness();
  mine = await api.newAccount({ creditMinor: 1_000_000 });
});
afterAll(() => api.close());

const numbersOf = (e164s: readonly string[]) => ({ phone_numbers: e164s.map((e164) => ({ phone_number: e164 })) });
const order = (body: unknown, request: ApiRequest = {}): Promise<ApiAnswer> =>
  api.call('POST', '/v2/number_orders', { key: mine.key, body, ...request });
const errorsOf = ({ body }: ApiAnswer) =>
  body.errors.map(({ code, source }: { code: string; source?: { pointer: string } }) => [code, source?.pointer]);

describe('200', () => {
  it('splits by country and type; what needs nothing is active at once, with login, record and history', async () => {
    const [one, two, three] = [country(), country(), country()];
    await api.newRequirement({ country: two });
    const stock = [
      await api.newStock({ country: one, type: 'local' }),
      await api.newStock({ country: one, type: 'mobile' }),
      await api.newStock({ country: one, type: 'local' }),
      await api.newStock({ country: two, type: 'local' }),
      await api.newStock({ country: three, type: 'local' }),
    ];
    const buyer = await api.newAccount({ creditMinor: 2000 });
    const answer = await api.call('POST', '/v2/number_orders', { key: buyer.key, body: numbersOf(stock.map(({ e164 }) => e164)) });
    expect(answer.status, answer.text).toBe(200);
    const { data } = answer.body;
    expect(data.phone_numbers.map((each: { phone_number: string; status: string }) => [each.phone_number, each.status])).toEqual(
      stock.map(({ e164 }, index) => [e164, index === 3 ? 'pending' : 'success']),
    );
    expect(data.sub_number_orders_ids).toHaveLength(4);
    expect(
      Object.keys(data).filter((key) => ['connection_id', 'messaging_profile_id', 'billing_group_id', 'customer_reference'].includes(key)),
    ).toEqual([]);
    expect(await api.money(buyer.account.id)).toEqual({ wallet: 2000 - 1200, held: 300 });
    const ref = recordRef.number('live', stock[0]!.e164);
    expect((await api.records.read([ref])).get(ref)).toMatchObject({ record: { lifecycle: 'active', ownerAccountId: buyer.account.id } });
    const waiting = recordRef.number('live', stock[3]!.e164);
    expect((await api.records.read([waiting])).get(waiting)).toMatchObject({ record: { lifecycle: 'pending' } });
    const logins = await api.sql('select number_id from sip_credentials where account_id = $1', [buyer.account.id]);
    expect(logins).toHaveLength(4);
    const audit = await api.sql('select action from audit where resource = $1', [`order:${data.id}`]);
    expect(audit).toEqual([{ action: 'order.create' }]);
  });

  it('is one core: seen in the other face as what it is, and a purchase there is an order here', async () => {
    const at = country();
    await api.newRequirement({ country: at });
    const [waiting, plain] = [await api.newStock({ country: at }), await api.newStock({ country: country() })];
    const buyer = await api.newAccount();
    await api.call('POST', '/number_orders', { key: buyer.key, body: numbersOf([waiting.e164]) });
    await api.call('POST', '/phone-numbers', { key: buyer.key, body: { inventory_id: plain.id } });
    const kros = await api.call('GET', '/phone-numbers', { key: buyer.key });
    expect(kros.body.phone_numbers.map(({ e164, status }: { e164: string; status: string }) => `${e164} ${status}`).toSorted()).toEqual(
      [`${waiting.e164} pending`, `${plain.e164} active`].toSorted(),
    );
    const orders = await api.call('GET', '/v2/number_orders', { key: buyer.key });
    expect(orders.body.data.map(({ status }: { status: string }) => status)).toEqual(['success', 'pending']);
    expect(orders.body.meta).toEqual({ page_number: 1, page_size: 20, total_pages: 1, total_results: 2 });
    const numbers = await api.call('GET', '/v2/phone_numbers', { key: buyer.key });
    expect(numbers.body.data.map(({ status }: { status: string }) => status).toSorted()).toEqual(['active', 'requirement-info-pending']);
    const direct = await api.newStock({ country: at });
    const refused = await api.call('POST', '/phone-numbers', { key: buyer.key, body: { inventory_id: direct.id } });
    expect([refused.status, refused.body.code]).toEqual([409, 'REQUIREMENTS_OPEN']);
  });

  it('spends nothing in test mode', async () => {
    const { account } = await api.newAccount({ creditMinor: 0 });
    const key = await api.newKey(account, { mode: 'test' });
    const at = country();
    const requirement = await api.newRequirement({ country: at, acceptance: { ...NO_RULES, minLength: 1 } });
    const stock = await api.newStock({ mode: 'test', country: at });
    const placed = await api.call('POST', '/number_orders', { key, body: numbersOf([stock.e164]) });
    expect(placed.status, placed.text).toBe(200);
    const body = { regulatory_requirements: [{ requirement_id: requirement.id, field_value: 'v' }] };
    const done = await api.call('PATCH', `/number_orders/${placed.body.data.id}`, { key, body });
    expect(done.body.data.status).toBe('success');
    const rows = await api.sql('select mode, kind from ledger_transactions where number_id = $1 order by id', [stock.id]);
    expect(rows).toEqual([
      { mode: 'test', kind: 'hold' },
      { mode: 'test', kind: 'capture' },
    ]);
  });

  it('sends the numbers to the connection that was named, and keeps the labels', async () => {
    const group = await api.sql(
      `with g as (insert into trunk_groups (id, name, kind, account_id, mode, created_at, updated_at)
         values ($1, 'PBX', 'customer', $2, 'live', now(), now()) returning id, ext_id)
       , s as (insert into sources (trunk_group_id) select id from g) select id, ext_id::text from g`,
      [newId(), mine.account.id],
    );
    const stock = await api.newStock({ country: country() });
    const answer = await order({
      ...numbersOf([stock.e164]),
      connection_id: group[0].ext_id,
      billing_group_id: 'abc85f64-5717-4562-b3fc-2c9600',
      messaging_profile_id: 'any',
      customer_reference: 'R',
    });
    expect(answer.body.data).toMatchObject({
      connection_id: group[0].ext_id,
      billing_group_id: 'abc85f64-5717-4562-b3fc-2c9600',
      messaging_profile_id: 'any',
    });
    const numbers = await api.call('GET', `/v2/phone_numbers?filter[phone_number]=${stock.e164}`, { key: mine.key });
    expect(numbers.body.data[0]).toMatchObject({ connection_id: group[0].ext_id, connection_name: 'PBX', customer_reference: 'R' });
    const stranger = await api.newAccount();
    const other = await api.newStock({ country: country() });
    for (const extId of [group[0].ext_id, '1', 'x']) {
      const body = { ...numbersOf([other.e164]), connection_id: extId };
      const refused = await api.call('POST', '/v2/number_orders', { key: stranger.key, body });
      expect([refused.status, errorsOf(refused)]).toEqual([422, [['85004', '/connection_id']]]);
    }
  });

  it('has one effect and one answer for one Idempotency-Key, and for a retry of the client', async () => {
    const stock = await api.newStock({ country: country() });
    const headers = { 'Idempotency-Key': newId() };
    const first = await order(numbersOf([stock.e164]), { headers });
    const second = await order(numbersOf([stock.e164]), { headers });
    expect([second.status, second.headers.get('idempotent-replayed'), second.text]).toEqual([200, 'true', first.text]);
    const retried = await order(numbersOf([stock.e164]), { headers: { 'X-Stainless-Retry-Count': '1' } });
    expect([retried.headers.get('idempotent-replayed'), retried.body]).toEqual(['true', first.body]);
    for (const headers of [{ 'X-Stainless-Retry-Count': '0' }, {}])
      expect((await order(numbersOf([stock.e164]), { headers })).status).toBe(422);
    const otherBody = { ...numbersOf([stock.e164]), customer_reference: 'x' };
    expect((await order(otherBody, { headers: { 'X-Stainless-Retry-Count': '1' } })).status).toBe(422);
    api.clock.advance(600_000);
    expect((await order(numbersOf([stock.e164]), { headers: { 'X-Stainless-Retry-Count': '1' } })).status).toBe(422);
  });
});

describe('refused', () => {
  it.each([
    [{}, '10004', '/phone_numbers'],
    [{ phone_numbers: [] }, '10004', '/phone_numbers'],
    [{ phone_numbers: [{}] }, '10004', '/phone_numbers/0/phone_number'],
    [numbersOf(['4420712345']), '10016', '/phone_numbers/0/phone_number'],
    [numbersOf(['+442071234567', '+442071234568', '+442071234567']), '10015', '/phone_numbers/2/phone_number'],
    [numbersOf(Array.from({ length: 1001 }, (_, index) => `+44207${String(index).padStart(7, '0')}`)), '10015', '/phone_numbers'],
    [
      { phone_numbers: [{ phone_number: '+442071234567', requirement_group_id: newId() }] },
      '10017',
      '/phone_numbers/0/requirement_group_id',
    ],
    [{ ...numbersOf(['+442071234567']), customer_reference: 'x'.repeat(256) }, '10015', '/customer_reference'],
  ])('%#: 422 %s', async (body, code, pointer) => {
    const answer = await order(body);
    expect([answer.status, errorsOf(answer)]).toEqual([422, [[code, pointer]]]);
  });

  it('all of it when one number is not available, and the others stay for sale', async () => {
    const [good, owned] = [await api.newStock({ country: country() }), await api.newNumber(mine.key, { country: country() })];
    for (const bad of ['+442070000000', owned.e164]) {
      const answer = await order(numbersOf([good.e164, bad]));
      expect([answer.status, errorsOf(answer)]).toEqual([422, [['85001', undefined]]]);
    }
    expect((await order(numbersOf([good.e164]))).status).toBe(200);
  });

  it('without enough money: 20100, and holds count', async () => {
    const at = country();
    await api.newRequirement({ country: at });
    const poor = await api.newAccount({ creditMinor: 500 });
    const [one, two] = [await api.newStock({ country: at }), await api.newStock({ country: at })];
    const place = (e164s: string[]) => api.call('POST', '/v2/number_orders', { key: poor.key, body: numbersOf(e164s) });
    const both = await place([one.e164, two.e164]);
    expect([both.status, errorsOf(both)]).toEqual([422, [['20100', undefined]]]);
    expect(both.body.errors[0].title).toBe('Insufficient Funds');
    expect((await place([one.e164])).status).toBe(200);
    const second = await place([two.e164]);
    expect(errorsOf(second)).toEqual([['20100', undefined]]);
    expect(second.body.errors[0].detail).toBe('This needs 3.00 USD; 2.00 USD are available.');
    // What is held cannot be spent in another face either.
    const kros = await api.call('POST', '/phone-numbers', {
      key: poor.key,
      body: { inventory_id: (await api.newStock({ country: country() })).id },
    });
    expect([kros.status, kros.body.details]).toEqual([402, { required_cents: 300, available_cents: 200, currency: 'USD' }]);
  });

  it('one of two orders for the same numbers in opposite order, and nobody waits in a circle', async () => {
    const stock = await Promise.all(Array.from({ length: 5 }, () => api.newStock({ country: country() })));
    const e164s = stock.map(({ e164 }) => e164);
    const answers = await Promise.all([order(numbersOf(e164s)), order(numbersOf(e164s.toReversed())), order(numbersOf(e164s))]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 422, 422]);
  });
});

describe('the end of a waiting number', () => {
  it('is a cancelled sub-order: back in stock, hold released, no history of use', async () => {
    const at = country();
    const other = country();
    await api.newRequirement({ country: at });
    const buyer = await api.newAccount({ creditMinor: 1000 });
    const [waiting, active] = [await api.newStock({ country: at }), await api.newStock({ country: other })];
    const place = () => api.call('POST', '/number_orders', { key: buyer.key, body: numbersOf([waiting.e164]) });
    const placed = await api.call('POST', '/number_orders', { key: buyer.key, body: numbersOf([waiting.e164, active.e164]) });
    const [subId, doneId] = placed.body.data.sub_number_orders_ids;
    const cancelled = await api.call('PATCH', `/sub_number_orders/${subId}/cancel`, { key: buyer.key });
    expect(cancelled.body.data).toMatchObject({ status: 'cancelled' });
    expect(await api.money(buyer.account.id)).toEqual({ wallet: 700, held: 0 });
    const order = await api.call('GET', `/number_orders/${placed.body.data.id}`, { key: buyer.key });
    expect(order.body.data).toMatchObject({ status: 'success' });
    for (const id of [subId, doneId]) {
      const again = await api.call('PATCH', `/sub_number_orders/${id}/cancel`, { key: buyer.key });
      expect([again.status, errorsOf(again)]).toEqual([422, [['10027', undefined]]]);
    }
    expect((await place()).status).toBe(200);
  });

  it('is its release in any face: the item is deleted, the hold released', async () => {
    const at = country();
    await api.newRequirement({ country: at });
    const buyer = await api.newAccount({ creditMinor: 1000 });
    const stock = await api.newStock({ country: at });
    const placed = await api.call('POST', '/number_orders', { key: buyer.key, body: numbersOf([stock.e164]) });
    expect((await api.call('DELETE', `/phone-numbers/${stock.id}`, { key: buyer.key })).status).toBe(204);
    expect(await api.money(buyer.account.id)).toEqual({ wallet: 1000, held: 0 });
    const read = await api.call('GET', `/v2/number_orders/${placed.body.data.id}`, { key: buyer.key });
    expect(read.body.data).toMatchObject({ status: 'deleted', phone_numbers: [{ status: 'deleted', requirements_status: 'deleted' }] });
  });
});
