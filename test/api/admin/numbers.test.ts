import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordRef } from '../../../src/domain/records.ts';
import { newId } from '../../../src/kit/ids.ts';
import { DAY_MS, type TestAccount } from '../../support/api-harness.ts';
import { type AdminApi, startAdminApi, walk, wrongFields } from './admin-api.ts';

let api: AdminApi;
let mine: TestAccount;
beforeAll(async () => {
  api = await startAdminApi();
  mine = await api.newAccount();
});
afterAll(() => api.close());

const patch = (id: string, body: unknown, headers: Record<string, string> = {}) => api.admin('PATCH', `/numbers/${id}`, { body, headers });
const record = async (e164: string) => (await api.records.read([recordRef.number('live', e164)])).get(recordRef.number('live', e164))!;
const endpoint = async (accountId = mine.account.id, mode = 'live'): Promise<string> =>
  (await api.made('/endpoints', { account_id: accountId, name: 'PBX', mode, targets: [{ uri: 'sip:pbx@203.0.113.7' }] })).id;
const found = async (query: string): Promise<string[]> => (await walk(api, `/numbers?${query}&`, 2)).map(({ id }) => id);

describe('200', () => {
  it('shows every field of a number, owned or not', async () => {
    const stock = await api.newStock({ region: 'London' });
    const answer = await api.admin('GET', `/numbers/${stock.id}`);
    expect(answer.body).toEqual({
      id: stock.id,
      e164: stock.e164,
      country: 'GB',
      type: 'local',
      region: 'London',
      mode: 'live',
      lifecycle: 'available',
      suspended_by: [],
      owner_account_id: null,
      sub_account_id: null,
      endpoint_id: null,
      trunk_group_id: null,
      allow_inbound: true,
      allow_outbound: false,
      setup_fee_minor: 100,
      monthly_fee_minor: 200,
      currency: 'USD',
      tags: [],
      customer_reference: null,
      deletion_lock: false,
      max_channels: null,
      max_cps: null,
      minutes_per_day: null,
      max_call_seconds: null,
      last_call_at: null,
      cool_off_until: null,
      available_at: null,
      version: 1,
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    const owned = await api.newNumber(mine.key);
    const read = await api.admin('GET', `/numbers/${owned.id}`);
    expect(read.headers.get('etag')).toBe('"2"');
    expect(read.body).toMatchObject({ lifecycle: 'active', owner_account_id: mine.account.id, version: 2 });
  });

  it('is found by its number with +, %2B, a space or bare digits', async () => {
    const { id, e164 } = await api.newStock();
    const digits = e164.slice(1);
    for (const text of [`+${digits}`, `%2B${digits}`, `%20${digits}`, digits]) expect(await found(`e164=${text}`), text).toEqual([id]);
    expect(await found(`e164=%2B${digits.slice(0, -1)}`)).toEqual([]);
    const twin = await api.newStock({ e164, mode: 'test' });
    expect(await found(`e164=${e164}&mode=test`)).toEqual([twin.id]);
  });

  it('is listed by owner, sub-account and lifecycle, suspended told apart from active', async () => {
    const parent = await api.newAccount();
    const child = await api.newAccount({ parent: parent.account });
    const [own, stopped] = [await api.newNumber(parent.key), await api.newNumber(parent.key)];
    const childs = await api.newNumber(child.key);
    await patch(stopped.id, { suspended: true });
    const owner = `account_id=${parent.account.id}`;
    expect(await found(owner)).toEqual([own.id, stopped.id, childs.id]);
    expect(await found(`account_id=${child.account.id}`)).toEqual([childs.id]);
    expect(await found(`${owner}&lifecycle=suspended`)).toEqual([stopped.id]);
    expect(await found(`${owner}&lifecycle=active`)).toEqual([own.id, childs.id]);
    expect(await found(`${owner}&lifecycle=available`)).toEqual([]);
    expect(await found(`account_id=${newId()}`)).toEqual([]);
  });

  it('merges a patch, publishes it and tells its version', async () => {
    const { id, e164 } = await api.newNumber(mine.key);
    const body = { allow_inbound: false, allow_outbound: true, tags: ['a', 'b'], customer_reference: 'ref 1', deletion_lock: true };
    const answer = await patch(id, body, { 'If-Match': '"2"' });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ ...body, version: 3 });
    expect(answer.headers.get('etag')).toBe('"3"');
    expect(answer.headers.get('dialplane-version')).toBe(`number:live:${e164}:3`);
    expect(answer.headers.get('dialplane-propagation')).toBe('applied');
    expect(await record(e164)).toMatchObject({ version: 3, record: { allowInbound: false, allowOutbound: true } });
    const next = await patch(id, { customer_reference: null });
    expect(next.body).toMatchObject({ ...body, customer_reference: null, version: 4 });
    const [audit] = await api.sql(
      'select actor, account_id, before, after from audit where resource = $1 order by at desc, id desc limit 1',
      [`number:${id}`],
    );
    expect(audit).toMatchObject({
      actor: { kind: 'platform' },
      account_id: mine.account.id,
      before: { version: 3 },
      after: { version: 4 },
    });
  });

  it('leaves no trace where nothing changes', async () => {
    const { id, e164 } = await api.newNumber(mine.key);
    for (const body of [{}, { allow_inbound: true, tags: [], suspended: false }, { endpoint_id: null, trunk_group_id: null }]) {
      const answer = await patch(id, body);
      expect([answer.status, answer.headers.get('dialplane-version')]).toEqual([200, `number:live:${e164}:2`]);
    }
    expect(await api.actions(`number:${id}`)).toEqual(['number.purchase']);
  });

  it("suspends for the platform, which no tenant lifts, and leaves the tenant's own suspension", async () => {
    const { id, e164 } = await api.newNumber(mine.key);
    const tenant = (status: string) => api.call('PATCH', `/phone-numbers/${id}`, { key: mine.key, body: { status } });
    await tenant('inactive');
    expect((await patch(id, { suspended: true })).body).toMatchObject({ suspended_by: ['platform', 'tenant'], lifecycle: 'suspended' });
    expect((await tenant('active')).body.code).toBe('NUMBER_SUSPENDED');
    expect((await patch(id, { suspended: false })).body).toMatchObject({ suspended_by: ['tenant'], lifecycle: 'suspended' });
    expect((await tenant('active')).status).toBe(200);
    expect(await record(e164)).toMatchObject({ record: { lifecycle: 'active', suspendedBy: [] } });
  });

  it('points a number to one destination at a time', async () => {
    const { id } = await api.newNumber(mine.key);
    const endpoint_id = await endpoint();
    const trunk_group_id = (await api.made('/trunk-groups', { name: 'PBX', kind: 'customer', account_id: mine.account.id })).id;
    expect((await patch(id, { endpoint_id })).body).toMatchObject({ endpoint_id, trunk_group_id: null });
    expect((await patch(id, { trunk_group_id })).body).toMatchObject({ endpoint_id: null, trunk_group_id });
    expect((await patch(id, { endpoint_id: null })).body).toMatchObject({ endpoint_id: null, trunk_group_id });
    expect((await patch(id, { trunk_group_id: null })).body).toMatchObject({ endpoint_id: null, trunk_group_id: null });
  });

  it('tells when a number cools off, and until when it waits for others', async () => {
    const { id } = await api.newNumber(mine.key);
    const lastCall = Math.floor(api.clock.now() / 1000) * 1000 - 500;
    await api.sql('update numbers set last_call_at = $2 where id = $1', [id, new Date(lastCall)]);
    const until = new Date(lastCall + 500 + 15 * DAY_MS).toISOString();
    expect((await api.admin('GET', `/numbers/${id}`)).body).toMatchObject({
      last_call_at: new Date(lastCall).toISOString(),
      cool_off_until: until,
    });
    await api.call('DELETE', `/phone-numbers/${id}`, { key: mine.key });
    expect((await api.admin('GET', `/numbers/${id}`)).body).toMatchObject({
      lifecycle: 'available',
      available_at: new Date(lastCall + 15 * DAY_MS).toISOString(),
      cool_off_until: until,
    });
    await api.sql('update numbers set last_call_at = $2 where id = $1', [id, new Date(lastCall - 16 * DAY_MS)]);
    expect((await api.admin('GET', `/numbers/${id}`)).body.cool_off_until).toBeNull();
  });
});

