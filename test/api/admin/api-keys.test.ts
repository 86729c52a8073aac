import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES } from '../../../src/domain/account.ts';
import { newId } from '../../../src/kit/ids.ts';
import { type AdminApi, startAdminApi, walk, wrongFields } from './admin-api.ts';

let api: AdminApi;
let accountId: string;
beforeAll(async () => {
  api = await startAdminApi();
  accountId = (await api.made('/accounts', { name: 'Acme' })).id;
});
afterAll(() => api.close());

const kros = async (key: string) => (await api.call('GET', '/v1/phone-numbers', { key })).status;

describe('201', () => {
  it('issues a key that works in the Kros face, told once', async () => {
    const answer = await api.admin('POST', `/accounts/${accountId}/api-keys`, { body: {} });
    expect(answer.status, answer.text).toBe(201);
    const { key, ...shown } = answer.body;
    expect(key).toMatch(/^kros_live_[A-Za-z0-9_-]{43}$/);
    expect(answer.headers.get('location')).toBe(`/admin/v1/accounts/${accountId}/api-keys/${shown.id}`);
    expect(answer.headers.get('dialplane-propagation')).toBe('applied');
    expect(shown).toEqual({
      id: expect.any(String),
      account_id: accountId,
      kind: 'key',
      prefix: key.slice(0, 16),
      mode: 'live',
      role: 'owner',
      scopes: null,
      allowed_ips: [],
      expires_at: null,
      revoked_at: null,
      created_at: expect.stringMatching(/Z$/),
    });
    expect(await kros(key)).toBe(200);
    const again = await api.admin('GET', `/accounts/${accountId}/api-keys/${shown.id}`);
    expect(again.body).toEqual(shown);
    expect(await api.actions(`key:${shown.id}`)).toEqual(['key.create']);
  });

  it('issues an auth token for the auth id, with the scope that only the platform grants', async () => {
    const account = (await api.admin('GET', `/accounts/${accountId}`)).body;
    const answer = await api.admin('POST', `/accounts/${accountId}/auth-tokens`, { body: { scopes: ['cool_off:force'] } });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.body).toMatchObject({ auth_id: account.auth_id, scopes: ['cool_off:force'], kind: 'auth_token' });
    expect(answer.body.auth_token).toMatch(/^[A-Za-z0-9_-]{40}$/);
    expect(answer.body).not.toHaveProperty('key');
  });

  it('gives keys the mode, role, scopes, addresses and end that were asked for', async () => {
    const expires_at = new Date(api.clock.now() + 60_000).toISOString();
    const body = { mode: 'test', role: 'member', scopes: ['numbers:read'], allowed_ips: ['127.0.0.0/8', '::1'], expires_at };
    const { key, ...shown } = await api.made(`/accounts/${accountId}/api-keys`, body);
    expect(key).toMatch(/^kros_test_/);
    expect(shown).toMatchObject(body);
    expect(await kros(key)).toBe(200);
    expect((await api.call('GET', '/v1/endpoints', { key })).status).toBe(403);
    const outside = await api.made(`/accounts/${accountId}/api-keys`, { allowed_ips: ['192.0.2.1'] });
    expect(await kros(outside.key)).toBe(403);
  });

  it('knows every scope that an operation asks for', () => {
    const asked = api.faces.flatMap(({ operations }) => operations.flatMap(({ need }) => need?.scope ?? []));
    expect(new Set(asked).size).toBeGreaterThan(2);
    for (const scope of asked) expect(SCOPES).toContain(scope);
  });
});

describe('204', () => {
  it('revokes at once, and a second time there is nothing to revoke', async () => {
    const { id, key } = await api.made(`/accounts/${accountId}/api-keys`, {});
    expect(await kros(key)).toBe(200);
    const answer = await api.admin('DELETE', `/accounts/${accountId}/api-keys/${id}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await kros(key)).toBe(401);
    expect((await api.admin('DELETE', `/accounts/${accountId}/api-keys/${id}`)).status).toBe(404);
    expect((await api.admin('GET', `/accounts/${accountId}/api-keys/${id}`)).body.revoked_at).toMatch(/Z$/);
    expect(await api.actions(`key:${id}`)).toEqual(['key.create', 'key.revoke']);
  });

  it('leaves one audit row when five revoke the same key at once', async () => {
    const { id } = await api.made(`/accounts/${accountId}/api-keys`, {});
    const answers = await Promise.all(Array.from({ length: 5 }, () => api.admin('DELETE', `/accounts/${accountId}/api-keys/${id}`)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 404, 404, 404, 404]);
    expect(await api.actions(`key:${id}`)).toEqual(['key.create', 'key.revoke']);
  });
});

describe('200', () => {
  it('lists keys and tokens page by page and no secret', async () => {
    const { id } = await api.made('/accounts', { name: 'Other' });
    for (let i = 0; i < 3; i += 1) await api.made(`/accounts/${id}/api-keys`, {});
    const all = await walk(api, `/accounts/${id}/api-keys?`, 2);
    expect(all.map((one) => (one as { kind?: string }).kind)).toEqual(['auth_token', 'key', 'key', 'key']);
    expect(JSON.stringify(all)).not.toMatch(/"(key|auth_token)":/);
  });
});

describe('404', () => {
  it('knows a key only below its own account', async () => {
    const other = await api.made('/accounts', { name: 'Other' });
    const { id } = await api.made(`/accounts/${accountId}/api-keys`, {});
    for (const method of ['GET', 'DELETE']) {
      expect((await api.admin(method, `/accounts/${other.id}/api-keys/${id}`)).status).toBe(404);
    }
    expect((await api.admin('GET', `/accounts/${newId()}/api-keys`)).status).toBe(404);
  });
});

describe('422', () => {
  it.each([
    ['a wrong mode and role', { mode: 'x', role: 'root' }, { '/mode': 'invalid', '/role': 'invalid' }],
    ['a scope that nothing asks for', { scopes: ['number:read'] }, { '/scopes/0': 'invalid' }],
    ['a host name', { allowed_ips: ['127.0.0.1', 'example.com'] }, { '/allowed_ips/1': 'invalid' }],
    ['a long prefix', { allowed_ips: ['10.0.0.0/33'] }, { '/allowed_ips/0': 'invalid' }],
    ['a date', { expires_at: '2030-01-01' }, { '/expires_at': 'invalid' }],
    ['a time no database holds', { expires_at: '0000-01-01T00:00:00Z' }, { '/expires_at': 'invalid' }],
    ['an unknown field', { ip: 1 }, { '/ip': 'unknown' }],
  ])('names the field of %s', async (_, body, fields) => {
    for (const kind of ['api-keys', 'auth-tokens']) {
      const answer = await api.admin('POST', `/accounts/${accountId}/${kind}`, { body });
      expect(answer.status).toBe(422);
      expect(wrongFields(answer)).toEqual(fields);
    }
  });
});
