import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PLATFORM_KEY, type TestAccount } from '../../support/api-harness.ts';
import { openVobiz, type VobizWorld } from './support/vobiz-world.ts';

let api: VobizWorld;
let parent: TestAccount;
let child: TestAccount;
let other: TestAccount;
beforeAll(async () => {
  api = await openVobiz();
  ({ parent, child } = await api.newFamily());
  other = await api.newAccount();
});
afterAll(() => api.close());

const list = (of: TestAccount, headers: Record<string, string>) =>
  api.call('GET', `/api/v1/Account/${of.account.authId}/numbers`, { headers });
const pair = (id: string, token: string) => ({ 'X-Auth-ID': id, 'X-Auth-Token': token });
const basic = (id: string, token: string) => ({ Authorization: `Basic ${Buffer.from(`${id}:${token}`).toString('base64')}` });
const own = (who: TestAccount) => pair(who.account.authId, who.key);

describe('who', () => {
  it('the X-Auth pair or Basic; the pair wins and Authorization is then not looked at', async () => {
    expect((await list(parent, own(parent))).status).toBe(200);
    expect((await list(parent, basic(parent.account.authId, parent.key))).status).toBe(200);
    expect((await list(parent, { ...own(parent), Authorization: 'Bearer nonsense' })).status).toBe(200);
    expect((await list(parent, { ...pair(parent.account.authId, 'wrong'), ...basic(parent.account.authId, parent.key) })).status).toBe(401);
  });

  it('401 with the vendor’s body for everything that is wrong', async () => {
    const wrong = [
      {},
      { 'X-Auth-ID': parent.account.authId },
      pair(parent.account.authId, 'nonsense'),
      pair(other.account.authId, parent.key),
      pair(parent.account.authId.toLowerCase(), parent.key),
      { Authorization: `Bearer ${parent.key}` },
      { Authorization: 'Basic !!!' },
      { Authorization: `Basic ${Buffer.from('no colon').toString('base64')}` },
      basic(other.account.authId, parent.key),
    ];
    for (const headers of wrong as Record<string, string>[]) {
      const answer = await list(parent, headers);
      expect([answer.status, answer.body]).toEqual([401, { error: { code: 401, message: 'Invalid token' } }]);
      expect(answer.headers.get('www-authenticate')).toContain('Basic');
    }
  });

  it('the same work for an id that nobody has and a token that is wrong: nobody learns which ids there are', async () => {
    const asked: Record<string, number> = {};
    const statements = vi.spyOn(pg.Client.prototype, 'query');
    try {
      for (const [name, id] of [
        ['known', parent.account.authId],
        ['child', child.account.authId],
        ['unknown', 'MA_000000000000000000'],
      ] as const) {
        const path = `/api/v1/Account/${id}/numbers`;
        statements.mockClear();
        const answer = await api.call('GET', path, { headers: pair(id, 'nonsense') });
        expect([answer.status, answer.body]).toEqual([401, { error: { code: 401, message: 'Invalid token' } }]);
        asked[name] = statements.mock.calls.length;
      }
    } finally {
      statements.mockRestore();
    }
    expect(asked['known']).toBeGreaterThan(0);
    expect(asked['unknown']).toBe(asked['known']);
    expect(asked['child']).toBe(asked['known']);
  });

  it('auth tokens and keys of the account, each in its mode', async () => {
    const token = await api.newKey(parent.account, { kind: 'auth_token' });
    expect((await list(parent, pair(parent.account.authId, token))).status).toBe(200);
    const test = { ...parent, key: await api.newKey(parent.account, { mode: 'test' }) };
    const number = await api.newOwn(parent);
    expect((await api.as(parent, 'GET', number.path)).status).toBe(200);
    expect((await api.as(test, 'GET', number.path)).status).toBe(404);
  });
});

describe('for whom', () => {
  it('one’s own path or a child’s; the parent’s, a stranger’s and none at all are the same 404', async () => {
    expect((await list(child, own(parent))).status).toBe(200);
    const seen = [];
    for (const [who, path] of [
      [child, parent.account.authId],
      [parent, other.account.authId],
      [parent, 'MA_AAAAAAAAAAAAAAAAAA'],
      [parent, 'nonsense'],
      [parent, parent.account.authId.toLowerCase()],
      [parent, '%00'],
    ] as const) {
      const { status, text } = await api.call('GET', `/api/v1/Account/${path}/numbers`, { headers: own(who) });
      seen.push([status, text]);
    }
    expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(seen[0]?.[0]).toBe(404);
  });

  it('the platform key acts for the account in the path', async () => {
    for (const headers of [pair('platform', PLATFORM_KEY), { Authorization: `Bearer ${PLATFORM_KEY}` }, basic('platform', PLATFORM_KEY)]) {
      expect((await list(other, headers)).status).toBe(200);
    }
    expect((await api.call('GET', '/api/v1/Account/MA_UNKNOWN/numbers', { headers: pair('x', PLATFORM_KEY) })).status).toBe(404);
  });

  it('403 for a disabled sub-account; its parent still gets in', async () => {
    const disabled = await api.newAccount({ parent: parent.account });
    await api.sql("update accounts set status = 'disabled' where id = $1", [disabled.account.id]);
    expect((await list(disabled, own(disabled))).status).toBe(403);
    expect((await list(disabled, own(parent))).status).toBe(200);
  });

  it('a scope list limits, and cool_off:force alone does not', async () => {
    const number = await api.newOwn(parent);
    const reader = { ...parent, key: await api.newKey(parent.account, { scopes: ['numbers:read'] }) };
    expect((await api.as(reader, 'GET', number.path)).status).toBe(200);
    expect((await api.as(reader, 'DELETE', number.path)).status).toBe(403);
    const force = await api.newForce(parent.account);
    expect((await api.as(force, 'GET', number.path)).status).toBe(200);
    expect((await api.as(force, 'DELETE', number.path)).status).toBe(200);
  });
});

it('slows a source down that guesses', async () => {
  const strict = await openVobiz({ failedAuthPerMinute: 2 });
  try {
    const who = await strict.newAccount();
    const path = `/api/v1/Account/${who.account.authId}/numbers`;
    const guess = () => strict.call('GET', path, { headers: pair(who.account.authId, 'guess') });
    const answers = [await guess(), await guess(), await guess()];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 429]);
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await strict.as(who, 'GET', path)).status).toBe(200);
  } finally {
    await strict.close();
  }
});
