import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordRef } from '../../../src/domain/records.ts';
import { newId } from '../../../src/kit/ids.ts';
import { type AdminApi, startAdminApi, walk, wrongFields } from './admin-api.ts';

let api: AdminApi;
beforeAll(async () => {
  api = await startAdminApi();
});
afterAll(() => api.close());

const open = (body: Record<string, unknown> = {}) => api.made('/accounts', { name: 'Acme', ...body });
const accountRecord = async (id: string) => (await api.records.read([recordRef.account(id)])).get(recordRef.account(id));

describe('201', () => {
  it('opens an account, tells its token once and publishes its record', async () => {
    const answer = await api.admin('POST', '/accounts', { body: { name: 'Acme', currency: 'EUR', country: 'de' } });
    expect(answer.status, answer.text).toBe(201);
    const { id } = answer.body;
    expect(answer.headers.get('location')).toBe(`/admin/v1/accounts/${id}`);
    expect(answer.headers.get('etag')).toBe('"1"');
    expect(answer.headers.get('dialplane-version')).toBe(`account:${id}:1`);
    expect(answer.headers.get('dialplane-propagation')).toBe('applied');
    const { auth_token, ...account } = answer.body;
    expect(auth_token).toMatch(/^[A-Za-z0-9_-]{40}$/);
    expect(account).toEqual({
      id,
      auth_id: expect.stringMatching(/^MA_[A-Z0-9]{18}$/),
      name: 'Acme',
      kind: 'account',
      parent_id: null,
      status: 'active',
      currency: 'EUR',
      country: 'DE',
      max_channels: null,
      max_cps: null,
      max_call_seconds: null,
      minutes_per_day: null,
      allowed_destinations: null,
      blocked_destinations: [],
      outbound_stopped_at: null,
      balance_minor: 0,
      held_minor: 0,
      version: 1,
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    expect((await api.admin('GET', `/accounts/${id}`)).body).toEqual(account);
    expect(await accountRecord(id)).toMatchObject({ version: 1, record: { status: 'active', parentId: null } });
    expect(await api.actions(`account:${id}`)).toEqual(['account.create']);
  });

  it('gives a sub-account the currency and country of its parent', async () => {
    const parent = await open({ currency: 'GBP', country: 'GB' });
    const child = await open({ kind: 'sub_account', parent_id: parent.id });
    expect(child).toMatchObject({ parent_id: parent.id, currency: 'GBP', country: 'GB', auth_id: expect.stringMatching(/^SA_/) });
    expect(await accountRecord(child.id)).toMatchObject({ record: { parentId: parent.id, routeSetId: parent.id } });
  });

  it('keeps where its calls may go, and takes that away', async () => {
    const { id } = await open();
    const said = { allowed_destinations: ['44', '49'], blocked_destinations: ['4470'] };
    const changed = await api.admin('PATCH', `/accounts/${id}`, { body: said });
    expect([changed.status, changed.body]).toMatchObject([200, { ...said, version: 2 }]);
    expect(await accountRecord(id)).toMatchObject({ record: { destinations: { allowed: ['44', '49'], blocked: ['4470'] } } });
    const same = await api.admin('PATCH', `/accounts/${id}`, { body: said });
    expect(same.body.version).toBe(2);
    const none = await api.admin('PATCH', `/accounts/${id}`, { body: { allowed_destinations: null, blocked_destinations: [] } });
    expect(none.body).toMatchObject({ allowed_destinations: null, blocked_destinations: [] });
    expect(JSON.stringify(await accountRecord(id))).not.toContain('destinations');
    const wrong = await api.admin('PATCH', `/accounts/${id}`, { body: { allowed_destinations: ['+44'] } });
    expect(wrongFields(wrong)).toEqual({ '/allowed_destinations/0': 'invalid' });
  });

  it('answers pending where the client does not wait', async () => {
    const answer = await api.admin('POST', '/accounts?wait=committed', { body: { name: 'Acme' } });
    expect(answer.headers.get('dialplane-propagation')).toBe('pending');
  });
});

describe('200', () => {
  it('merges a patch, publishes what calls read, and keeps the rest', async () => {
    const { id } = await open({ country: 'FR' });
    const answer = await api.admin('PATCH', `/accounts/${id}`, { body: { status: 'disabled' }, headers: { 'If-Match': '"1"' } });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ name: 'Acme', country: 'FR', status: 'disabled', version: 2 });
    expect(answer.headers.get('dialplane-version')).toBe(`account:${id}:2`);
    expect(await accountRecord(id)).toMatchObject({ version: 2, record: { status: 'disabled' } });
    await api.admin('PATCH', `/accounts/${id}`, { body: { status: 'active', country: null } });
    expect(await accountRecord(id)).toMatchObject({ version: 3, record: { status: 'active', country: null } });
    expect(await api.actions(`account:${id}`)).toEqual(['account.create', 'account.update', 'account.update']);
  });

  it('answers a patch that changes nothing with the current version, no audit row and no new version', async () => {
    const { id } = await open();
    for (const body of [{}, { name: 'Acme' }, { status: 'active', country: null }]) {
      const answer = await api.admin('PATCH', `/accounts/${id}`, { body });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('dialplane-version')).toBe(`account:${id}:1`);
      expect(answer.headers.get('dialplane-propagation')).toBe('applied');
    }
    expect(await api.actions(`account:${id}`)).toEqual(['account.create']);
  });

  it('lists page by page, every row once, while others are added', async () => {
    const parent = await open();
    const children: string[] = [];
    const add = async () => children.push((await open({ kind: 'sub_account', parent_id: parent.id })).id);
    for (let i = 0; i < 5; i += 1) await add();
    const first = await api.admin('GET', `/accounts?parent_id=${parent.id}&limit=2`);
    expect(Object.keys(first.body)).toEqual(['data', 'next']);
    await add();
    const rest = await walk(api, `/accounts?parent_id=${parent.id}&`, 2);
    expect(rest.map(({ id }) => id)).toEqual(children);
    expect(first.body.data.map(({ id }: { id: string }) => id)).toEqual(children.slice(0, 2));
    const second = await api.admin('GET', `/accounts?parent_id=${parent.id}&limit=500&after=${first.body.next}`);
    expect(second.body.data.map(({ id }: { id: string }) => id)).toEqual(children.slice(2));
    expect(second.body.next).toBeNull();
    const subs = await api.admin('GET', '/accounts?kind=sub_account&limit=500');
    expect(subs.body.data.every(({ kind }: { kind: string }) => kind === 'sub_account')).toBe(true);
  });

  it('credits the wallet of the mode, and the ledger sums to the balance (invariant 7)', async () => {
    const { id } = await open();
    const answer = await api.admin('POST', `/accounts/${id}/credits`, { body: { amount_minor: 5000, note: 'wire 17' } });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ id, balance_minor: 5000, held_minor: 0, mode: 'live', transaction_id: expect.any(String) });
    await api.admin('POST', `/accounts/${id}/credits`, { body: { amount_minor: -1500, note: 'correction' } });
    await api.admin('POST', `/accounts/${id}/credits`, { body: { amount_minor: 70, note: 'play', mode: 'test' } });
    expect((await api.admin('GET', `/accounts/${id}`)).body.balance_minor).toBe(3500);
    expect(
      await api.sql(
        `select e.mode, sum(e.amount_minor)::int as wallet, b.wallet_minor from ledger_entries e join balances b using (account_id, mode)
         where account_id = $1 and book = 'wallet' group by e.mode, b.wallet_minor order by 1`,
        [id],
      ),
    ).toEqual([
      { mode: 'live', wallet: 3500, wallet_minor: 3500 },
      { mode: 'test', wallet: 70, wallet_minor: 70 },
    ]);
    const sums = await api.sql('select sum(amount_minor)::int as sum from ledger_entries where account_id = $1', [id]);
    expect(sums).toEqual([{ sum: 0 }]);
    const [audit] = await api.sql(`select reason, before, after from audit where resource = $1 and reason = 'correction'`, [
      `account:${id}`,
    ]);
    expect(audit).toMatchObject({ before: { walletMinor: 5000 }, after: { walletMinor: 3500 } });
  });

  it('lets only allow_negative take the wallet below zero', async () => {
    const { id } = await open();
    const take = (more: object) => api.admin('POST', `/accounts/${id}/credits`, { body: { amount_minor: -10, note: 'x', ...more } });
    const refused = await take({});
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: 'insufficient_balance', required_minor: 10, available_minor: 0, currency: 'USD' });
    expect((await take({ allow_negative: true })).body.balance_minor).toBe(-10);
  });

  it('adds up twenty credits that come at once', async () => {
    const { id } = await open();
    const one = () => api.admin('POST', `/accounts/${id}/credits`, { body: { amount_minor: 3, note: 'x' } });
    await Promise.all(Array.from({ length: 20 }, one));
    expect((await api.admin('GET', `/accounts/${id}`)).body.balance_minor).toBe(60);
  });
});

