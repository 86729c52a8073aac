import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../src/kit/ids.ts';
import { type Caller, openVobiz, type VobizWorld } from './support/vobiz-world.ts';

let api: VobizWorld;
beforeAll(async () => {
  api = await openVobiz();
});
afterAll(() => api.close());

const base = ({ account }: Caller) => `/api/v1/Account/${account.authId}`;
const buy = (who: Caller, body: unknown, as: Caller = who) => api.as(who, 'POST', `${base(as)}/numbers/purchase-from-inventory`, { body });
const pathOf = (who: Caller, e164: string) => `${base(who)}/numbers/${encodeURIComponent(e164)}`;
const balanceOf = async ({ account }: Caller) =>
  (await api.sql('select wallet_minor from balances where account_id = $1', [account.id]))[0].wallet_minor;
const inStock = async (who: Caller, e164: string) =>
  (await api.as(who, 'GET', `${base(who)}/inventory/numbers?search=${encodeURIComponent(e164)}`)).body.total;

describe('purchase', () => {
  it('200: debits setup and monthly fee and shows the number', async () => {
    const who = await api.newAccount({ creditMinor: 1000 });
    const stock = await api.newStock({ region: 'London' });
    const answer = await buy(who, { e164: stock.e164, currency: 'USD', nonsense: 1 });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({
      message: 'Number purchased successfully',
      number: {
        id: stock.id,
        e164: stock.e164,
        auth_id: who.account.authId,
        account_id: who.account.authId,
        region: 'London',
        capabilities: { voice: true, sms: false, mms: false, fax: false },
        status: 'active',
        provider: '',
        setup_fee: 1,
        monthly_fee: 2,
        currency: 'USD',
        source: 'inventory',
        is_blocked: false,
      },
    });
    for (const key of ['application_id', 'trunk_group_id', 'released_at']) expect(answer.body.number).not.toHaveProperty(key);
    expect(answer.headers.get('dialplane-propagation')).toBe('applied');
    expect(await balanceOf(who)).toBe(700);
  });

  it('200: a sub-account buys, by its own credentials or its parent’s, and the parent pays', async () => {
    const parent = await api.newAccount({ creditMinor: 1000 });
    const child = await api.newAccount({ parent: parent.account });
    const own = await buy(child, { e164: (await api.newStock()).e164 });
    const through = await buy(parent, { e164: (await api.newStock()).e164 }, child);
    for (const answer of [own, through]) expect(answer.body.number.account_id).toBe(child.account.authId);
    expect(await balanceOf(parent)).toBe(400);
  });

  it('402: nothing is taken and the body says what is missing', async () => {
    const who = await api.newAccount({ creditMinor: 299 });
    const stock = await api.newStock();
    const answer = await buy(who, { e164: stock.e164 });
    expect(answer.status).toBe(402);
    expect(answer.body).toEqual({
      error: 'insufficient_balance',
      message: expect.any(String),
      details: { required: 3, available: 2.99, currency: 'USD' },
    });
    expect(await balanceOf(who)).toBe(299);
    expect(await inStock(who, stock.e164)).toBe(1);
    expect(await api.sql("select 1 from audit where resource = $1 and action <> 'inventory.import'", [`number:${stock.id}`])).toEqual([]);
  });

  it('404: for an unknown, a sold and an own number alike', async () => {
    const who = await api.newAccount();
    const other = await api.newAccount();
    const mine = await api.newNumber(who.key);
    const theirs = await api.newNumber(other.key);
    const cooling = await api.newNumber(other.key, { currency: 'USD' });
    await api.called(cooling.id, api.clock.now());
    expect((await api.as(other, 'DELETE', pathOf(other, cooling.e164))).status).toBe(200);
    for (const e164 of ['+442079999999', mine.e164, theirs.e164, cooling.e164]) {
      for (const currency of [undefined, 'EUR']) {
        const answer = await buy(who, { e164, currency });
        expect([answer.status, answer.body]).toEqual([404, { error: 'not_found', message: 'number not found in inventory' }]);
      }
    }
  });

  it('400: names what is wrong', async () => {
    const who = await api.newAccount();
    const { e164 } = await api.newStock();
    for (const [body, word] of [
      [{}, 'e164'],
      [{ e164: '442071838750' }, 'e164'],
      [{ e164, currency: 'euro' }, 'currency'],
      [{ e164, currency: 'EUR' }, 'USD'],
    ] as const) {
      const answer = await buy(who, body);
      expect([answer.status, answer.body.error]).toEqual([400, 'invalid request']);
      expect(answer.body.message).toContain(word);
    }
  });

  it('403: not for members', async () => {
    const { account } = await api.newAccount();
    const member = { account, key: await api.newKey(account, { role: 'member' }) };
    expect((await buy(member, { e164: (await api.newStock()).e164 })).body).toMatchObject({ error: 'forbidden' });
  });

  it('one of twenty buyers gets the number and one debit', async () => {
    const buyers = await Promise.all(Array.from({ length: 20 }, () => api.newAccount({ creditMinor: 300 })));
    const { e164, id } = await api.newStock();
    const answers = await Promise.all(buyers.map((who) => buy(who, { e164 })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(19).fill(404)]);
    expect(await api.sql("select 1 from ledger_transactions where number_id = $1 and kind in ('purchase', 'capture')", [id])).toHaveLength(
      1,
    );
  });
});

