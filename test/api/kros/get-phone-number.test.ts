import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unsealHa1 } from '../../../src/app/sip-credentials/ha1.ts';
import { type ApiHarness, startApiHarness } from '../../support/api-harness.ts';
import { registerPhone } from '../../support/register-phone.ts';

let api: ApiHarness;
beforeAll(async () => {
  api = await startApiHarness();
});
afterAll(() => api.close());

const get = (key: string, id: string, headers: Record<string, string> = {}) => api.call('GET', `/phone-numbers/${id}`, { key, headers });
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

describe('200', () => {
  it('gives owners and admins a SIP login that works, kept by nobody and audited at each reading', async () => {
    const { account, key } = await api.newAccount();
    const number = await api.newNumber(key);
    const answer = await get(key, number.id);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('etag')).toBe('"2"');
    const { sip_credentials: login, ...rest } = answer.body;
    expect(rest).toMatchObject({ id: number.id, e164: number.e164, endpoint_id: null, allow_inbound: true });
    expect(login).toEqual({
      domain: 'sip.test',
      ip: '127.0.0.1',
      port: 5999,
      transport: 'udp',
      username: expect.stringMatching(/^n[0-9a-f]{20}$/),
      password: expect.stringMatching(/^[\w-]{32}$/),
      registered: false,
    });
    await registerPhone(api, 'sip.test', login.username);
    expect((await get(key, number.id)).body.sip_credentials).toEqual({ ...login, registered: true });
    const [row] = await api.sql('select * from sip_credentials where number_id = $1', [number.id]);
    const ha1 = unsealHa1(api.deps.sealer, { realm: row.realm, username: row.username, sealedHa1: row.sealed_ha1 });
    expect(ha1.md5).toBe(md5(`${login.username}:sip.test:${login.password}`));
    expect(JSON.stringify(row)).not.toContain(login.password);
    expect(JSON.stringify(row)).not.toContain(ha1.md5);

    const admin = await api.newKey(account, { role: 'admin' });
    expect((await get(admin, number.id)).body.sip_credentials).toEqual({ ...login, registered: true });
    const audit = await api.sql('select action, before, after from audit where resource = $1', [`sip_credential:${row.id}`]);
    expect(audit.map(({ action }) => action)).toEqual(Array(3).fill('sip_credential.read'));
    expect(JSON.stringify(audit)).not.toContain(login.password);
    expect(JSON.stringify(api.logged)).not.toContain(login.password);
  });

  it('keeps the login from members, and audits nothing then', async () => {
    const { account, key } = await api.newAccount();
    const number = await api.newNumber(key);
    const answer = await get(await api.newKey(account, { role: 'member' }), number.id);
    expect(answer.status).toBe(200);
    expect(answer.body).not.toHaveProperty('sip_credentials');
    expect(await api.sql("select 1 from audit where account_id = $1 and action = 'sip_credential.read'", [account.id])).toEqual([]);
  });

  it('shows a master the numbers of its sub-accounts', async () => {
    const parent = await api.newAccount();
    const child = await api.newAccount({ parent: parent.account });
    const number = await api.newNumber(child.key);
    expect((await get(parent.key, number.id)).status).toBe(200);
    expect((await get(parent.key, number.id, { 'x-organization-id': child.account.id })).status).toBe(200);
  });
});

describe('304', () => {
  it('answers a client that has this version without reading the password', async () => {
    const { account, key } = await api.newAccount();
    const number = await api.newNumber(key);
    const answer = await get(key, number.id, { 'If-None-Match': '"2"' });
    expect(answer.status).toBe(304);
    expect(answer.text).toBe('');
    expect(await api.sql("select 1 from audit where account_id = $1 and action = 'sip_credential.read'", [account.id])).toEqual([]);
    expect((await get(key, number.id, { 'If-None-Match': '"1"' })).status).toBe(200);
  });
});

describe('404', () => {
  it('answers byte for byte the same for unknown, foreign, stock, malformed and other-mode ids', async () => {
    const { account, key } = await api.newAccount();
    const other = await api.newAccount();
    const child = await api.newAccount({ parent: account });
    const testKey = await api.newKey(account, { mode: 'test' });
    const ids = [
      '018f3c1e-0000-7000-8000-000000000000',
      (await api.newNumber(other.key)).id,
      (await api.newStock()).id,
      (await api.newNumber(testKey, { mode: 'test' })).id,
      'not-a-uuid',
      '%E2%82%AC',
      'constructor',
    ];
    const texts = new Set<string>();
    for (const id of ids) {
      const answer = await get(key, id);
      expect(answer.status, id).toBe(404);
      texts.add(answer.text);
    }
    expect([...texts]).toEqual(['{"error":"Phone number not found.","code":"NOT_FOUND"}']);
    expect((await get(child.key, (await api.newNumber(key)).id)).status).toBe(404);
  });
});
