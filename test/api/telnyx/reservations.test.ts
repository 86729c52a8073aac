import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../src/kit/ids.ts';
import { DAY_MS, type TestAccount } from '../../support/api-harness.ts';
import { errorsOf, type OrderWorld, placeOrder, startOrderWorld } from './order-world.ts';

const MINUTE_MS = 60_000;

let api: OrderWorld;
let mine: TestAccount;
let other: TestAccount;
beforeAll(async () => {
  api = await startOrderWorld();
  mine = await api.newAccount({ creditMinor: 1_000_000 });
  other = await api.newAccount({ creditMinor: 1_000_000 });
});
afterAll(() => api.close());

const reserve = (e164s: readonly string[], { key } = mine, more: object = {}) =>
  api.call('POST', '/v2/number_reservations', { key, body: { phone_numbers: e164s.map((e164) => ({ phone_number: e164 })), ...more } });
const extend = (id: string, { key } = mine) => api.call('POST', `/v2/number_reservations/${id}/actions/extend`, { key });
const get = async (id: string) => (await api.call('GET', `/v2/number_reservations/${id}`, { key: mine.key })).body.data;
const stock = async (count: number): Promise<string[]> => {
  const e164s: string[] = [];
  for (let n = 0; n < count; n += 1) e164s.push((await api.newStock()).e164);
  return e164s;
};
const order = (e164: string, { key }: TestAccount) =>
  api.call('POST', '/number_orders', { key, body: { phone_numbers: [{ phone_number: e164 }] } });
/** True when all three faces show the number to the account. */
async function isShown(e164: string, { key, account }: TestAccount): Promise<boolean> {
  const digits = e164.slice(3);
  const telnyx = await api.call('GET', `/v2/available_phone_numbers?filter[country_code]=GB&filter[phone_number][contains]=${digits}`, {
    key,
  });
  const kros = await api.call('GET', `/phone-numbers?action=available&limit=100`, { key });
  const shown = [telnyx.body.data.length, kros.body.phone_numbers.filter((each: { e164: string }) => each.e164 === e164).length];
  expect(new Set(shown).size, `${account.id} ${shown}`).toBe(1);
  return shown[0] === 1;
}

