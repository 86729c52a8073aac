import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../src/kit/ids.ts';
import type { ApiAnswer } from '../../support/api-call.ts';
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

/** A tax number of nine digits, approved by rule, and a name that a person must look at. */
async function orderOf(numbers = 2) {
  const at = country();
  const tax = await api.newRequirement({ country: at, name: 'Tax number', acceptance: { ...NO_RULES, pattern: '\\d{9}' } });
  const name = await api.newRequirement({ country: at, name: 'Name' });
  const address = await api.newRequirement({ country: at, name: 'Address', numberType: 'mobile', fieldType: 'address' });
  const stock = await Promise.all(Array.from({ length: numbers }, () => api.newStock({ country: at })));
  return { at, tax, name, address, stock, order: await place(stock.map(({ e164 }) => e164)) };
}
async function place(e164s: readonly string[]) {
  const body = { phone_numbers: e164s.map((e164) => ({ phone_number: e164 })), customer_reference: 'MY REF 001' };
  const answer = await api.call('POST', '/number_orders', { key: mine.key, body });
  expect(answer.status, answer.text).toBe(200);
  return answer.body.data;
}
const patch = (id: string, body: unknown): Promise<ApiAnswer> => api.call('PATCH', `/number_orders/${id}`, { key: mine.key, body });
const value = (requirementId: string, fieldValue: unknown) => ({ requirement_id: requirementId, field_value: fieldValue });
const versionOf = async (id: string): Promise<number> =>
  (await api.sql('select version from number_orders where id = $1', [id]))[0].version;
const auditOf = (id: string) => api.sql('select action from audit where resource = $1 order by id', [`order:${id}`]);
/** Code and pointer of each error. */
const errorsOf = ({ body }: ApiAnswer) =>
  body.errors.map(({ code, source }: { code: string; source?: { pointer: string } }) => [code, source?.pointer]);

describe('the seed', () => {
  it('takes its body as it is, and answers with its 15 fields', async () => {
    const at = country();
    const requirement = await api.newRequirement({ country: at, acceptance: { ...NO_RULES, minLength: 36, maxLength: 36 } });
    const stock = await api.newStock({ country: at, region: 'San Francisco' });
    const order = await place([stock.e164]);
    expect(Object.keys(order.phone_numbers[0])).toEqual([
      'bundle_id',
      'country_code',
      'deadline',
      'id',
      'is_block_number',
      'locality',
      'order_request_id',
      'phone_number',
      'phone_number_type',
      'record_type',
      'regulatory_requirements',
      'requirements_met',
      'requirements_status',
      'status',
      'sub_number_order_id',
    ]);
    const answer = await patch(order.id, {
      customer_reference: 'MY REF 001',
      regulatory_requirements: [value(requirement.id, '45f45a04-b4be-4592-95b1-9306b9db2b21')],
    });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get('dialplane-propagation')).toBe('applied');
    const { data } = answer.body;
    expect(data).toEqual({
      ...order,
      phone_numbers: [
        {
          bundle_id: null,
          country_code: at,
          id: order.phone_numbers[0].id,
          is_block_number: false,
          locality: 'San Francisco',
          order_request_id: order.id,
          phone_number: stock.e164,
          phone_number_type: 'local',
          record_type: 'number_order_phone_number',
          regulatory_requirements: [
            {
              field_type: 'textual',
              field_value: '45f45a04-b4be-4592-95b1-9306b9db2b21',
              record_type: 'phone_number_regulatory_requirement',
              requirement_id: requirement.id,
            },
          ],
          requirements_met: true,
          requirements_status: 'approved',
          status: 'success',
          sub_number_order_id: order.sub_number_orders_ids[0],
        },
      ],
      requirements_met: true,
      status: 'success',
      updated_at: expect.any(String),
    });
    const strict = await api.call('GET', `/v2/number_orders/${order.id}`, { key: mine.key });
    expect(strict.body.data.phone_numbers[0]).not.toHaveProperty('bundle_id');
  });

  it('answers its curl, whose id is empty, with 404 10005', async () => {
    const body = { customer_reference: 'MY REF 001', regulatory_requirements: [] };
    for (const path of ['/number_orders/', '/v2/number_orders/', '/number_orders/not-a-uuid', `/number_orders/${newId()}`]) {
      const answer = await api.call('PATCH', path, { key: mine.key, body });
      expect([path, answer.status, errorsOf(answer)]).toEqual([path, 404, [['10005', undefined]]]);
    }
    expect((await api.call('PATCH', '/number_orders/', { body })).status).toBe(401);
  });
});

