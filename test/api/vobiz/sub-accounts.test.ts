import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordRef } from '../../../src/domain/records.ts';
import { newId } from '../../../src/kit/ids.ts';
import { type Caller, openVobiz, type VobizWorld } from './support/vobiz-world.ts';

let api: VobizWorld;
beforeAll(async () => {
  api = await openVobiz();
});
afterAll(() => api.close());

const at = ({ account }: Caller, child?: string) => `/api/v1/accounts/${account.authId}/sub-accounts/${child ?? ''}`;
const create = (who: Caller, body: unknown) => api.as(who, 'POST', at(who), { body });

describe('create', () => {
  it('201: with a token that works and is told once', async () => {
    const who = await api.newAccount();
    const body = {
      name: 'Support Team',
      email: 'support@example.com',
      phone: '+1234567890',
      description: 'Desk',
      rate_limit: 500,
      permissions: { calls: true, cdr: true },
    };
    const answer = await create(who, body);
    expect(answer.status, answer.text).toBe(201);
    const { message, sub_account: made, auth_credentials: credentials } = answer.body;
    expect(message).toBe('Sub-account created successfully');
    expect(made).toMatchObject({
      ...body,
      id: expect.stringMatching(/^[0-9]+$/),
      parent_account_id: expect.stringMatching(/^[0-9]+$/),
      parent_auth_id: who.account.authId,
      auth_id: expect.stringMatching(/^SA_[A-Z0-9]{18}$/),
      enabled: true,
      is_active: true,
      email_verified: false,
      last_used: null,
      account: `/v1/Account/${who.account.authId}/`,
      resource_uri: `/v1/Account/${who.account.authId}/Subaccount/${made.auth_id}/`,
    });
    expect(credentials).toEqual({ auth_id: made.auth_id, auth_token: made.auth_token });
    // Nothing here issues access and refresh tokens, so there are none.
    expect(answer.body).not.toHaveProperty('tokens');
    const headers = { 'X-Auth-ID': made.auth_id, 'X-Auth-Token': made.auth_token };
    expect((await api.call('GET', `/api/v1/Account/${made.auth_id}/numbers`, { headers })).status).toBe(200);
    const read = await api.as(who, 'GET', at(who, made.auth_id));
    expect(read.body).toEqual({ ...made, auth_token: '<redacted>' });
  });

  it('400: what nothing acts on is refused by name', async () => {
    const who = await api.newAccount();
    for (const [body, field] of [
      [{}, 'name'],
      [{ name: 'x', email: 'nonsense' }, 'email'],
      [{ name: 'x', permissions: { calls: false } }, 'permissions'],
      [{ name: 'x', password: 'secret' }, 'password'],
      [{ name: 'x', kyc_mode: 'customer_use', email: 'a@example.com' }, 'kyc_mode'],
      [{ name: 'x', enabled: 'yes' }, 'enabled'],
    ] as const) {
      const answer = await create(who, body);
      expect([answer.status, answer.body.error]).toEqual([400, 'invalid request']);
      expect(answer.body.message).toContain(field);
    }
  });

  it('repeats its answer to the same Idempotency-Key without the token', async () => {
    const who = await api.newAccount();
    const send = () => api.as(who, 'POST', at(who), { body: { name: 'Once' }, headers: { 'Idempotency-Key': who.account.id } });
    const [first, second] = [await send(), await send()];
    expect(second.body.sub_account.auth_id).toBe(first.body.sub_account.auth_id);
    expect(second.text).not.toContain(first.body.auth_credentials.auth_token);
  });

  it('403: for sub-accounts and members', async () => {
    const { parent, child } = await api.newFamily();
    expect((await create(child, { name: 'x' })).status).toBe(403);
    const member = { ...parent, key: await api.newKey(parent.account, { role: 'member' }) };
    expect((await create(member, { name: 'x' })).status).toBe(403);
    const limited = { ...parent, key: await api.newKey(parent.account, { scopes: ['numbers:write'] }) };
    expect((await create(limited, { name: 'x' })).status).toBe(403);
  });
});

describe('list', () => {
  it('200: newest first, with pages, active ones alone on demand', async () => {
    const who = await api.newAccount();
    const ids: string[] = [];
    for (const name of ['first', 'second', 'third']) {
      api.clock.advance(10);
      ids.unshift((await create(who, { name, enabled: name !== 'second' })).body.sub_account.auth_id);
    }
    const shown = async (query = '') => {
      const { body } = await api.as(who, 'GET', `${at(who)}${query}`);
      return [body.sub_accounts.map((one: { auth_id: string }) => one.auth_id), body.total, body.page, body.size];
    };
    expect(await shown()).toEqual([ids, 3, 1, 25]);
    expect(await shown('?size=2&page=2')).toEqual([ids.slice(2), 3, 2, 2]);
    expect(await shown('?active_only=true')).toEqual([[ids[0], ids[2]], 2, 1, 25]);
  });
});

describe('update', () => {
  it('200: renames, disables and labels; no difference leaves no trace', async () => {
    const { parent, child } = await api.newFamily();
    const number = await api.newAssigned(parent, child);
    const put = (body: unknown) => api.as(parent, 'PUT', at(parent, child.account.authId), { body });
    const answer = await put({ name: 'Renamed', enabled: false, email: 'new@example.com' });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.sub_account).toMatchObject({ name: 'Renamed', enabled: false, is_active: false, email: 'new@example.com' });
    // Disabled: its credentials are closed, its numbers stay (decision B29).
    expect((await api.as(child, 'GET', `/api/v1/Account/${child.account.authId}/numbers`)).status).toBe(403);
    expect((await api.as(parent, 'GET', number.path)).body.account_id).toBe(child.account.authId);
    const count = async () => (await api.sql('select count(*) as n from audit where resource = $1', [`account:${child.account.id}`]))[0].n;
    const before = await count();
    expect((await put({ name: 'Renamed', enabled: false })).status).toBe(200);
    expect(await count()).toBe(before);
    expect((await put({ email: null, enabled: true })).body.sub_account).toMatchObject({ email: null, enabled: true });
    expect((await api.as(child, 'GET', `/api/v1/Account/${child.account.authId}/numbers`)).status).toBe(200);
  });
});

