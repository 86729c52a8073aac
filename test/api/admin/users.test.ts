import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../src/kit/ids.ts';
import { JWT_SECRET } from '../../support/api-harness.ts';
import { type AdminApi, startAdminApi, walk, wrongFields } from './admin-api.ts';

let api: AdminApi;
let accountId: string;
beforeAll(async () => {
  api = await startAdminApi();
  accountId = (await api.made('/accounts', { name: 'Acme' })).id;
});
afterAll(() => api.close());

const user = (body: object = {}) => api.made('/users', { email: 'ann@example.com', ...body });
const join = (userId: string, role: string, account = accountId) =>
  api.admin('POST', `/accounts/${account}/memberships`, { body: { user_id: userId, role } });

async function listAs(userId: string): Promise<number> {
  const token = new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setAudience('authenticated')
    .setExpirationTime('1m');
  return (await api.call('GET', '/v1/phone-numbers', { key: await token.sign(new TextEncoder().encode(JWT_SECRET)) })).status;
}

describe('users', () => {
  it('201: are registered under the id of their tokens', async () => {
    const id = newId();
    const answer = await api.admin('POST', '/users', { body: { id: id.toUpperCase(), email: 'ann@example.com' } });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.headers.get('location')).toBe(`/admin/v1/users/${id}`);
    expect(answer.body).toEqual({ id, email: 'ann@example.com', created_at: expect.stringMatching(/Z$/) });
    expect((await api.admin('GET', `/users/${id}`)).body).toEqual({ ...answer.body, memberships: [] });
    expect(await api.actions(`user:${id}`)).toEqual(['user.create']);
  });

  it('200: are listed page by page', async () => {
    const made = [(await user()).id, (await user()).id, (await user()).id];
    expect((await walk(api, '/users?', 2)).map(({ id }) => id)).toEqual(expect.arrayContaining(made));
  });

  it('409: an id is registered once', async () => {
    const { id } = await user();
    const answer = await api.admin('POST', '/users', { body: { id, email: 'bob@example.com' } });
    expect([answer.status, answer.body.code]).toEqual([409, 'user_exists']);
    expect(await api.actions(`user:${id}`)).toEqual(['user.create']);
  });

  it('422: name what is wrong', async () => {
    expect(wrongFields(await api.admin('POST', '/users', { body: { id: 'x', email: 'x', name: 'x' } }))).toEqual({
      '/id': 'invalid',
      '/email': 'invalid',
      '/name': 'unknown',
    });
  });
});

describe('memberships', () => {
  it('201: let the user in at once, change the role, and leave no trace where nothing changes', async () => {
    const { id } = await user();
    expect(await listAs(id)).toBe(403);
    const answer = await join(id, 'member');
    expect(answer.status, answer.text).toBe(201);
    const location = `/accounts/${accountId}/memberships/${id}`;
    expect(answer.headers.get('location')).toBe(`/admin/v1${location}`);
    expect(answer.body).toEqual({ account_id: accountId, user_id: id, role: 'member', created_at: expect.stringMatching(/Z$/) });
    expect(await listAs(id)).toBe(200);
    await join(id, 'member');
    expect((await join(id, 'admin')).body).toEqual({ ...answer.body, role: 'admin' });
    expect((await api.admin('GET', location)).body.role).toBe('admin');
    expect((await api.admin('GET', `/users/${id}`)).body.memberships).toEqual([{ ...answer.body, role: 'admin' }]);
    expect(await api.actions(`user:${id}`)).toEqual(['user.create', 'membership.put', 'membership.put']);
  });

  it('204: end at once', async () => {
    const { id } = await user();
    await join(id, 'owner');
    const path = `/accounts/${accountId}/memberships/${id}`;
    expect((await api.admin('DELETE', path)).status).toBe(204);
    expect(await listAs(id)).toBe(403);
    expect((await api.admin('DELETE', path)).status).toBe(404);
    expect((await api.admin('GET', path)).status).toBe(404);
    expect(await api.actions(`user:${id}`)).toEqual(['user.create', 'membership.put', 'membership.remove']);
  });

  it('200: are listed page by page', async () => {
    const account = (await api.made('/accounts', { name: 'Other' })).id;
    const users: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      users.push((await user()).id);
      await join(users[i]!, 'member', account);
    }
    const all = await walk(api, `/accounts/${account}/memberships?`, 2);
    expect(all.map((one) => (one as { user_id?: string }).user_id)).toEqual(users);
  });

  it('404 and 422: the account is of the path, the user of the body', async () => {
    const { id } = await user();
    expect((await join(id, 'member', newId())).status).toBe(404);
    expect((await api.admin('GET', `/accounts/${newId()}/memberships`)).status).toBe(404);
    expect(wrongFields(await join(newId(), 'member'))).toEqual({ '/user_id': 'invalid' });
    expect(wrongFields(await join(id, 'boss'))).toEqual({ '/role': 'invalid' });
  });
});