describe('customer_reference', () => {
  it('is copied to the sub-orders, and null or nothing clears it', async () => {
    const { order } = await orderOf();
    for (const [given, shown] of [
      ['NEW', 'NEW'],
      [null, undefined],
      ['x'.repeat(255), 'x'.repeat(255)],
      ['', undefined],
    ]) {
      const answer = await patch(order.id, { customer_reference: given });
      expect(answer.status).toBe(200);
      expect(answer.body.data.customer_reference).toBe(shown);
      const sub = await api.call('GET', `/sub_number_orders/${order.sub_number_orders_ids[0]}`, { key: mine.key });
      expect(sub.body.data.customer_reference).toBe(shown);
    }
    const long = await patch(order.id, { customer_reference: 'x'.repeat(256) });
    expect([long.status, errorsOf(long)]).toEqual([422, [['10015', '/customer_reference']]]);
  });

  it('may change in every status', async () => {
    const done = await place([(await api.newStock({ country: country() })).e164]);
    expect(done.status).toBe('success');
    expect((await patch(done.id, { customer_reference: 'LATER' })).body.data.customer_reference).toBe('LATER');
  });

  it('leaves no version and no audit row where nothing changes', async () => {
    const { order } = await orderOf();
    for (const body of [
      {},
      { customer_reference: 'MY REF 001' },
      { regulatory_requirements: [] },
      { regulatory_requirements: null },
      { other: 1 },
    ]) {
      expect((await patch(order.id, body)).status, JSON.stringify(body)).toBe(200);
    }
    expect(await versionOf(order.id)).toBe(1);
    expect(await auditOf(order.id)).toEqual([{ action: 'order.create' }]);
    await patch(order.id, { customer_reference: 'OTHER' });
    expect(await versionOf(order.id)).toBe(2);
    expect(await auditOf(order.id)).toEqual([{ action: 'order.create' }, { action: 'order.update' }]);
  });
});