describe('release', () => {
  it('200: with the documented body, and the number is in stock again', async () => {
    const who = await api.newAccount();
    const number = await api.newNumber(who.key);
    const answer = await api.as(who, 'DELETE', `${pathOf(who, number.e164)}?immediate=true`, {
      raw: '{',
      headers: { 'Content-Type': 'application/json' },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual({ message: 'number released', status: 'released', release_fee: 0, cooldown_ends_at: expect.any(String) });
    expect(await inStock(await api.newAccount(), number.e164)).toBe(1);
  });

  it('403: the same for a foreign, an unknown and a malformed number', async () => {
    const who = await api.newAccount();
    const foreign = await api.newNumber((await api.newAccount()).key);
    for (const e164 of [foreign.e164, '+442079999999', 'nonsense']) {
      const answer = await api.as(who, 'DELETE', pathOf(who, e164));
      expect([answer.status, answer.body]).toEqual([403, { error: 'forbidden', message: 'account does not own this number' }]);
    }
  });

  it('409: keeps a locked number', async () => {
    const who = await api.newAccount();
    const number = await api.newNumber(who.key);
    await api.sql('update numbers set deletion_lock = true where id = $1', [number.id]);
    expect((await api.as(who, 'DELETE', pathOf(who, number.e164))).status).toBe(409);
  });
});

describe('laundering (decision B8)', () => {
  const assign = (parent: Caller, e164: string, child: Caller, query = '') =>
    api.as(parent, 'POST', `${pathOf(parent, e164)}/assign-subaccount${query}`, { body: { sub_account_id: child.account.authId } });
  const unassign = (parent: Caller, e164: string, query = '') =>
    api.as(parent, 'DELETE', `${pathOf(parent, e164)}/assign-subaccount${query}`);

  it('a cooling number is seen and bought by its exact last holder only, and comes back to it', async () => {
    const { parent, child } = await api.newFamily();
    const sibling = await api.newAccount({ parent: parent.account });
    const stranger = await api.newAccount();
    const number = await api.newAssigned(parent, child);
    await api.called(number.id, api.clock.now());
    expect((await api.as(child, 'DELETE', pathOf(child, number.e164))).status).toBe(200);
    for (const who of [parent, sibling, stranger]) {
      expect(await inStock(who, number.e164)).toBe(0);
      expect((await buy(who, { e164: number.e164 })).status).toBe(404);
    }
    expect(await inStock(child, number.e164)).toBe(1);
    expect((await buy(child, { e164: number.e164 })).body.number.account_id).toBe(child.account.authId);
    // Back in its hands it cools off as before.
    expect((await unassign(parent, number.e164)).status).toBe(409);
  });

  it('a live call makes a released number count as called now, and keeps it out of every stock (decision B6)', async () => {
    const who = await api.newAccount();
    const number = await api.newNumber(who.key);
    await api.startCall(number.id, newId());
    expect((await api.as(who, 'DELETE', pathOf(who, number.e164))).status).toBe(200);
    expect(await inStock(await api.newAccount(), number.e164)).toBe(0);
    expect(await inStock(who, number.e164)).toBe(0);
    expect((await buy(who, { e164: number.e164 })).status).toBe(404);
    const [row] = await api.sql('select lifecycle, available_at, last_call_at = updated_at as called_now from numbers where id = $1', [
      number.id,
    ]);
    expect(row).toEqual({ lifecycle: 'releasing', available_at: null, called_now: true });
  });

  it.each(['kept in the pool', 'released and bought back'] as const)(
    'forced out of one sub-account, %s, it is guarded on its way to another',
    async (way) => {
      const { parent, child } = await api.newFamily();
      const sibling = await api.newAccount({ parent: parent.account });
      const number = await api.newAssigned(parent, child);
      await api.called(number.id, api.clock.now());
      const force = await api.newForce(parent.account);
      expect((await unassign(force, number.e164, '?force=true')).status).toBe(204);
      if (way === 'released and bought back') {
        expect((await api.as(parent, 'DELETE', pathOf(parent, number.e164))).status).toBe(200);
        expect((await buy(parent, { e164: number.e164 })).status).toBe(200);
      }
      const refused = await assign(parent, number.e164, sibling);
      expect(Object.keys(refused.body)).toEqual(['error', 'cool_off_until', 'cool_off_remaining_seconds']);
      expect((await assign(parent, number.e164, sibling, '?force=true')).status).toBe(403);
      expect((await assign(parent, number.e164, child)).status).toBe(204);
      expect((await unassign(force, number.e164, '?force=true')).status).toBe(204);
      expect((await assign(force, number.e164, sibling, '?force=true')).status).toBe(204);
      const rows = await api.sql(
        "select forced, after from audit where resource = $1 and action = 'number.assign_sub_account' order by at, id",
        [`number:${number.id}`],
      );
      expect(rows.map((row) => [row.forced, row.after.force?.needed])).toEqual([
        [false, undefined],
        [false, undefined],
        [true, true],
      ]);
    },
  );

  it('calls of the pool itself hold nothing up, nor do calls from before a sub-account had the number', async () => {
    const { parent, child } = await api.newFamily();
    const sibling = await api.newAccount({ parent: parent.account });
    const number = await api.newOwn(parent);
    await api.called(number.id, api.clock.now() - 1000);
    expect((await assign(parent, number.e164, child)).status).toBe(204);
    const force = await api.newForce(parent.account);
    expect((await unassign(force, number.e164, '?force=true')).status).toBe(204);
    expect((await assign(parent, number.e164, sibling)).status).toBe(204);
  });
});
