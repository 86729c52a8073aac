import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AdminApi, startAdminApi } from './admin-api.ts';

let api: AdminApi;
beforeAll(async () => {
  api = await startAdminApi();
});
afterAll(() => api.close());

const codes = (body: { warnings?: { code: string; detail: string }[] }) => body.warnings?.map(({ code }) => code) ?? [];
const group = (more: object = {}) =>
  api.made('/trunk-groups', { name: 'Carrier', kind: 'carrier', gateways: [{ uri: 'sip:192.0.2.1' }], ...more });

it('warns of routes that take from others, never win, repeat, or lead nowhere', async () => {
  const [good, empty] = [await group(), await group({ gateways: [] })];
  expect([codes(good), codes(empty)]).toEqual([[], ['trunk_group_without_gateways']]);
  const route = (prefix: string, trunkGroupId = good.id) => api.made('/outbound-routes', { prefix, trunk_group_id: trunkGroupId });
  const first = await route('33');
  expect([codes(first), codes(await route('33')), codes(await route('34', empty.id))]).toEqual([
    [],
    ['route_duplicate'],
    ['trunk_group_without_gateways'],
  ]);
  const longer = await route('336');
  expect([codes(longer), longer.warnings[0].detail]).toEqual([['prefix_shadowed'], expect.stringContaining('prefix 33')]);
  for (const digit of '012345789') await route(`33${digit}`);
  const shadowed = await api.admin('PATCH', `/outbound-routes/${first.id}`, { body: { weight: 3 } });
  expect(codes(shadowed.body)).toContain('route_shadowed');
  expect((await api.admin('GET', `/outbound-routes/${first.id}`)).body).not.toHaveProperty('warnings');
  const off = await api.admin('PATCH', `/trunk-groups/${good.id}`, { body: { enabled: false } });
  expect(codes(off.body)).toEqual(['trunk_group_disabled']);
});

it('warns of a default caller that calls out cannot present, of groups and SIP users alike', async () => {
  const { account, key } = await api.newAccount();
  const { id, e164 } = await api.newNumber(key);
  const body = { account_id: account.id, default_caller: { e164 } };
  const muted = await group({ ...body, kind: 'customer' });
  expect([codes(muted), muted.warnings[0].detail]).toEqual([
    ['default_caller_unusable'],
    expect.stringContaining(`${e164} may not call out`),
  ]);
  const user = await api.made('/sip-users', { ...body, username: 'desk' });
  expect([codes(user), user.password]).toEqual([['default_caller_unusable'], expect.any(String)]);
  await api.admin('PATCH', `/numbers/${id}`, { body: { allow_outbound: true } });
  for (const path of [`/trunk-groups/${muted.id}`, `/sip-users/${user.id}`])
    expect(codes((await api.admin('PATCH', path, { body: {} })).body)).toEqual([]);
  await api.call('DELETE', `/phone-numbers/${id}`, { key });
  const gone = await api.admin('PATCH', `/sip-users/${user.id}`, { body: {} });
  expect(gone.body.warnings[0].detail).toContain('is no number of the account any more');
});

it('warns of endpoints that ring nobody and of numbers without a way in or out, and repeats it with the answer', async () => {
  const { account, key } = await api.newAccount();
  const { id } = await api.newNumber(key);
  const patch = async (body: object) => codes((await api.admin('PATCH', `/numbers/${id}`, { body })).body);
  expect(await patch({ customer_reference: 'a' })).toEqual(['number_without_destination']);
  const body = { account_id: account.id, name: 'PBX', targets: [{ uri: 'sip:nobody@sip.test' }, { uri: 'sip:a@203.0.113.7' }] };
  const asked = { body, headers: { 'Idempotency-Key': 'w1' } };
  const made = await api.admin('POST', '/endpoints', asked);
  expect([made.status, codes(made.body)]).toEqual([201, ['sip_user_unknown']]);
  expect((await api.admin('POST', '/endpoints', asked)).body).toEqual(made.body);
  expect(await patch({ endpoint_id: made.body.id })).toEqual(['sip_user_unknown']);
  const off = await api.admin('PATCH', `/endpoints/${made.body.id}`, { body: { status: 'inactive' } });
  expect(codes(off.body)).toEqual(['endpoint_inactive']);
  const pbx = await group({ kind: 'customer', account_id: account.id, gateways: [] });
  expect([codes(pbx), await patch({ trunk_group_id: pbx.id, endpoint_id: null })]).toEqual(Array(2).fill(['trunk_group_without_gateways']));
  // A login that registers is where its calls go.
  const login = await api.made('/sip-users', { account_id: account.id, username: 'pbx', trunk_group_id: pbx.id });
  expect(await patch({ customer_reference: 'b' })).toEqual([]);
  await api.sql('update sip_credentials set enabled = false where id = $1', [login.id]);
  expect(await patch({ customer_reference: 'c' })).toEqual(['trunk_group_logins_disabled']);
  expect(await patch({ allow_inbound: false })).toEqual([]);
  await api.sql('delete from outbound_routes');
  expect(await patch({ allow_outbound: true })).toEqual(['number_without_route']);
});
