import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminFace } from '../../../src/http/admin/admin-face.ts';
import { PLATFORM_KEY, type TestAccount } from '../../support/api-harness.ts';
import { openVobiz, type VobizWorld } from './support/vobiz-world.ts';

let api: VobizWorld;
let parent: TestAccount;
let child: TestAccount;
beforeAll(async () => {
  // Only the admin operations that read numbers are asked here.
  api = await openVobiz({ moreFaces: (deps) => [adminFace(deps as never)] });
  ({ parent, child } = await api.newFamily());
});
afterAll(() => api.close());

const vobizPath = ({ account }: TestAccount, rest = '') => `/api/v1/Account/${account.authId}${rest}`;
const inAdmin = async (e164: string) =>
  (await api.call('GET', `/admin/v1/numbers?e164=${encodeURIComponent(e164)}`, { key: PLATFORM_KEY })).body.data[0];

it('a number bought in Vobiz is right in Kros and admin, through assignment, unassignment and release', async () => {
  const stock = await api.newStock();
  const body = { e164: stock.e164 };
  expect((await api.as(parent, 'POST', vobizPath(parent, '/numbers/purchase-from-inventory'), { body })).status).toBe(200);
  expect((await api.call('GET', `/phone-numbers/${stock.id}`, { key: parent.key })).body).toMatchObject({
    e164: stock.e164,
    organization_id: parent.account.id,
  });
  expect(await inAdmin(stock.e164)).toMatchObject({ lifecycle: 'active', owner_account_id: parent.account.id, sub_account_id: null });

  const path = vobizPath(parent, `/numbers/${encodeURIComponent(stock.e164)}`);
  expect((await api.as(parent, 'POST', `${path}/assign-subaccount`, { body: { sub_account_id: child.account.authId } })).status).toBe(204);
  expect((await api.call('GET', `/phone-numbers/${stock.id}`, { key: child.key })).body.organization_id).toBe(child.account.id);
  expect((await api.call('GET', '/phone-numbers', { key: parent.key })).body.total).toBe(0);
  expect(await inAdmin(stock.e164)).toMatchObject({ owner_account_id: parent.account.id, sub_account_id: child.account.id });

  // What Kros changes, Vobiz shows.
  await api.call('PATCH', `/phone-numbers/${stock.id}`, { key: child.key, body: { status: 'inactive' } });
  expect((await api.as(parent, 'GET', path)).body).toMatchObject({ status: 'blocked', is_blocked: true });

  expect((await api.as(parent, 'DELETE', `${path}/assign-subaccount`)).status).toBe(204);
  expect((await api.as(parent, 'DELETE', path)).status).toBe(200);
  expect((await api.call('GET', `/phone-numbers/${stock.id}`, { key: parent.key })).status).toBe(404);
  expect(await inAdmin(stock.e164)).toMatchObject({ lifecycle: 'available', owner_account_id: null });
});

it('a number bought and released in Kros is right in Vobiz, its cool-off included', async () => {
  const { id, e164 } = await api.newNumber(child.key);
  const shown = await api.as(child, 'GET', vobizPath(child, `/numbers/${encodeURIComponent(e164)}`));
  expect(shown.body).toMatchObject({ id, account_id: child.account.authId, status: 'active', source: 'purchased' });
  expect((await api.as(parent, 'GET', vobizPath(parent, `/numbers?search=${e164}`))).body.total).toBe(1);
  // Kros's release goes through the same fence: a call that only Redis knows of counts.
  await api.called(id, api.clock.now());
  expect((await api.call('DELETE', `/phone-numbers/${id}`, { key: child.key })).status).toBe(204);
  const inStock = async (who: TestAccount) => (await api.as(who, 'GET', vobizPath(who, `/inventory/numbers?search=${e164}`))).body.total;
  expect([await inStock(parent), await inStock(child)]).toEqual([0, 1]);
  expect((await inAdmin(e164)).available_at).not.toBeNull();
});

it('Kros cannot release while last calls are unknown', async () => {
  const { id } = await api.newNumber(child.key);
  const marker = (await api.redis.get('{s00}plane')) ?? '';
  await api.redis.del('{s00}plane');
  try {
    const answer = await api.call('DELETE', `/phone-numbers/${id}`, { key: child.key });
    expect([answer.status, Number(answer.headers.get('retry-after'))]).toEqual([503, 1]);
  } finally {
    await api.redis.set('{s00}plane', marker);
  }
  expect((await api.call('DELETE', `/phone-numbers/${id}`, { key: child.key })).status).toBe(204);
});
