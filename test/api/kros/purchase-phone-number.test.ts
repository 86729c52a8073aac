import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { recordRef } from '../../../src/domain/records.ts';
import { type ApiHarness, DAY_MS, startApiHarness } from '../../support/api-harness.ts';

let api: ApiHarness;
beforeAll(async () => {
  api = await startApiHarness();
});
afterAll(() => api.close());

const buy = (key: string, inventoryId: unknown, headers: Record<string, string> = {}) =>
  api.call('POST', '/phone-numbers', { key, headers, body: { inventory_id: inventoryId } });

describe('201', () => {
  it('asks the database eight things, whatever it writes', async () => {
    const { key } = await api.newAccount({ creditMinor: 1000 });
    const numbers = [await api.newStock(), await api.newStock()];
    // The first one also notes when the key was used.
    expect((await buy(key, numbers[0]?.id)).status).toBe(201);
    const asked = vi.spyOn(pg.Client.prototype, 'query');
    try {
      expect((await buy(key, numbers[1]?.id)).status).toBe(201);
      const texts = asked.mock.calls.map(([query]) => (typeof query === 'string' ? query : (query as unknown as { text: string }).text));
      expect(texts.filter((text) => !text.includes('delete from outbox')).map((text) => text.slice(0, 60))).toHaveLength(8);
    } finally {
      asked.mockRestore();
    }
  });

  it('hands the number over with Location, ETag and propagation, and debits the price', async () => {
    const { account, key } = await api.newAccount({ creditMinor: 1000 });
    const stock = await api.newStock({ setupFeeMinor: 100, monthlyFeeMinor: 250 });
    const answer = await buy(key, stock.id);
    expect(answer.status, answer.text).toBe(201);
    expect(answer.headers.get('location')).toBe(`/v1/phone-numbers/${stock.id}`);
    expect(answer.headers.get('etag')).toBe('"2"');
    expect(answer.headers.get('dialplane-propagation')).toBe('applied');
    expect(answer.headers.get('dialplane-version')).toBe(`number:live:${stock.e164}:2`);
    expect(answer.body).toEqual({
      id: stock.id,
      e164: stock.e164,
      number: stock.e164,
      country: 'GB',
      type: 'local',
      region: null,
      capabilities: ['voice'],
      setup_cost_cents: 100,
      monthly_cost_cents: 250,
      currency: 'USD',
      status: 'active',
      endpoint_id: null,
      allow_inbound: true,
      allow_outbound: false,
      sip_uri: `sip:${stock.e164}@sip.test`,
      organization_id: account.id,
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    const [balance] = await api.sql('select wallet_minor from balances where account_id = $1', [account.id]);
    expect(balance.wallet_minor).toBe(650);
  });

  it('publishes number and new login, opens the history and audits once', async () => {
    const { account, key } = await api.newAccount();
    const stock = await api.newStock();
    await buy(key, stock.id);
    const [credential] = await api.sql('select * from sip_credentials where number_id = $1', [stock.id]);
    const refs = [recordRef.number('live', stock.e164), recordRef.credential('sip.test', credential.username)] as const;
    const records = await api.records.read(refs);
    expect(records.get(refs[0])).toMatchObject({ version: 2, record: { ownerAccountId: account.id, lifecycle: 'active' } });
    expect(records.get(refs[1])).toMatchObject({ version: 1, record: { e164: stock.e164, accountId: account.id } });
    expect(await api.sql('select to_at from number_holders where number_id = $1', [stock.id])).toEqual([{ to_at: null }]);
    const audit = await api.sql('select action from audit where resource = $1', [`number:${stock.id}`]);
    expect(audit).toEqual([{ action: 'number.purchase' }]);
  });

  it('makes the parent pay for its sub-account', async () => {
    const parent = await api.newAccount({ creditMinor: 1000 });
    const child = await api.newAccount({ parent: parent.account });
    const stock = await api.newStock();
    const answer = await buy(child.key, stock.id);
    expect(answer.body.organization_id).toBe(child.account.id);
    const [balance] = await api.sql('select wallet_minor from balances where account_id = $1', [parent.account.id]);
    expect(balance.wallet_minor).toBe(700);
  });

  it('spends no money in test mode and writes a test ledger', async () => {
    const { account } = await api.newAccount({ creditMinor: 0 });
    const key = await api.newKey(account, { mode: 'test' });
    const stock = await api.newStock({ mode: 'test' });
    expect((await buy(key, stock.id)).status).toBe(201);
    const rows = await api.sql('select mode, kind from ledger_transactions where number_id = $1', [stock.id]);
    expect(rows).toEqual([{ mode: 'test', kind: 'purchase' }]);
  });

  it('sells a number to exactly one of twenty who want it at once (invariant 1)', async () => {
    const buyers = await Promise.all(Array.from({ length: 5 }, () => api.newAccount()));
    const stock = await api.newStock();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => buy(buyers[i % 5]!.key, stock.id)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(19);
    expect(await api.sql('select 1 from ledger_transactions where number_id = $1', [stock.id])).toHaveLength(1);
  });

  it('answers pending at once when the client does not want to wait', async () => {
    const { key } = await api.newAccount();
    const stock = await api.newStock();
    const answer = await buy(key, stock.id, { Prefer: 'respond-async, wait=0' });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('dialplane-propagation')).toBe('pending');
  });
});

describe('400', () => {
  it.each([
    ['no body', undefined, 'MISSING_FIELDS', 'inventory_id', 'Required.'],
    ['an empty object', {}, 'MISSING_FIELDS', 'inventory_id', 'Required.'],
    ['a number', { inventory_id: 7 }, 'VALIDATION_ERROR', 'inventory_id', undefined],
    ['no uuid', { inventory_id: 'x' }, 'VALIDATION_ERROR', 'inventory_id', 'Must be a UUID.'],
    [
      'an unknown field',
      { inventory_id: '018f3c1e-0000-7000-8000-000000000000', colour: 1 },
      'VALIDATION_ERROR',
      'colour',
      'Unknown field.',
    ],
    ['a list', [], 'VALIDATION_ERROR', 'body', undefined],
  ])('names the field of %s', async (_, body, code, field, message) => {
    const { key } = await api.newAccount();
    const answer = await api.call('POST', '/phone-numbers', { key, ...(body === undefined ? {} : { body }) });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: expect.any(String), code });
    expect(answer.body.details).toEqual([{ field, message: message ?? expect.any(String) }]);
  });

  it('says when the currencies differ', async () => {
    const { key } = await api.newAccount();
    const stock = await api.newStock({ currency: 'EUR' });
    expect((await buy(key, stock.id)).body.code).toBe('CURRENCY_MISMATCH');
  });
});

