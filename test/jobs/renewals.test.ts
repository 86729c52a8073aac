import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renewNumber } from '../../src/app/billing/renew-number.ts';
import { runJob } from '../../src/app/jobs/run-job.ts';
import type { JobHandlers } from '../../src/app/ports/jobs.ts';
import type { InventoryRow } from '../../src/app/ports/store.ts';
import { renewalAt } from '../../src/domain/renewal.ts';
import { jobKinds } from '../../src/jobs/queues.ts';
import { type AdminApi, startAdminApi } from '../api/admin/admin-api.ts';
import { DAY_MS, type TestAccount } from '../support/api-harness.ts';

const HOUR_MS = 3_600_000;
const FEE = 200;

let api: AdminApi;
let owner: TestAccount;
let number: InventoryRow;
let purchasedAt: number;
beforeEach(async () => {
  api = await startAdminApi();
  // Enough for the purchase (100 + 200) and one month.
  owner = await api.newAccount({ creditMinor: 500 });
  number = await api.newNumber(owner.key);
  const [row] = await api.sql('select purchased_at from numbers where id = $1', [number.id]);
  purchasedAt = row.purchased_at;
});
afterEach(() => api.close());

/** Runs every job that is due, until none is; returns how many ran. */
async function runDue(): Promise<number> {
  const { deps, clock } = api;
  const handlers = { 'billing-renewals': renewNumber({ clock, graceMs: 3 * DAY_MS, tryAgainMs: 6 * HOUR_MS }) } as unknown as JobHandlers;
  const running = { ...deps, clock, handlers, kinds: jobKinds, metrics: { ran: () => {}, oldestAge: () => {} }, leaseMs: 5000 };
  for (let ran = 0; ; ran += 1) {
    const rows = await api.sql("select id from jobs where queue = 'billing-renewals' and state = 'queued' and due_at <= $1 limit 1", [
      new Date(clock.now()).toISOString(),
    ]);
    if (rows[0] === undefined) return ran;
    await runJob(running, rows[0].id);
  }
}
const advanceTo = (at: number): void => api.clock.advance(at - api.clock.now());
const renewals = () =>
  api.sql("select period from ledger_transactions where kind = 'renewal' and number_id = $1 order by period", [number.id]);
const balance = async (): Promise<number> => (await api.admin('GET', `/accounts/${owner.account.id}`)).body.balance_minor;
const state = async () => (await api.admin('GET', `/numbers/${number.id}`)).body;

describe('the monthly fee of a number', () => {
  it('is taken on the day, not before, once, and ordered again for the next month', async () => {
    expect(await runDue()).toBe(0);
    advanceTo(renewalAt(purchasedAt, 1) - 2000);
    expect(await runDue()).toBe(0);
    advanceTo(renewalAt(purchasedAt, 1));
    expect(await runDue()).toBe(1);
    expect(await runDue()).toBe(0);
    expect((await renewals()).map(({ period }) => period)).toEqual([renewalAt(purchasedAt, 1)]);
    expect(await balance()).toBe(0);
    expect(await api.actions(`number:${number.id}`)).toEqual(['number.purchase', 'number.renew']);
    const due = await api.sql("select due_at from jobs where state = 'queued' and number_id = $1", [number.id]);
    expect(due).toEqual([{ due_at: renewalAt(purchasedAt, 2) }]);
  });

  it('is not taken before its day when an operator starts its job by hand', async () => {
    const waiting = () => api.sql("select id, due_at from jobs where state = 'queued' and number_id = $1", [number.id]);
    const [before] = await waiting();
    expect((await api.admin('POST', `/jobs/${before.id}/retry`)).status).toBe(200);
    expect(await runDue()).toBe(1);
    expect([await balance(), await renewals(), await waiting()]).toEqual([200, [], [before]]);
    advanceTo(renewalAt(purchasedAt, 1));
    expect([await runDue(), await balance()]).toEqual([1, 0]);
  });

  it('is one row a period in the database too, whatever is run twice', async () => {
    advanceTo(renewalAt(purchasedAt, 1));
    await runDue();
    await expect(
      api.sql(
        `insert into ledger_transactions (id, mode, kind, account_id, number_id, period, created_at)
         select gen_random_uuid(), mode, kind, account_id, number_id, period, created_at from ledger_transactions where kind = 'renewal'`,
      ),
    ).rejects.toThrow('ledger_renewals_once');
  });

  it('unpaid for three days suspends the number, never releases it, and the money that comes lifts that', async () => {
    advanceTo(renewalAt(purchasedAt, 2));
    await runDue();
    expect([await balance(), (await renewals()).length]).toEqual([0, 1]);
    expect((await state()).suspended_by).toEqual([]);
    const tried = api.clock.now();
    advanceTo(tried + 3 * DAY_MS - 2000);
    await runDue();
    expect((await state()).suspended_by).toEqual([]);
    advanceTo(tried + 3 * DAY_MS + 2000);
    await runDue();
    expect(await state()).toMatchObject({ lifecycle: 'suspended', suspended_by: ['billing'], owner_account_id: owner.account.id });
    const told = async () =>
      (await api.sql('select type from events where resource = $1 order by at', [`number:${number.id}`])).map(({ type }) => type);
    expect(await told()).toEqual(['number.purchased', 'number.suspended']);
    api.clock.advance(20 * DAY_MS);
    await runDue();
    expect(await state()).toMatchObject({ owner_account_id: owner.account.id, suspended_by: ['billing'] });
    await api.admin('POST', `/accounts/${owner.account.id}/credits`, { body: { amount_minor: FEE, note: 'at last' } });
    api.clock.advance(6 * HOUR_MS + 1000);
    await runDue();
    expect((await state()).suspended_by).toEqual([]);
    expect(await told()).toEqual(['number.purchased', 'number.suspended', 'number.resumed']);
    expect([await balance(), (await renewals()).length]).toEqual([0, 2]);
  });

  it('ends with the release', async () => {
    expect((await api.call('DELETE', `/phone-numbers/${number.id}`, { key: owner.key })).status).toBeLessThan(300);
    advanceTo(renewalAt(purchasedAt, 1));
    expect(await runDue()).toBe(1);
    expect([await balance(), (await renewals()).length]).toEqual([FEE, 0]);
    expect(await runDue()).toBe(0);
  });
});

describe('GET /admin/v1/accounts/{id}/ledger', () => {
  it('tells every movement with the balance after it, newest first, page by page', async () => {
    advanceTo(renewalAt(purchasedAt, 1));
    await runDue();
    const first = await api.admin('GET', `/accounts/${owner.account.id}/ledger?limit=2`);
    const shown = (rows: Record<string, unknown>[]) =>
      rows.map(({ kind, amount_minor, balance_minor }) => [kind, amount_minor, balance_minor]);
    expect(shown(first.body.data)).toEqual([
      ['renewal', -200, 0],
      ['purchase', -300, 200],
    ]);
    expect(first.body.data[0]).toMatchObject({
      number_id: number.id,
      currency: 'USD',
      period: new Date(renewalAt(purchasedAt, 1)).toISOString(),
    });
    const second = await api.admin('GET', `/accounts/${owner.account.id}/ledger?limit=2&after=${first.body.next}`);
    expect([shown(second.body.data), second.body.next]).toEqual([[['credit', 500, 500]], null]);
  });
});
