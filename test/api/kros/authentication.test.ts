import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUser, putMembership, removeMembership } from '../../../src/app/accounts/manage-members.ts';
import { updateAccount } from '../../../src/app/accounts/update-account.ts';
import type { Role } from '../../../src/domain/account.ts';
import { newId } from '../../../src/kit/ids.ts';
import { type ApiHarness, changedValue, DAY_MS, JWT_SECRET, PLATFORM_KEY, startApiHarness } from '../../support/api-harness.ts';

let api: ApiHarness;
beforeAll(async () => {
  api = await startApiHarness();
});
afterAll(() => api.close());

const list = (headers: Record<string, string>) => api.call('GET', '/phone-numbers', { headers });
const UNAUTHORIZED = '{"error":"The credentials are missing, wrong or no longer valid.","code":"UNAUTHORIZED"}';

interface TokenOptions {
  readonly secret?: string;
  readonly audience?: string;
  readonly alg?: string;
  readonly expiresInSeconds?: number;
}
function token(
  userId: string,
  { secret = JWT_SECRET, audience = 'authenticated', alg = 'HS256', expiresInSeconds = 60 }: TokenOptions = {},
) {
  const jwt = new SignJWT({}).setProtectedHeader({ alg }).setSubject(userId).setAudience(audience);
  return jwt.setExpirationTime(Math.floor(api.clock.now() / 1000) + expiresInSeconds).sign(new TextEncoder().encode(secret));
}
async function newUser(): Promise<string> {
  return changedValue(await createUser(api.deps, api.platform, { id: null, email: 'user@example.com' })).id;
}
const join = async (userId: string, accountId: string, role: Role) =>
  changedValue(await putMembership(api.deps, api.platform, { accountId, userId, role }));

describe('keys', () => {
  it('are taken raw, as Bearer, and as x-api-key', async () => {
    const { key } = await api.newAccount();
    for (const headers of [
      { Authorization: key },
      { Authorization: `Bearer ${key}` },
      { Authorization: `bearer  ${key}` },
      { 'x-api-key': key },
    ]) {
      expect((await list(headers)).status).toBe(200);
    }
    expect((await list({ 'x-api-key': key, Authorization: `Bearer ${key}` })).status).toBe(200);
  });

  it('get one 401 for missing, unknown, revoked, expired, malformed and contradicting credentials', async () => {
    const { account, key } = await api.newAccount();
    const revoked = await api.newKey(account);
    await api.sql('update api_keys set revoked_at = now() where id = (select id from api_keys order by created_at desc, id desc limit 1)');
    const expired = await api.newKey(account, { expiresAt: api.clock.now() - 1 });
    const wrong: Record<string, string>[] = [
      {},
      { Authorization: '' },
      { Authorization: 'Bearer kros_live_unknown' },
      { Authorization: revoked },
      { Authorization: expired },
      { Authorization: 'Bearer x' },
      { Authorization: `Bearer ${'k'.repeat(9000)}` },
      { Authorization: 'Basic dXNlcjpwYXNz' },
      { 'x-api-key': key, Authorization: 'Bearer kros_live_other' },
      { Authorization: 'Bearer a.b.c' },
      { Authorization: `Bearer ${PLATFORM_KEY}x` },
    ];
    for (const headers of wrong) {
      const answer = await list(headers);
      expect(answer.status, JSON.stringify(headers).slice(0, 80)).toBe(401);
      expect(answer.text).toBe(UNAUTHORIZED);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect((await list({ Authorization: key })).status).toBe(200);
  });

  it('work only from their allowed addresses', async () => {
    const { account } = await api.newAccount();
    const inside = await api.newKey(account, { allowedIps: ['192.0.2.1', '127.0.0.0/8'] });
    const outside = await api.newKey(account, { allowedIps: ['192.0.2.0/24', '2001:db8::/32', 'nonsense'] });
    expect((await list({ Authorization: inside })).status).toBe(200);
    expect((await list({ Authorization: outside })).status).toBe(403);
  });

  it('believe X-Forwarded-For from a trusted proxy only', async () => {
    const behind = await startApiHarness({ config: { trustProxy: ['127.0.0.1'] } });
    try {
      const headers = { 'X-Forwarded-For': '198.51.100.1, 192.0.2.7' };
      for (const [harness, status] of [
        [behind, 200],
        [api, 403],
      ] as const) {
        const { account } = await harness.newAccount();
        const key = await harness.newKey(account, { allowedIps: ['192.0.2.7'] });
        expect((await harness.call('GET', '/phone-numbers', { key, headers })).status).toBe(status);
      }
    } finally {
      await behind.close();
    }
  });

  it('have their last use noted', async () => {
    const { account, key } = await api.newAccount();
    await list({ Authorization: key });
    await expect
      .poll(
        async () =>
          (await api.sql('select last_used_at from api_keys where account_id = $1 and kind = $2', [account.id, 'key']))[0].last_used_at,
      )
      .not.toBeNull();
  });

  it('obey their scopes', async () => {
    const { account } = await api.newAccount();
    const key = await api.newKey(account, { scopes: ['numbers:read'] });
    expect((await api.call('GET', '/phone-numbers', { key })).status).toBe(200);
    expect((await api.call('GET', '/endpoints', { key })).body.code).toBe('FORBIDDEN');
    expect((await api.call('PATCH', `/phone-numbers/${newId()}`, { key, body: {} })).body.code).toBe('FORBIDDEN');
  });

  it('are closed with their account, and with its parent', async () => {
    const parent = await api.newAccount();
    const child = await api.newAccount({ parent: parent.account });
    const set = (accountId: string, status: 'active' | 'disabled') => updateAccount(api.deps, api.platform, accountId, { status });
    await set(parent.account.id, 'disabled');
    for (const { key } of [parent, child]) expect((await list({ Authorization: key })).status).toBe(403);
    await set(parent.account.id, 'active');
    await set(child.account.id, 'disabled');
    expect((await list({ Authorization: parent.key })).status).toBe(200);
    expect((await list({ Authorization: child.key })).status).toBe(403);
  });
});

describe('x-organization-id', () => {
  it('may name the own account or a child, nobody else', async () => {
    const parent = await api.newAccount();
    const child = await api.newAccount({ parent: parent.account });
    const number = await api.newNumber(child.key);
    const asChild = await list({ Authorization: parent.key, 'x-organization-id': child.account.id.toUpperCase() });
    expect(asChild.body.phone_numbers.map(({ id }: { id: string }) => id)).toEqual([number.id]);
    expect((await list({ Authorization: parent.key, 'x-organization-id': parent.account.id })).body.total).toBe(0);
    expect((await list({ Authorization: child.key, 'x-organization-id': parent.account.id })).status).toBe(403);
  });

  it('must be a uuid', async () => {
    const { key } = await api.newAccount();
    const answer = await list({ Authorization: key, 'x-organization-id': 'acme' });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ field: 'x-organization-id' }] });
  });
});

