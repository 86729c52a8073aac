import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { relayOutbox } from '../../src/app/routing/relay-outbox.ts';
import { recordRef } from '../../src/domain/records.ts';
import { accountRecord } from '../../src/domain/render-record.ts';
import { ok } from '../../src/kit/result.ts';
import { httpMetrics, planeMetrics } from '../../src/metrics/recorders.ts';
import { createRegistry } from '../../src/metrics/registry.ts';
import { countNumbers } from '../../src/store/count-numbers.ts';
import { postgresOutbox } from '../../src/store/outbox.ts';
import { addAccount, addStock, giveTo, openStore, STAMP, type StoreFixture } from '../store/store-fixture.ts';
import { type ApiHarness, startApiHarness } from '../support/api-harness.ts';

const figure = (text: string, series: string): number => {
  const line = text.split('\n').find((each) => each.startsWith(series));
  return line === undefined ? Number.NaN : Number(line.slice(line.lastIndexOf(' ') + 1));
};

describe('figures of the store', () => {
  let store: StoreFixture;
  beforeAll(async () => {
    store = await openStore('figures');
  });
  afterAll(() => store.close());
  beforeEach(() => store.sql('delete from outbox'));

  it('counts live numbers by lifecycle, suspended ones apart, and names what there is none of', async () => {
    const owner = await addAccount(store);
    const [, bought, suspended] = [await addStock(store), await addStock(store), await addStock(store)];
    for (const number of [bought, suspended]) await giveTo(store, number, owner);
    await store.sql(`update numbers set suspended_by = '{billing}' where id = '${suspended.id}'`);
    expect(await countNumbers(store.pool)).toEqual({ available: 1, pending: 0, active: 1, suspended: 1, releasing: 0 });
    await store.sql(`update numbers set mode = 'test' where id = '${suspended.id}'`);
    expect((await countNumbers(store.pool)).suspended).toBe(0);
  });

  it('measures what the relay brings from the commit on, and tells what waits also while Redis is away', async () => {
    const account = await addAccount(store);
    const changed = await store.uow.change(STAMP, async (tx) => {
      await tx.publish({ ref: recordRef.account(account.id), version: account.version, record: accountRecord(account) }, account.id);
      return ok(null);
    });
    expect(changed.ok).toBe(true);
    await store.sql("update outbox set created_at = created_at - interval '7 seconds'");
    const registry = createRegistry('worker', '0');
    const deps = { outbox: postgresOutbox(store.pool), metrics: planeMetrics(registry) };
    const away = { apply: () => Promise.reject(new Error('Redis is away')) };
    await expect(relayOutbox({ ...deps, records: away })).rejects.toThrow('Redis is away');
    expect(figure(await registry.metrics(), 'dialplane_propagation_pending{')).toBe(1);
    expect(figure(await registry.metrics(), 'dialplane_propagation_oldest_pending_seconds{')).toBeGreaterThanOrEqual(7);

    await store.sql('update outbox set next_at = created_at');
    const there = { apply: async (_: number, writes: readonly unknown[]) => writes.map(() => 'applied' as const) };
    await relayOutbox({ ...deps, records: there });
    const text = await registry.metrics();
    expect(figure(text, 'dialplane_propagation_pending{')).toBe(0);
    expect(figure(text, 'dialplane_propagation_oldest_pending_seconds{')).toBe(0);
    expect(figure(text, 'dialplane_propagation_lag_seconds_count{')).toBe(1);
    expect(figure(text, 'dialplane_propagation_lag_seconds_sum{')).toBeGreaterThanOrEqual(7);
  });
});

describe('figures of requests', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await startApiHarness();
  });
  afterAll(() => api.close());

  it('know the kind of a refusal, and count those of the cool-off', async () => {
    const { key } = await api.newAccount();
    const seen = api.observed.length;
    await api.call('GET', '/phone-numbers/00000000-0000-7000-8000-000000000000', { key });
    await api.call('GET', '/phone-numbers', { key });
    await expect.poll(() => api.observed.length).toBe(seen + 2);
    expect(api.observed.slice(seen).map(({ refusal }) => refusal)).toEqual(['not_found', null]);

    const registry = createRegistry('api', '0');
    const metrics = httpMetrics(registry);
    const request = { face: 'vobiz', route: '/x', method: 'DELETE', status: 409, seconds: 0.01 };
    for (const refusal of ['cool_off', 'not_found', null, 'cool_off']) metrics.observe({ ...request, refusal });
    metrics.dropped();
    expect(figure(await registry.metrics(), 'dialplane_cool_off_refusals_total{')).toBe(2);
    expect(figure(await registry.metrics(), 'dialplane_http_connections_dropped_total{')).toBe(1);
  });
});
