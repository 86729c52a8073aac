import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordRef } from '../../../src/domain/records.ts';
import { type ApiHarness, startApiHarness } from '../../support/api-harness.ts';

let api: ApiHarness;
beforeAll(async () => {
  api = await startApiHarness();
});
afterAll(() => api.close());

const release = (key: string, id: string, headers: Record<string, string> = {}, query = '') =>
  api.call('DELETE', `/phone-numbers/${id}${query}`, { key, headers });
const loginOf = async (key: string, id: string) => (await api.call('GET', `/phone-numbers/${id}`, { key })).body.sip_credentials;

describe('204', () => {
  it('puts the number back into stock with nothing of its holder on it', async () => {
    const { key } = await api.newAccount();
    const next = await api.newAccount();
    const number = await api.newNumber(key);
    const endpoint = await api.call('POST', '/endpoints', {
      key,
      body: { name: 'PBX', type: 'custom_sip', url: 'sip:pbx@203.0.113.7', phone_number_id: number.id },
    });
    await api.call('PATCH', `/phone-numbers/${number.id}`, { key, body: { allow_outbound: true, status: 'inactive' } });
    const login = await loginOf(key, number.id);
    const answer = await release(key, number.id);
    expect(answer.status, answer.text).toBe(204);
    expect(answer.text).toBe('');
    expect(answer.headers.get('dialplane-version')).toBe(`number:live:${number.e164}:5`);
    expect(answer.headers.get('dialplane-propagation')).toBe('applied');

    const refs = [recordRef.number('live', number.e164), recordRef.credential('sip.test', login.username)] as const;
    const records = await api.records.read(refs);
    expect(records.get(refs[0])).toEqual({ version: 5, record: null });
    expect(records.get(refs[1])).toEqual({ version: 2, record: null });
    expect((await api.call('GET', `/phone-numbers/${number.id}`, { key })).status).toBe(404);
    const [history] = await api.sql('select to_at from number_holders where number_id = $1', [number.id]);
    expect(history.to_at).not.toBeNull();

    const bought = await api.call('POST', '/phone-numbers', { key: next.key, body: { inventory_id: number.id } });
    expect(bought.body).toMatchObject({ endpoint_id: null, allow_inbound: true, allow_outbound: false, status: 'active' });
    expect((await loginOf(next.key, number.id)).username).not.toBe(login.username);
    expect((await api.call('GET', `/endpoints/${endpoint.body.id}`, { key })).status).toBe(200);
  });

  it('shows a cooling number to its last holder only', async () => {
    const before = await api.newAccount();
    const other = await api.newAccount();
    const number = await api.newNumber(before.key, { country: 'FI', e164: '+358912345678' });
    await api.sql('update numbers set last_call_at = $2 where id = $1', [number.id, new Date(api.clock.now() - 1000)]);
    expect((await release(before.key, number.id)).status).toBe(204);
    const stock = async (key: string) => (await api.call('GET', '/phone-numbers?action=available&country=FI', { key })).body.total;
    expect(await stock(other.key)).toBe(0);
    expect(await stock(before.key)).toBe(1);
  });

  it('takes ?action=release, ignores a body and refunds nothing', async () => {
    const { account, key } = await api.newAccount({ creditMinor: 1000 });
    const number = await api.newNumber(key);
    const answer = await api.call('DELETE', `/v1/phone-numbers/${number.id}?action=release`, {
      key,
      raw: '""',
      headers: { 'Content-Type': 'text/plain' },
    });
    expect(answer.status, answer.text).toBe(204);
    expect(await api.sql('select wallet_minor from balances where account_id = $1', [account.id])).toEqual([{ wallet_minor: 700 }]);
  });

  it('releases once, however often it is asked at a time', async () => {
    const { key } = await api.newAccount();
    const number = await api.newNumber(key);
    const answers = await Promise.all(Array.from({ length: 10 }, () => release(key, number.id)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, ...Array(9).fill(404)]);
    expect(await api.sql("select 1 from audit where resource = $1 and action = 'number.release'", [`number:${number.id}`])).toHaveLength(1);
  });
});

describe('400', () => {
  it('names an unknown parameter', async () => {
    const { key } = await api.newAccount();
    const number = await api.newNumber(key);
    for (const query of ['?force=true', '?action=burn']) {
      expect((await release(key, number.id, {}, query)).body).toMatchObject({ code: 'VALIDATION_ERROR' });
    }
  });
});

describe('403', () => {
  it('is not for members', async () => {
    const { account, key } = await api.newAccount();
    const number = await api.newNumber(key);
    expect((await release(await api.newKey(account, { role: 'member' }), number.id)).status).toBe(403);
  });
});

describe('409', () => {
  it('keeps a locked number', async () => {
    const { key } = await api.newAccount();
    const number = await api.newNumber(key);
    await api.sql('update numbers set deletion_lock = true where id = $1', [number.id]);
    const answer = await release(key, number.id);
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe('LOCKED');
  });
});

describe('412', () => {
  it('refuses another version', async () => {
    const { key } = await api.newAccount();
    const number = await api.newNumber(key);
    expect((await release(key, number.id, { 'If-Match': '"1"' })).status).toBe(412);
    expect((await release(key, number.id, { 'If-Match': '"2"' })).status).toBe(204);
  });
});
