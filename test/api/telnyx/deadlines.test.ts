import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endOverdue } from '../../../src/app/orders/end-overdue.ts';
import { DAY_MS, type TestAccount } from '../../support/api-harness.ts';
import { type OrderWorld, startOrderWorld } from './order-world.ts';

let api: OrderWorld;
let mine: TestAccount;
const requirement: Record<string, string> = {};
beforeAll(async () => {
  api = await startOrderWorld();
  mine = await api.newAccount({ creditMinor: 100_000 });
  for (const country of ['DE', 'FR']) {
    const body = { country, type: 'local', name: 'Tax number', field_type: 'textual', acceptance: { regex: '\\d{9}' } };
    requirement[country] = (await api.made('/requirements', body)).id;
  }
});
afterAll(() => api.close());

const end = (): Promise<number> => api.runDue('requirement-deadlines', { 'requirement-deadlines': endOverdue({ clock: api.clock }) });
const order = async (...countries: readonly string[]) => {
  const stock = [];
  for (const country of countries) stock.push(await api.newStock({ country }));
  const body = { phone_numbers: stock.map(({ e164 }) => ({ phone_number: e164 })) };
  const answer = await api.call('POST', '/number_orders', { key: mine.key, body });
  expect(answer.status, answer.text).toBe(200);
  return { ...answer.body.data, stock };
};
const read = async (path: string) => (await api.call('GET', path, { key: mine.key })).body.data;
const give = (itemId: string, country: string) =>
  api.call('PATCH', `/number_order_phone_numbers/${itemId}`, {
    key: mine.key,
    body: { regulatory_requirements: [{ requirement_id: requirement[country], field_value: '123456789' }] },
  });
const held = async (): Promise<number> =>
  (await api.sql('select held_minor from balances where account_id = $1', [mine.account.id]))[0].held_minor;
const inStock = async (id: string) => (await api.sql('select lifecycle, owner_account_id, version from numbers where id = $1', [id]))[0];

describe('the deadline of an ordered number', () => {
  it('cancels it when it passes: hold released, number back in stock, one audit row, the rest of the order untouched', async () => {
    const placed = await order('DE', 'GB');
    const [waiting, active] = placed.phone_numbers;
    expect(Date.parse(waiting.deadline)).toBe(Date.parse(placed.created_at) + 30 * DAY_MS);
    expect([placed.status, await held()]).toEqual(['pending', 300]);
    api.clock.advance(30 * DAY_MS - 60_000);
    expect(await end()).toBe(0);
    api.clock.advance(60_000);
    expect(await end()).toBe(1);
    const after = await read(`/number_orders/${placed.id}`);
    // One active number makes the whole a success; the items tell the truth (decision B1).
    expect(after.status).toBe('success');
    expect(after.phone_numbers.map((each: Record<string, string>) => [each.status, each.requirements_status, each.deadline])).toEqual([
      ['cancelled', 'cancelled', undefined],
      ['success', 'approved', undefined],
    ]);
    expect(await read(`/sub_number_orders/${waiting.sub_number_order_id}`)).toMatchObject({ status: 'cancelled' });
    expect(await read(`/sub_number_orders/${active.sub_number_order_id}`)).toMatchObject({ status: 'success' });
    expect(await held()).toBe(0);
    expect(await inStock(placed.stock[0].id)).toMatchObject({ lifecycle: 'available', owner_account_id: null });
    expect(await api.actions(`order:${placed.id}`)).toEqual(['order.create', 'order.deadline']);
    expect((await give(waiting.id, 'DE')).status).toBe(422);
    // Somebody else may have it now.
    const other = await api.newAccount();
    const bought = await api.call('POST', '/number_orders', {
      key: other.key,
      body: { phone_numbers: [{ phone_number: placed.stock[0].e164 }] },
    });
    expect(bought.body.data.status, bought.text).toBe('pending');
  });

  it('is gone once the values are there, and an order of numbers that all ran out is cancelled', async () => {
    const [kept, lost] = [await order('DE'), await order('DE', 'FR')];
    expect((await give(kept.phone_numbers[0].id, 'DE')).body.data.status).toBe('success');
    api.clock.advance(30 * DAY_MS);
    await end();
    expect((await read(`/number_orders/${kept.id}`)).status).toBe('success');
    expect((await read(`/number_orders/${lost.id}`)).status).toBe('cancelled');
    expect(await api.actions(`order:${kept.id}`)).toEqual(['order.create', 'order.update']);
    expect(await held()).toBe(0);
  });

  it('may be moved by the platform while values are missing; the old one ends nothing then, the new one does', async () => {
    const placed = await order('DE');
    const [{ id }] = placed.phone_numbers;
    const later = new Date(api.clock.now() + 40 * DAY_MS).toISOString();
    const moved = await api.admin('PATCH', `/order-items/${id}`, { body: { deadline: later } });
    expect([moved.status, moved.body.deadline], moved.text).toEqual([200, later]);
    expect((await api.admin('PATCH', `/order-items/${id}`, { body: { deadline: later } })).body).toEqual(moved.body);
    expect(await api.actions(`order:${placed.id}`)).toEqual(['order.create', 'order.deadline_set']);
    expect((await read(`/number_order_phone_numbers/${id}`)).deadline).toBe(later);
    const past = await api.admin('PATCH', `/order-items/${id}`, { body: { deadline: new Date(api.clock.now() - 1).toISOString() } });
    expect([past.status, past.body.errors[0].pointer]).toEqual([422, '/deadline']);
    api.clock.advance(30 * DAY_MS);
    expect(await end()).toBe(1);
    expect((await read(`/number_orders/${placed.id}`)).status).toBe('pending');
    // Started by hand it still waits for its day.
    const [job] = await api.sql(
      "select id from jobs where queue = 'requirement-deadlines' and state = 'queued' and payload->>'orderId' = $1",
      [placed.id],
    );
    expect((await api.admin('POST', `/jobs/${job.id}/retry`)).status).toBe(200);
    expect(await end()).toBe(1);
    expect((await read(`/number_orders/${placed.id}`)).status).toBe('pending');
    api.clock.advance(10 * DAY_MS);
    expect(await end()).toBe(1);
    expect((await read(`/number_orders/${placed.id}`)).status).toBe('cancelled');
    const gone = await api.admin('PATCH', `/order-items/${id}`, { body: { deadline: new Date(api.clock.now() + DAY_MS).toISOString() } });
    expect([gone.status, gone.body.code]).toEqual([409, 'wrong_state']);
  });

  it('and values that come at the same moment: one of them decides, whichever was first', async () => {
    for (let round = 0; round < 4; round += 1) {
      const placed = await order('DE');
      const [{ id }] = placed.phone_numbers;
      api.clock.advance(30 * DAY_MS);
      const ending = end();
      if (round % 2 === 1) await ending;
      const [answer] = await Promise.all([give(id, 'DE'), ending]);
      const { status } = await read(`/number_orders/${placed.id}`);
      expect(status).toBe(answer.status === 200 ? 'success' : 'cancelled');
      expect(await inStock(placed.stock[0].id)).toMatchObject({ lifecycle: answer.status === 200 ? 'active' : 'available' });
      expect(await held()).toBe(0);
    }
  });
});
