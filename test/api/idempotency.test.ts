import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweepAnswers } from '../../src/app/idempotency/sweep-answers.ts';
import { newId } from '../../src/kit/ids.ts';
import { idempotencySweeper } from '../../src/store/idempotency.ts';
import type { ApiAnswer, ApiRequest } from '../support/api-call.ts';
import { DAY_MS, PLATFORM_KEY, type TestAccount } from '../support/api-harness.ts';
import { type AdminApi, startAdminApi } from './admin/admin-api.ts';

let api: AdminApi;
let mine: TestAccount;
beforeAll(async () => {
  api = await startAdminApi({
    testClock: ({ clock }) => ({
      advance: async (ms) => {
        clock.advance(ms);
        return ms;
      },
    }),
  });
  mine = await api.newAccount({ creditMinor: 10_000_000 });
});
afterAll(() => api.close());

const isReplay = ({ headers }: ApiAnswer): boolean => headers.get('idempotent-replayed') === 'true';
const PBX = { name: 'PBX', type: 'custom_sip', url: 'sip:pbx@203.0.113.7' };
const post = (path: string, idempotencyKey: string, { headers, ...request }: ApiRequest = {}): Promise<ApiAnswer> =>
  api.call('POST', path, { key: mine.key, ...request, headers: { 'Idempotency-Key': idempotencyKey, ...headers } });
const adminPost = (path: string, idempotencyKey: string, request: ApiRequest = {}): Promise<ApiAnswer> =>
  post(`/admin/v1${path}`, idempotencyKey, { key: PLATFORM_KEY, ...request });

describe('the key', () => {
  it.each(['', 'with space', 'é', 'x'.repeat(256), 'tab\there'])('400 in every face for %j, naming the header', async (bad) => {
    const headers = { 'Idempotency-Key': Buffer.from(bad, 'utf8').toString('latin1') };
    const kros = await api.call('POST', '/endpoints', { key: mine.key, body: PBX, headers });
    expect(kros.status, kros.text).toBe(400);
    expect(kros.body).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ field: 'Idempotency-Key' }] });
    const admin = await api.admin('POST', '/accounts', { body: { name: 'x' }, headers });
    expect(admin.status).toBe(400);
    expect(admin.body).toMatchObject({ code: 'invalid', errors: [{ header: 'Idempotency-Key' }] });
  });

  it('may have 255 characters of any printable kind', async () => {
    const key = `!~${'x'.repeat(253)}`;
    const answer = await post('/endpoints', key, { body: PBX });
    expect(answer.status, answer.text).toBe(201);
    expect(isReplay(await post('/endpoints', key, { body: PBX }))).toBe(true);
  });

  it('is not heard on other methods, which are safe to repeat already', async () => {
    const { body } = await post('/endpoints', newId(), { body: PBX });
    const request = { key: mine.key, body: { name: 'Other' }, headers: { 'Idempotency-Key': 'with space' } };
    expect((await api.call('PATCH', `/endpoints/${body.id}`, request)).status).toBe(200);
  });

  it('belongs to its account and mode', async () => {
    const other = await api.newAccount();
    const testKey = await api.newKey(mine.account, { mode: 'test' });
    const key = newId();
    const ids = new Set<string>();
    for (const who of [mine.key, other.key, testKey]) {
      const answer = await post('/endpoints', key, { key: who, body: PBX });
      expect(answer.status, answer.text).toBe(201);
      expect(isReplay(answer)).toBe(false);
      ids.add(answer.body.id);
    }
    expect(ids.size).toBe(3);
  });

  it("is the platform's own, also where the platform acts for an account", async () => {
    const key = newId();
    const headers = { 'x-organization-id': mine.account.id };
    const own = await post('/endpoints', key, { body: PBX });
    const platform = await post('/endpoints', key, { key: PLATFORM_KEY, body: PBX, headers });
    expect(isReplay(platform)).toBe(false);
    expect(platform.body.id).not.toBe(own.body.id);
    expect(isReplay(await post('/endpoints', key, { key: PLATFORM_KEY, body: PBX, headers }))).toBe(true);
  });
});

describe('the same request', () => {
  it('is the same in another order of names, other spaces and at the other mount', async () => {
    const key = newId();
    const first = await post('/endpoints', key, { body: PBX });
    const raw = `{ "url": ${JSON.stringify(PBX.url)},\n "type": "custom_sip", "name": "P\\u0042X" }`;
    const again = await post('/v1/endpoints', key, { raw, headers: { 'Content-Type': 'application/json' } });
    expect(isReplay(again), again.text).toBe(true);
    expect(again.text).toBe(first.text);
    expect(again.status).toBe(201);
  });

  it.each([
    ['another body', '/endpoints', { ...PBX, name: 'Other' }],
    ['another route', '/phone-numbers', { inventory_id: newId() }],
  ])('is not %s: 422, and nothing happens', async (_, path, body) => {
    const key = newId();
    await post('/endpoints', key, { body: PBX });
    const answer = await post(path, key, { body });
    expect(answer.status, answer.text).toBe(422);
    expect(answer.body.code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(isReplay(answer)).toBe(false);
  });

  it('422 as a problem in the admin face', async () => {
    const key = newId();
    await adminPost('/accounts', key, { body: { name: 'One' } });
    const answer = await adminPost('/accounts', key, { body: { name: 'Two' } });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body.code).toBe('idempotency_key_reused');
  });

  it('is the same for a stream with the same bytes, and another one otherwise', async () => {
    const e164 = `+4420${newId().replace(/\D/g, '').padEnd(8, '1').slice(0, 8)}`;
    const headers = { 'Content-Type': 'application/x-ndjson' };
    const key = newId();
    const raw = `{"e164":"${e164}","country":"GB","setup_fee_minor":5}\n{"bad":1}\n`;
    const first = await adminPost('/inventory', key, { raw, headers });
    expect(first.status, first.text).toBe(200);
    expect(first.body).toMatchObject({ created: 1, rejected: [{ index: 1 }] });
    const again = await adminPost('/inventory', key, { raw, headers });
    expect(isReplay(again), again.text).toBe(true);
    expect(again.text).toBe(first.text);
    const other = await adminPost('/inventory', key, { raw: raw.replace('fee_minor":5', 'fee_minor":6'), headers });
    expect(other.status, other.text).toBe(422);
    const wrong = await adminPost('/inventory', newId(), { raw: 'e164,e164\n', headers: { 'Content-Type': 'text/csv' } });
    expect(wrong.status).toBe(422);
    expect(wrong.body.code).toBe('invalid');
  });
});