describe('409', () => {
  it('keeps money with the master', async () => {
    const parent = await open();
    const child = await open({ kind: 'sub_account', parent_id: parent.id });
    const answer = await api.admin('POST', `/accounts/${child.id}/credits`, { body: { amount_minor: 1, note: 'x' } });
    expect([answer.status, answer.body.code]).toEqual([409, 'wrong_state']);
  });
});

describe('412', () => {
  it('refuses a patch of another version and changes nothing', async () => {
    const { id } = await open();
    for (const tag of ['"2"', 'W/"1"', 'nonsense']) {
      const answer = await api.admin('PATCH', `/accounts/${id}`, { body: { name: 'B' }, headers: { 'If-Match': tag } });
      expect([answer.status, answer.body.code]).toEqual([412, 'version_changed']);
    }
    expect((await api.admin('GET', `/accounts/${id}`)).body.name).toBe('Acme');
  });
});

describe('422', () => {
  it.each([
    ['nothing', {}, { '/name': 'missing' }],
    ['an empty name', { name: '' }, { '/name': 'out_of_range' }],
    ['a long name', { name: 'x'.repeat(201) }, { '/name': 'too_long' }],
    ['a control character', { name: 'a\u0000b' }, { '/name': 'invalid' }],
    ['a wrong kind', { name: 'a', kind: 'x' }, { '/kind': 'invalid' }],
    ['a sub-account without parent', { name: 'a', kind: 'sub_account' }, { '/parent_id': 'missing' }],
    ['a parent for an account', { name: 'a', parent_id: newId() }, { '/parent_id': 'not_supported' }],
    ['an unknown parent', { name: 'a', kind: 'sub_account', parent_id: newId() }, { '/parent_id': 'invalid' }],
    ['a small currency', { name: 'a', currency: 'usd' }, { '/currency': 'invalid' }],
    ['an unknown field, named', { name: 'a', 'co~l/our': 1 }, { '/co~0l~1our': 'unknown' }],
    ['two wrongs', { name: 1, country: 'GBR' }, { '/name': 'invalid', '/country': 'invalid' }],
  ])('names the field of %s', async (_, body, fields) => {
    const answer = await api.admin('POST', '/accounts', { body });
    expect(answer.status, answer.text).toBe(422);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({
      type: 'about:blank',
      status: 422,
      code: 'invalid',
      request_id: answer.headers.get('x-request-id'),
    });
    expect(wrongFields(answer)).toEqual(fields);
  });

  it('refuses another currency than the parent has, and a sub-account as parent', async () => {
    const parent = await open();
    const child = await open({ kind: 'sub_account', parent_id: parent.id });
    const other = { name: 'x', kind: 'sub_account', parent_id: parent.id, currency: 'EUR' };
    expect(wrongFields(await api.admin('POST', '/accounts', { body: other }))).toEqual({ '/currency': 'invalid' });
    const nested = { name: 'x', kind: 'sub_account', parent_id: child.id };
    expect(wrongFields(await api.admin('POST', '/accounts', { body: nested }))).toEqual({ '/parent_id': 'invalid' });
  });

  it.each([
    ['limit=0', { limit: 'out_of_range' }],
    ['limit=501', { limit: 'out_of_range' }],
    ['limit=x', { limit: 'out_of_range' }],
    ['limit=1&limit=2', { limit: 'invalid' }],
    ['after=x', { after: 'invalid' }],
    [`after=${Buffer.from(`9999999999999999:${newId()}`).toString('base64url')}`, { after: 'invalid' }],
    [`after=${Buffer.from(`999999999999999:${newId()}`).toString('base64url')}`, { after: 'invalid' }],
    ['colour=red', { colour: 'unknown' }],
    ['wait=applied', { wait: 'unknown' }],
    ['parent_id=7', { parent_id: 'invalid' }],
  ])('names the parameter of a list with %s', async (query, fields) => {
    const answer = await api.admin('GET', `/accounts?${query}`);
    expect(answer.status).toBe(422);
    expect(wrongFields(answer)).toEqual(fields);
  });

  it('names what of a credit or a patch is wrong', async () => {
    const { id } = await open();
    const credit = (body: unknown) => api.admin('POST', `/accounts/${id}/credits`, { body });
    expect(wrongFields(await credit({ amount_minor: 0, note: 'x' }))).toEqual({ '/amount_minor': 'invalid' });
    expect(wrongFields(await credit({ amount_minor: 1.5 }))).toEqual({ '/amount_minor': 'invalid', '/note': 'missing' });
    expect(wrongFields(await credit({ amount_minor: 1e13, note: 'x' }))).toEqual({ '/amount_minor': 'out_of_range' });
    const patch = (body: unknown, query = '') => api.admin('PATCH', `/accounts/${id}${query}`, { body });
    expect(wrongFields(await patch({ status: 'closed', currency: 'EUR' }))).toEqual({ '/status': 'invalid', '/currency': 'unknown' });
    expect(wrongFields(await patch({ name: 'B' }, '?wait=everybody'))).toEqual({ wait: 'invalid' });
  });
});