describe('402', () => {
  it('changes nothing when the balance is too low', async () => {
    const { key } = await api.newAccount({ creditMinor: 299 });
    const stock = await api.newStock();
    const answer = await buy(key, stock.id);
    expect(answer.status).toBe(402);
    expect(answer.body).toEqual({
      error: expect.any(String),
      code: 'INSUFFICIENT_BALANCE',
      details: { required_cents: 300, available_cents: 299, currency: 'USD' },
    });
    expect(await api.sql('select lifecycle from numbers where id = $1', [stock.id])).toEqual([{ lifecycle: 'available' }]);
    expect(await api.sql('select 1 from audit where resource = $1', [`number:${stock.id}`])).toEqual([]);
  });
});

describe('403', () => {
  it('leaves money to owners and admins', async () => {
    const { account } = await api.newAccount();
    const stock = await api.newStock();
    const member = await api.newKey(account, { role: 'member' });
    const reader = await api.newKey(account, { scopes: ['numbers:read'] });
    for (const key of [member, reader]) expect((await buy(key, stock.id)).body.code).toBe('FORBIDDEN');
    expect((await buy(await api.newKey(account, { role: 'admin' }), stock.id)).status).toBe(201);
  });
});

describe('404', () => {
  it('answers the same for unknown, owned, own, cooling and other-mode numbers', async () => {
    const mine = await api.newAccount();
    const other = await api.newAccount();
    const [own, foreign, cooling, test] = [
      await api.newStock(),
      await api.newStock(),
      await api.newStock(),
      await api.newStock({ mode: 'test' }),
    ];
    await buy(mine.key, own.id);
    await buy(other.key, foreign.id);
    await buy(other.key, cooling.id);
    await api.sql('update numbers set last_call_at = now() where id = $1', [cooling.id]);
    await api.call('DELETE', `/phone-numbers/${cooling.id}`, { key: other.key });
    const unknown = '018f3c1e-0000-7000-8000-000000000000';
    const texts = [];
    for (const id of [unknown, own.id, foreign.id, cooling.id, test.id]) {
      const answer = await buy(mine.key, id);
      expect(answer.status).toBe(404);
      texts.push(answer.text);
    }
    expect(new Set(texts).size).toBe(1);
    expect(JSON.parse(texts[0]!).code).toBe('NUMBER_NOT_AVAILABLE');
  });

  it('lets only the last holder buy back a cooling number, and everybody once it has cooled', async () => {
    const before = await api.newAccount();
    const later = await api.newAccount();
    const [one, two] = [await api.newStock(), await api.newStock()];
    for (const { id } of [one, two]) {
      await buy(before.key, id);
      await api.sql('update numbers set last_call_at = $2 where id = $1', [id, new Date(api.clock.now())]);
      await api.call('DELETE', `/phone-numbers/${id}`, { key: before.key });
    }
    expect((await buy(later.key, one.id)).status).toBe(404);
    expect((await buy(before.key, one.id)).status).toBe(201);
    api.clock.advance(15 * DAY_MS);
    expect((await buy(later.key, two.id)).status).toBe(201);
  });
});