describe('regulatory_requirements', () => {
  it('merges by id over all numbers that need it, recomputes, and clears the deadline once all is there', async () => {
    const { order, tax, name } = await orderOf(2);
    expect(order.phone_numbers.map((each: { deadline: string }) => Date.parse(each.deadline) > api.clock.now())).toEqual([true, true]);
    const first = await patch(order.id, { regulatory_requirements: [value(tax.id, '123456789')] });
    expect(first.body.data).toMatchObject({ requirements_met: false, status: 'pending' });
    for (const each of first.body.data.phone_numbers) {
      expect(each).toMatchObject({ requirements_status: 'requirement-info-pending', deadline: expect.any(String) });
      expect(each.regulatory_requirements.map(({ field_value: given }: { field_value?: string }) => given)).toEqual([
        '123456789',
        undefined,
      ]);
    }
    const second = await patch(order.id, { regulatory_requirements: [value(name.id.toUpperCase(), 'Ann')] });
    for (const each of second.body.data.phone_numbers) {
      expect(each).toMatchObject({ requirements_status: 'requirement-info-under-review', requirements_met: false, status: 'pending' });
      expect(each).not.toHaveProperty('deadline');
    }
    const sub = await api.call('GET', `/sub_number_orders/${order.sub_number_orders_ids[0]}?filter[include_phone_numbers]=true`, {
      key: mine.key,
    });
    expect(sub.body.data.phone_numbers[0].regulatory_requirements.map(({ status }: { status: string }) => status)).toEqual([
      'approved',
      'pending-approval',
    ]);
  });

  it('leaves approved values as they are', async () => {
    const { order, tax } = await orderOf(1);
    await patch(order.id, { regulatory_requirements: [value(tax.id, '123456789')] });
    const again = await patch(order.id, { regulatory_requirements: [value(tax.id, '999999999')] });
    expect(again.status).toBe(200);
    expect(again.body.data.phone_numbers[0].regulatory_requirements[0].field_value).toBe('123456789');
    expect(await versionOf(order.id)).toBe(2);
  });

  it('refuses each bad entry at its place and changes nothing', async () => {
    const { order, tax, name } = await orderOf(1);
    const unknown = newId();
    const answer = await patch(order.id, {
      customer_reference: 'NOT THIS',
      regulatory_requirements: [
        value(name.id, 'Ann'),
        value(unknown, 'x'),
        value(tax.id, 'letters'),
        value(name.id, 'Bob'),
        value('no uuid', 'x'),
      ],
    });
    expect(answer.status).toBe(422);
    expect(errorsOf(answer)).toEqual([
      ['10015', '/regulatory_requirements/1/requirement_id'],
      ['10015', '/regulatory_requirements/2/field_value'],
      ['10015', '/regulatory_requirements/3/requirement_id'],
      ['10015', '/regulatory_requirements/4/requirement_id'],
    ]);
    expect(answer.body.errors[0]).toEqual({
      code: '10015',
      title: 'Bad Request',
      detail: 'No number of this order needs this requirement.',
      source: { pointer: '/regulatory_requirements/1/requirement_id' },
      meta: { url: 'https://developers.telnyx.com/docs/overview/errors/10015' },
    });
    const read = await api.call('GET', `/number_orders/${order.id}`, { key: mine.key });
    expect(read.body.data).toEqual(order);
    expect(await versionOf(order.id)).toBe(1);
  });

  it.each([
    [{ field_value: 'x' }, '/regulatory_requirements/0/requirement_id'],
    [{ requirement_id: null, field_value: 'x' }, '/regulatory_requirements/0/requirement_id'],
    [{ requirement_id: 'x' }, '/regulatory_requirements/0/field_value'],
    [{ requirement_id: 'x', field_value: '' }, '/regulatory_requirements/0/field_value'],
  ])('needs both: %j is 10004', async (entry, pointer) => {
    const { order } = await orderOf(1);
    const answer = await patch(order.id, { regulatory_requirements: [entry] });
    expect([answer.status, errorsOf(answer)]).toEqual([422, [['10004', pointer]]]);
  });

  it('has no addresses and documents of anybody: 10017', async () => {
    const { at, address } = await orderOf(1);
    const order = await place([(await api.newStock({ country: at, type: 'mobile' })).e164]);
    const answer = await patch(order.id, { regulatory_requirements: [value(address.id, newId())] });
    expect([answer.status, errorsOf(answer)]).toEqual([422, [['10017', '/regulatory_requirements/0/field_value']]]);
  });

  it('says 85003 once all are satisfied, and 10027 where an order ended otherwise', async () => {
    const at = country();
    const requirement = await api.newRequirement({ country: at, acceptance: { ...NO_RULES, acceptableValues: ['yes'] } });
    const offer = { regulatory_requirements: [value(requirement.id, 'yes')] };
    const order = await place([(await api.newStock({ country: at })).e164]);
    expect((await patch(order.id, offer)).body.data.status).toBe('success');
    const satisfied = await patch(order.id, offer);
    expect([satisfied.status, errorsOf(satisfied)]).toEqual([422, [['85003', undefined]]]);
    const plain = await place([(await api.newStock({ country: country() })).e164]);
    const ended = await patch(plain.id, offer);
    expect([ended.status, errorsOf(ended)]).toEqual([422, [['10027', undefined]]]);
    const cancelled = await place([(await api.newStock({ country: at })).e164]);
    await api.call('PATCH', `/sub_number_orders/${cancelled.sub_number_orders_ids[0]}/cancel`, { key: mine.key });
    expect(errorsOf(await patch(cancelled.id, offer))).toEqual([['10027', undefined]]);
  });

  it('is for its own scope on sub-orders and single numbers', async () => {
    const at = country();
    const requirement = await api.newRequirement({ country: at, acceptance: { ...NO_RULES, minLength: 1 } });
    const stock = await Promise.all([api.newStock({ country: at }), api.newStock({ country: at })]);
    const order = await place(stock.map(({ e164 }) => e164));
    const [one, two] = order.phone_numbers;
    const body = { regulatory_requirements: [value(requirement.id, 'v')] };
    const number = await api.call('PATCH', `/number_order_phone_numbers/${one.id}`, { key: mine.key, body });
    expect(number.body.data).toMatchObject({ id: one.id, status: 'success' });
    const other = await api.call('GET', `/number_order_phone_numbers/${two.id}`, { key: mine.key });
    expect(other.body.data).toMatchObject({ status: 'pending', requirements_met: false });
    const sub = await api.call('PATCH', `/sub_number_orders/${order.sub_number_orders_ids[0]}`, { key: mine.key, body });
    expect(sub.body.data).toMatchObject({ status: 'success', requirements_met: true, phone_numbers_count: 2 });
  });

  it('activates once, whoever comes at the same time', async () => {
    const at = country();
    const requirement = await api.newRequirement({ country: at, acceptance: { ...NO_RULES, minLength: 1 } });
    const stock = await api.newStock({ country: at });
    const order = await place([stock.e164]);
    const body = { regulatory_requirements: [value(requirement.id, 'v')] };
    const answers = await Promise.all(Array.from({ length: 8 }, () => patch(order.id, body)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 7 }, () => 422)]);
    const kinds = await api.sql('select kind from ledger_transactions where number_id = $1 order by id', [stock.id]);
    expect(kinds).toEqual([{ kind: 'hold' }, { kind: 'capture' }]);
    expect(await api.sql('select 1 from sip_credentials where number_id = $1', [stock.id])).toHaveLength(1);
  });
});

describe('a body that is none', () => {
  it.each([
    [{ raw: '{"customer_reference":"x"}' }, 400, '10029'],
    [{ raw: '{', headers: { 'Content-Type': 'application/json' } }, 400, '10023'],
    [{}, 422, '10004'],
    [{ body: [] }, 422, '10015'],
    [{ body: { regulatory_requirements: 'x' } }, 422, '10015'],
    [{ body: { customer_reference: 7 } }, 422, '10015'],
  ])('%j is %i %s', async (request, status, code) => {
    const { order } = await orderOf(1);
    const answer = await api.call('PATCH', `/number_orders/${order.id}`, { key: mine.key, ...request });
    expect([answer.status, answer.body.errors[0].code]).toEqual([status, code]);
  });
});