describe('409', () => {
  it('changes nothing of a number in stock', async () => {
    const { id } = await api.newStock();
    const answer = await patch(id, { allow_outbound: true });
    expect([answer.status, answer.body.code]).toEqual([409, 'wrong_state']);
  });
});

describe('412', () => {
  it('refuses a patch of another version', async () => {
    const { id } = await api.newNumber(mine.key);
    expect((await patch(id, { allow_outbound: true }, { 'If-Match': '"1"' })).status).toBe(412);
    expect((await patch(id, { allow_outbound: true }, { 'If-Match': '*' })).status).toBe(200);
  });
});

describe('422', () => {
  it('points to a destination that the holder has not, unknown and foreign alike', async () => {
    const { id } = await api.newNumber(mine.key);
    const other = await api.newAccount();
    const endpoints = [newId(), await endpoint(other.account.id), await endpoint(mine.account.id, 'test')];
    for (const endpoint_id of endpoints) expect(wrongFields(await patch(id, { endpoint_id }))).toEqual({ '/endpoint_id': 'invalid' });
    const carrier = (await api.made('/trunk-groups', { name: 'Carrier', kind: 'carrier' })).id;
    for (const trunk_group_id of [newId(), carrier])
      expect(wrongFields(await patch(id, { trunk_group_id }))).toEqual({ '/trunk_group_id': 'invalid' });
  });

  it('names fields and parameters that are wrong', async () => {
    const { id } = await api.newNumber(mine.key);
    expect(wrongFields(await patch(id, { allow_inbound: 'yes', e164: '+4', tags: [''] }))).toEqual({
      '/allow_inbound': 'invalid',
      '/e164': 'unknown',
      '/tags/0': 'out_of_range',
    });
    for (const [query, name] of [
      ['lifecycle=reserved', 'lifecycle'],
      ['mode=x', 'mode'],
      ['e164=%00', 'e164'],
      ['account_id=x', 'account_id'],
    ] as const) {
      expect(Object.keys(wrongFields(await api.admin('GET', `/numbers?${query}`))), query).toEqual([name]);
    }
  });
});