describe('delete', () => {
  const remove = (who: Caller, child: Caller, query = '') => api.as(who, 'DELETE', `${at(who, child.account.authId)}${query}`);

  it('200: its numbers go to the pool, its logins and tokens end', async () => {
    const { parent, child } = await api.newFamily();
    const numbers = [await api.newAssigned(parent, child), await api.newAssigned(parent, child)];
    const login = (await api.call('GET', `/phone-numbers/${numbers[0]?.id}`, { key: child.key })).body.sip_credentials;
    const answer = await remove(parent, child);
    expect([answer.status, answer.body]).toEqual([200, { message: 'Sub-account deleted successfully' }]);
    for (const { path } of numbers) expect((await api.as(parent, 'GET', path)).body.account_id).toBe(parent.account.authId);
    expect((await api.as(child, 'GET', `/api/v1/Account/${child.account.authId}/numbers`)).status).toBe(401);
    expect((await api.as(parent, 'GET', at(parent, child.account.authId))).status).toBe(404);
    expect((await api.as(parent, 'GET', at(parent))).body.total).toBe(0);
    expect((await remove(parent, child)).status).toBe(404);
    const ref = recordRef.credential('sip.test', login.username);
    expect((await api.records.read([ref])).get(ref)?.record).toBeNull();
    expect(
      await api.sql("select action from audit where resource = $1 and action = 'account.delete'", [`account:${child.account.id}`]),
    ).toHaveLength(1);
  });

  it('200: the addresses of its trunks are free for others, and its webhooks are off', async () => {
    const { parent, child } = await api.newFamily();
    const path = (who: Caller, rest: string) => `/api/v1/Account/${who.account.authId}/${rest}`;
    const claim = async (who: Caller) => {
      const acl = await api.as(who, 'POST', path(who, 'ip-acl'), { body: { name: 'x', ip_address: '10.44.0.9' } });
      return api.as(who, 'POST', path(who, 'trunks'), { body: { name: 'T', ipacl_uuid: acl.body.id } });
    };
    const trunk = await claim(child);
    expect([trunk.status, (await claim(parent)).status]).toEqual([201, 409]);
    for (const reason of [null, 'failures'])
      await api.sql(
        `insert into webhooks (id, account_id, mode, format, url, event_types, include_sub_accounts, secret_sealed, disabled_reason, version,
           created_at, updated_at)
         values ($1, $2, 'live', 'standard', 'https://hooks.example.com/', '{}', false, 'x', $3, 1, now(), now())`,
        [newId(), child.account.id, reason],
      );
    expect((await remove(parent, child)).status).toBe(200);
    const ref = recordRef.source(trunk.body.trunk_id);
    expect((await api.records.read([ref])).get(ref)?.record).toMatchObject({ acl: [] });
    expect((await claim(parent)).status).toBe(201);
    expect(await api.sql('select disabled_reason from webhooks where account_id = $1', [child.account.id])).toEqual([
      { disabled_reason: 'by_platform' },
      { disabled_reason: 'by_platform' },
    ]);
  });

  it('409: with the longest cool-off of its numbers, all or nothing; force needs its scope', async () => {
    const { parent, child } = await api.newFamily();
    const numbers = [await api.newAssigned(parent, child), await api.newAssigned(parent, child), await api.newAssigned(parent, child)];
    const now = api.clock.now();
    await api.called(numbers[1]?.id ?? '', now - 3_600_000);
    await api.called(numbers[2]?.id ?? '', now - 60_000);
    const refused = await remove(parent, child);
    expect(refused.status).toBe(409);
    expect(Object.keys(refused.body)).toEqual(['error', 'cool_off_until', 'cool_off_remaining_seconds']);
    expect(refused.body.cool_off_remaining_seconds).toBeGreaterThan(15 * 86_400 - 120);
    for (const { path } of numbers) expect((await api.as(parent, 'GET', path)).body.account_id).toBe(child.account.authId);
    expect((await remove(parent, child, '?force=true')).status).toBe(403);
    expect((await remove(await api.newForce(parent.account), child, '?force=true')).status).toBe(200);
    const [audit] = await api.sql("select forced, after from audit where resource = $1 and action = 'account.delete'", [
      `account:${child.account.id}`,
    ]);
    expect([audit.forced, audit.after.force.needed, audit.after.returnedNumberIds]).toEqual([
      true,
      true,
      numbers.map(({ id }) => id).toSorted(),
    ]);
  });
});

it('404: foreign, unknown and malformed sub-accounts are alike', async () => {
  const { parent } = await api.newFamily();
  const foreign = (await api.newFamily()).child.account.authId;
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const request = method === 'PUT' ? { body: { name: 'x' } } : {};
    for (const authId of [foreign, 'SA_UNKNOWN', parent.account.authId, '%00']) {
      const answer = await api.as(parent, method, at(parent, authId), request);
      expect([answer.status, answer.body]).toEqual([404, { error: 'not_found', message: 'account not found' }]);
    }
  }
});