describe('what is kept', () => {
  it('is no refusal: the request is done once it can be', async () => {
    const poor = await api.newAccount({ creditMinor: 0 });
    const stock = await api.newStock();
    const key = newId();
    const request = { key: poor.key, body: { inventory_id: stock.id } };
    expect((await post('/phone-numbers', key, request)).status).toBe(402);
    await adminPost(`/accounts/${poor.account.id}/credits`, newId(), { body: { amount_minor: 1000, note: 'now' } });
    const bought = await post('/phone-numbers', key, request);
    expect(bought.status, bought.text).toBe(201);
    expect(isReplay(bought)).toBe(false);
    expect(await post('/phone-numbers', key, request).then(isReplay)).toBe(true);
  });

  it('has the headers of the first answer, and of the propagation what was known at the commit', async () => {
    const stock = await api.newStock();
    const key = newId();
    const first = await post('/phone-numbers', key, { body: { inventory_id: stock.id } });
    const again = await post('/phone-numbers', key, { body: { inventory_id: stock.id } });
    for (const name of ['location', 'etag', 'dialplane-version', 'content-type']) {
      expect(first.headers.get(name), name).not.toBeNull();
      expect(again.headers.get(name), name).toBe(first.headers.get(name));
    }
    expect(first.headers.get('dialplane-propagation')).toBe('applied');
    expect(again.headers.get('dialplane-propagation')).toBe('pending');
  });

  it('is sealed', async () => {
    const name = `Account ${newId()}`;
    const key = newId();
    await adminPost('/accounts', key, { body: { name } });
    const [row] = await api.sql('select * from idempotency where key = $1', [key]);
    expect(row.scope).toBe('platform');
    expect(row.sealed_answer).toMatch(/^s1\./);
    expect(JSON.stringify(row)).not.toContain(name);
  });

  it('ends after its time, and is swept a batch at a time', async () => {
    const key = newId();
    const first = await post('/endpoints', key, { body: PBX });
    api.clock.advance(DAY_MS - 60_000);
    expect(isReplay(await post('/endpoints', key, { body: PBX }))).toBe(true);
    api.clock.advance(60_000);
    const anew = await post('/endpoints', key, { body: PBX });
    expect(anew.status, anew.text).toBe(201);
    expect(anew.body.id).not.toBe(first.body.id);
    expect(isReplay(await post('/endpoints', key, { body: PBX }))).toBe(true);

    const at = api.clock.now();
    const rows = async () => (await api.sql('select count(*)::int as n from idempotency where expires_at <= $1', [new Date(at)]))[0].n;
    const due = await rows();
    expect(due).toBeGreaterThan(2);
    const sweeper = idempotencySweeper(api.parts.pool);
    expect(await sweeper.sweep(at, 2)).toBe(2);
    expect(await rows()).toBe(due - 2);
    expect(await sweepAnswers({ idempotency: sweeper, clock: api.clock })).toBe(false);
    expect(await rows()).toBe(0);
    expect(isReplay(await post('/endpoints', key, { body: PBX }))).toBe(true);
  });
});

describe('secrets that are told once', () => {
  it.each([
    ['auth_token', '/accounts', async () => ({ name: 'Secret' })],
    ['key', '/accounts/:id/api-keys', async () => ({})],
    ['auth_token', '/accounts/:id/auth-tokens', async () => ({})],
    ['password', '/sip-users', async () => ({ account_id: mine.account.id, username: `u${Date.now()}` })],
  ])('%s of POST %s is null in a repetition, which says so, and is not stored', async (secret, path, bodyOf) => {
    const body = await bodyOf();
    const key = newId();
    const url = path.replace(':id', mine.account.id);
    const first = await adminPost(url, key, { body });
    expect(first.status, first.text).toBe(201);
    expect(first.body[secret]).toMatch(/^\S{12,}$/);
    expect(first.body).not.toHaveProperty('secret_already_shown');
    const again = await adminPost(url, key, { body });
    expect(isReplay(again), again.text).toBe(true);
    expect(again.body).toEqual({ ...first.body, [secret]: null, secret_already_shown: true });
    const [row] = await api.sql('select sealed_answer from idempotency where key = $1', [key]);
    expect(api.deps.sealer.unseal(row.sealed_answer, `idempotency:platform:live:${key}`)).not.toContain(first.body[secret]);
  });
});