describe('a reservation', () => {
  it('keeps a number for its holder: nobody else sees or buys it until the time is over, without any job', async () => {
    const [e164 = ''] = await stock(1);
    const made = await reserve([e164], mine, { customer_reference: 'MY REF 001' });
    expect(made.status, made.text).toBe(200);
    const { data } = made.body;
    const [item] = data.phone_numbers;
    expect(data).toEqual({
      id: expect.any(String),
      record_type: 'number_reservation',
      status: 'success',
      customer_reference: 'MY REF 001',
      phone_numbers: [
        {
          id: expect.any(String),
          record_type: 'reserved_phone_number',
          phone_number: e164,
          status: 'success',
          expired_at: expect.any(String),
          created_at: data.created_at,
          updated_at: data.created_at,
        },
      ],
      created_at: expect.any(String),
      updated_at: data.created_at,
    });
    const until = Date.parse(item.expired_at);
    expect(until - Date.parse(data.created_at)).toBe(30 * MINUTE_MS);
    expect(await get(data.id)).toEqual(data);
    expect([await isShown(e164, mine), await isShown(e164, other)]).toEqual([true, false]);
    const found = await api.call('GET', `/v2/available_phone_numbers?filter[phone_number][contains]=${e164.slice(1)}`, { key: mine.key });
    expect(found.body.data[0].reservable).toBe(false);
    const reservable = '&filter[reservable]=true';
    const none = await api.call('GET', `/v2/available_phone_numbers?filter[phone_number][contains]=${e164.slice(1)}${reservable}`, {
      key: mine.key,
    });
    expect(none.body.data).toEqual([]);
    const refused = await order(e164, other);
    expect(refused.text).toBe((await order('+442079999999', other)).text);
    expect(errorsOf(refused)[0]?.[0]).toBe('85001');
    const [row] = await api.sql('select id from numbers where e164 = $1', [e164]);
    expect((await api.call('POST', '/phone-numbers', { key: other.key, body: { inventory_id: row.id } })).status).toBe(404);

    api.clock.advance(until - api.clock.now() - 60_000);
    expect(await isShown(e164, other)).toBe(false);
    api.clock.advance(until - api.clock.now());
    expect(await isShown(e164, other)).toBe(true);
    expect((await order(e164, other)).status).toBe(200);
    expect(errorsOf(await extend(data.id))[0]?.[0]).toBe('10027');
  });

  it('is consumed by the purchase of its holder, in any face, and then keeps nothing', async () => {
    const [first = '', second = ''] = await stock(2);
    const { id } = (await reserve([first, second])).body.data;
    expect((await order(first, mine)).status).toBe(200);
    const [row] = await api.sql('select id from numbers where e164 = $1', [second]);
    expect((await api.call('POST', '/phone-numbers', { key: mine.key, body: { inventory_id: row.id } })).status).toBe(201);
    expect(errorsOf(await extend(id))[0]?.[0]).toBe('10027');
    // Given back it is anybody's: nothing of the reservation is left on it.
    expect((await api.call('DELETE', `/phone-numbers/${row.id}`, { key: mine.key })).status).toBe(204);
    expect((await order(second, other)).status).toBe(200);
  });

  it('is extended by its own time, as often as it may be, for what is still kept', async () => {
    const [first = '', second = ''] = await stock(2);
    const { data } = (await reserve([first, second])).body;
    const [end] = data.phone_numbers.map((each: { expired_at: string }) => Date.parse(each.expired_at));
    api.clock.advance(10 * MINUTE_MS);
    expect((await order(second, mine)).status).toBe(200);
    const once = await extend(data.id);
    expect(once.status, once.text).toBe(200);
    const ends = (answer: { body: { data: typeof data } }) =>
      answer.body.data.phone_numbers.map((each: { expired_at: string }) => Date.parse(each.expired_at));
    expect(ends(once)).toEqual([end + 30 * MINUTE_MS, end]);
    api.clock.advance(40 * MINUTE_MS);
    expect([await isShown(first, other), (await order(first, other)).status]).toEqual([false, 422]);
    expect(ends(await extend(data.id))).toEqual([end + 60 * MINUTE_MS, end]);
    const third = await extend(data.id);
    expect([third.status, errorsOf(third)[0]?.[0]]).toEqual([422, '85008']);
    expect(await api.actions(`reservation:${data.id}`)).toEqual(['reservation.create', 'reservation.extend', 'reservation.extend']);
    api.clock.advance(40 * MINUTE_MS);
    expect((await order(first, other)).status).toBe(200);
  });

  it('is extended a second time by a request whose first try never came here; the retry of a lost answer extends nothing', async () => {
    const { id } = (await reserve(await stock(1))).body.data;
    const again = () =>
      api.call('POST', `/v2/number_reservations/${id}/actions/extend`, { key: mine.key, headers: { 'x-stainless-retry-count': '1' } });
    expect((await extend(id)).status).toBe(200);
    const replayed = await again();
    expect([replayed.status, replayed.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    api.clock.advance(5 * MINUTE_MS);
    const second = await again();
    expect([second.status, second.headers.get('idempotent-replayed')]).toEqual([200, null]);
    const [row] = await api.sql('select extensions from number_reservations where id = $1', [id]);
    expect(row.extensions).toBe(2);
  });

  it('tries its numbers one by one: some may fail, and when all do nothing is made', async () => {
    const [free = '', taken = '', theirs = ''] = await stock(3);
    expect((await reserve([taken, theirs], other)).status).toBe(200);
    expect((await order(theirs, other)).status).toBe(200);
    const some = await reserve([taken, free, '+442079999999', theirs]);
    expect([some.status, some.body.data.status]).toEqual([200, 'partial_success']);
    expect(some.body.data.phone_numbers.map((each: Record<string, string>) => [each.phone_number, each.status, each.errors])).toEqual([
      [taken, 'failure', 'Number is already on hold'],
      [free, 'success', undefined],
      ['+442079999999', 'failure', 'Number is not available'],
      [theirs, 'failure', 'Number is not available'],
    ]);
    const before = await api.sql('select count(*) as n from number_reservations');
    for (const [e164s, code] of [
      [[taken], '85006'],
      [[free], '85006'],
      [[taken, theirs], '85006'],
      [[theirs], '85001'],
      [['+442079999999'], '85001'],
    ] as const) {
      const answer = await reserve(e164s);
      expect([answer.status, errorsOf(answer)], e164s.join()).toEqual([422, [[code, undefined]]]);
    }
    expect(await api.sql('select count(*) as n from number_reservations')).toEqual(before);
    // One that cools off after somebody else is as good as none.
    const [cooling = ''] = await stock(1);
    await api.sql('update numbers set available_at = $2, last_owner_account_id = $3 where e164 = $1', [
      cooling,
      new Date(api.clock.now() + DAY_MS).toISOString(),
      other.account.id,
    ]);
    expect(errorsOf(await reserve([cooling]))[0]?.[0]).toBe('85001');
    expect((await reserve([cooling], other)).status).toBe(200);
  });

  it('counts against one limit of the account and its sub-accounts, at the same moment too', async () => {
    const buyer = await api.newAccount();
    const child = await api.newAccount({ parent: buyer.account });
    const e164s = await stock(104);
    expect((await reserve(e164s.slice(0, 96), buyer)).status).toBe(200);
    const answers = await Promise.all(e164s.slice(96).map((e164, n) => reserve([e164], n % 2 === 0 ? buyer : child)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 422, 422, 422, 422]);
    const codes = answers.filter(({ status }) => status === 422).map((answer) => errorsOf(answer)[0]?.[0]);
    expect(codes).toEqual(['85007', '85007', '85007', '85007']);
    api.clock.advance(30 * MINUTE_MS);
    expect((await reserve(e164s.slice(0, 100), child)).status).toBe(200);
    expect((await reserve(e164s.slice(100), buyer)).status).toBe(422);
  });

  it('of two who want the same number one gets it, and a purchase at that moment wins or loses, never both', async () => {
    for (let round = 0; round < 6; round += 1) {
      const [e164 = ''] = await stock(1);
      const [reserved, rival, bought] = await Promise.all([reserve([e164]), reserve([e164], other), order(e164, other)]);
      const [row] = await api.sql(
        'select lifecycle, owner_account_id, reserved_owner_account_id as kept_for from numbers where e164 = $1',
        [e164],
      );
      expect([reserved.status, rival.status].filter((status) => status === 200).length).toBeLessThanOrEqual(1);
      if (bought.status === 200) expect(row).toEqual({ lifecycle: 'active', owner_account_id: other.account.id, kept_for: null });
      else expect([row.kept_for, reserved.status]).toEqual([mine.account.id, 200]);
    }
  });

  it('is listed for its holder alone, by status, time, number and reference; its fields are judged', async () => {
    const stranger = await api.newAccount();
    const [e164 = '', second = ''] = await stock(2);
    const { data } = (await reserve([e164], stranger, { customer_reference: 'ref 7' })).body;
    api.clock.advance(1000);
    const later = (await reserve([second, e164], stranger)).body.data;
    const listed = async (query: string) => {
      const { body } = await api.call('GET', `/v2/number_reservations?${query}`, { key: stranger.key });
      return body.data.map(({ id }: { id: string }) => id);
    };
    expect(await listed('')).toEqual([later.id, data.id]);
    expect(await listed('filter[status]=success')).toEqual([data.id]);
    expect(await listed('filter[status]=partial_success')).toEqual([later.id]);
    expect(await listed('filter[status]=pending')).toEqual([]);
    expect(await listed('filter[customer_reference]=ref%207')).toEqual([data.id]);
    expect(await listed(`filter[phone_numbers.phone_number]=${second}`)).toEqual([later.id]);
    expect(await listed(`filter[created_at][gt]=${data.created_at}`)).toEqual([later.id]);
    expect(await listed(`filter[created_at][lt]=${later.created_at}`)).toEqual([data.id]);
    expect((await extend(data.id)).text).toBe((await extend(newId())).text);
    for (const [body, code, pointer] of [
      [{}, '10004', '/phone_numbers'],
      [{ phone_numbers: [] }, '10004', '/phone_numbers'],
      [{ phone_numbers: [{ phone_number: '0207' }] }, '10016', '/phone_numbers/0/phone_number'],
      [{ phone_numbers: [{ phone_number: e164 }, { phone_number: e164 }] }, '10015', '/phone_numbers/1/phone_number'],
      [{ phone_numbers: [{ phone_number: e164 }], customer_reference: 'x'.repeat(256) }, '10015', '/customer_reference'],
    ] as const) {
      const answer = await api.call('POST', '/v2/number_reservations', { key: stranger.key, body });
      expect([answer.status, errorsOf(answer)], JSON.stringify(body).slice(0, 80)).toEqual([422, [[code, pointer]]]);
    }
    const test = await api.newKey(mine.account, { mode: 'test' });
    const [live = ''] = await stock(1);
    const crossed = await api.call('POST', '/v2/number_reservations', { key: test, body: { phone_numbers: [{ phone_number: live }] } });
    expect(errorsOf(crossed)[0]?.[0]).toBe('85001');
    await placeOrder(api, mine.key, live);
  });
});
