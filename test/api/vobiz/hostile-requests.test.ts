import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestAccount } from '../../support/api-harness.ts';
import { openVobiz, type VobizWorld } from './support/vobiz-world.ts';

let api: VobizWorld;
let who: TestAccount;
let number: Awaited<ReturnType<VobizWorld['newOwn']>>;
beforeAll(async () => {
  api = await openVobiz();
  who = await api.newAccount();
  number = await api.newOwn(who);
});
afterAll(() => api.close());

describe('paths', () => {
  it('match in any case, with and without a slash at the end', async () => {
    const { authId } = who.account;
    for (const path of [
      `/api/v1/Account/${authId}/numbers`,
      `/api/v1/account/${authId}/Numbers/`,
      `/api/v1/ACCOUNT/${authId}/inventory/numbers`,
      `/api/v1/accounts/${authId}/sub-accounts`,
      `/api/v1/Accounts/${authId}/Sub-Accounts/`,
    ]) {
      expect([(await api.as(who, 'GET', path)).status, path]).toEqual([200, path]);
    }
  });

  it('take a number with its plus encoded once, twice, as a space, or raw', async () => {
    const digits = number.e164.slice(1);
    const base = number.path.replace(/[^/]+$/, '');
    for (const text of [`%2B${digits}`, `%2b${digits}`, `%252B${digits}`, `%20${digits}`, `+${digits}`]) {
      expect([(await api.as(who, 'GET', `${base}${text}`)).body.e164, text]).toEqual([number.e164, text]);
    }
    for (const text of [digits, `%25252B${digits}`, `%2B%2B${digits}`, '%2B', 'x'.repeat(300), '%2B0123456789', '%00']) {
      expect([(await api.as(who, 'GET', `${base}${text}`)).body, text]).toEqual([
        { error: 'not_found', message: 'number not found' },
        text,
      ]);
    }
  });

  it('400 in this face’s words for a broken escape; 404 without a face for what nobody knows', async () => {
    const broken = await api.as(who, 'GET', `/api/v1/account/${who.account.authId}/numbers/%`);
    expect([broken.status, broken.body.error]).toEqual([400, 'invalid request']);
    const unknown = await api.as(who, 'GET', `/api/v1/account/${who.account.authId}/nothing`);
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, expect.stringContaining('problem+json')]);
    // Plivo is no face (decision B32).
    expect((await api.as(who, 'GET', `/v1/Account/${who.account.authId}/Number/`)).status).toBe(404);
  });

  it('405 with Allow', async () => {
    const answer = await api.as(who, 'PATCH', number.path);
    expect([answer.status, answer.body.error]).toEqual([405, 'method_not_allowed']);
    expect(answer.headers.get('allow')).toContain('DELETE');
  });
});

describe('bodies', () => {
  const buy = (raw: string, type = 'application/json') =>
    api.as(who, 'POST', `/api/v1/Account/${who.account.authId}/numbers/purchase-from-inventory`, {
      raw,
      headers: { 'Content-Type': type },
    });

  it('GET may carry Content-Type, DELETE any body', async () => {
    expect((await api.as(who, 'GET', number.path, { headers: { 'Content-Type': 'application/json' } })).status).toBe(200);
    const assign = `${number.path}/assign`;
    for (const raw of ['""', '{', 'x'.repeat(100_000)]) {
      expect((await api.as(who, 'DELETE', assign, { raw, headers: { 'Content-Type': 'application/json' } })).status).toBe(404);
    }
  });

  it('400 for what is no JSON object, 413 for too much, 415 for other types', async () => {
    for (const raw of ['{', '[]', '"x"', 'null', '\uFEFF{}', '{"e164":{}}', `${'['.repeat(100)}${']'.repeat(100)}`]) {
      expect([(await buy(raw)).body.error, raw]).toEqual(['invalid request', raw]);
    }
    expect((await buy(JSON.stringify({ e164: 'x'.repeat(70_000) }))).status).toBe(413);
    expect((await buy('e164=1', 'application/x-www-form-urlencoded')).status).toBe(415);
  });

  it('nothing of a prototype or a control character gets through', async () => {
    expect((await buy('{"__proto__":{"e164":"+442071838750"}}')).status).toBe(400);
    expect((await buy('{"e164":"+4420718\\u000038750"}')).status).toBe(400);
    const sub = await api.as(who, 'POST', `/api/v1/accounts/${who.account.authId}/sub-accounts/`, { body: { name: 'a\u0000b' } });
    expect(sub.status).toBe(400);
    expect((await api.as(who, 'GET', `/api/v1/Account/${who.account.authId}/numbers?search=%00`)).status).toBe(400);
    expect((await api.as(who, 'GET', `/api/v1/Account/${who.account.authId}/numbers?__proto__=1&constructor=2`)).status).toBe(200);
  });
});