describe('sessions', () => {
  it('fall back to the oldest membership and act with its role', async () => {
    const [first, second] = [await api.newAccount(), await api.newAccount()];
    const userId = await newUser();
    await join(userId, first.account.id, 'member');
    api.clock.advance(1000);
    await join(userId, second.account.id, 'admin');
    const stock = await api.newStock();
    const key = await token(userId);
    const buy = (headers: Record<string, string> = {}) =>
      api.call('POST', '/phone-numbers', { key, headers, body: { inventory_id: stock.id } });
    expect((await buy()).status).toBe(403);
    const bought = await buy({ 'x-organization-id': second.account.id });
    expect(bought.status).toBe(201);
    expect(bought.body.organization_id).toBe(second.account.id);
  });

  it('see test resources only when they ask for test', async () => {
    const { account } = await api.newAccount();
    const testKey = await api.newKey(account, { mode: 'test' });
    await api.newNumber(testKey, { mode: 'test' });
    const userId = await newUser();
    await join(userId, account.id, 'owner');
    const Authorization = await token(userId);
    expect((await list({ Authorization })).body.total).toBe(0);
    expect((await list({ Authorization, 'x-dialplane-mode': 'test' })).body.total).toBe(1);
    expect((await list({ Authorization, 'x-dialplane-mode': 'other' })).status).toBe(400);
  });

  it('end with the last membership', async () => {
    const { account } = await api.newAccount();
    const userId = await newUser();
    const Authorization = await token(userId);
    expect((await list({ Authorization })).status).toBe(403);
    await join(userId, account.id, 'owner');
    expect((await list({ Authorization })).status).toBe(200);
    changedValue(await removeMembership(api.deps, api.platform, { accountId: account.id, userId }));
    expect((await list({ Authorization })).status).toBe(403);
  });

  it('are refused when expired, for others, signed by others or not at all', async () => {
    const userId = await newUser();
    const { account } = await api.newAccount();
    await join(userId, account.id, 'owner');
    const good = await token(userId);
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = encode({ sub: userId, aud: 'authenticated', exp: Math.floor(api.clock.now() / 1000) + 60 });
    const wrong = [
      await token(userId, { expiresInSeconds: -1 }),
      await token(userId, { audience: 'anon' }),
      await token(userId, { secret: 'another-secret-0123456789abcdefgh' }),
      await token(userId, { alg: 'HS512', secret: 'x'.repeat(64) }),
      await token('admin'),
      `${encode({ alg: 'none' })}.${claims}.`,
      `${encode({ alg: 'RS256' })}.${claims}.AAAA`,
      `${good.slice(0, -2)}xx`,
      `${good}.x`,
    ];
    for (const Authorization of wrong) {
      const answer = await list({ Authorization });
      expect(answer.status, Authorization).toBe(401);
      expect(answer.text).toBe(UNAUTHORIZED);
    }
    api.clock.advance(DAY_MS);
    expect((await list({ Authorization: good })).status).toBe(401);
  });
});

describe('429', () => {
  it('slows a guesser down, and a right key of the same source still passes', async () => {
    const strict = await startApiHarness({ failedAuthPerMinute: 10 });
    try {
      const { key } = await strict.newAccount();
      const statuses = [];
      for (let i = 0; i < 12; i += 1) statuses.push((await strict.call('GET', '/phone-numbers', { key: `kros_live_guess${i}` })).status);
      expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
      const answer = await strict.call('GET', '/endpoints', { key: 'kros_live_guess' });
      expect(answer.body).toMatchObject({ error: 'Rate limit exceeded', code: 'RATE_LIMIT_EXCEEDED', retry_after: expect.any(Number) });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await strict.call('GET', '/phone-numbers', { key })).status).toBe(200);
    } finally {
      await strict.close();
    }
  });
});
