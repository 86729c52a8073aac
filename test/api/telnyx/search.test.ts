import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApiAnswer } from '../../support/api-call.ts';
import type { TestAccount } from '../../support/api-harness.ts';
import { startTelnyxHarness, type TelnyxHarness } from './telnyx-harness.ts';

let api: TelnyxHarness;
let mine: TestAccount;
beforeAll(async () => {
  api = await startTelnyxHarness({ requireSearch: true, searchValidMs: 60_000, strictStatus: true });
  mine = await api.newAccount({ creditMinor: 1_000_000 });
});
afterAll(() => api.close());

const search = (query: string, { key } = mine): Promise<ApiAnswer> => api.call('GET', `/v2/available_phone_numbers?${query}`, { key });
const found = ({ body }: ApiAnswer): string[] => body.data.map(({ phone_number: e164 }: { phone_number: string }) => e164);
const order = (e164: string, { key } = mine): Promise<ApiAnswer> =>
  api.call('POST', '/number_orders', { key, body: { phone_numbers: [{ phone_number: e164 }] } });
const codeOf = ({ body }: ApiAnswer): string => body.errors[0].code;

it('finds what fits, and says what it costs', async () => {
  await api.newStock({ e164: '+442079460001', region: 'London', capabilities: ['voice', 'sms'], setupFeeMinor: 321, monthlyFeeMinor: 654 });
  await api.newStock({ e164: '+441614960002', type: 'mobile', region: 'Manchester' });
  const answer = await search('filter[country_code]=GB&filter[locality]=london');
  expect(answer.body).toEqual({
    data: [
      {
        best_effort: false,
        cost_information: { currency: 'USD', monthly_cost: '6.54', upfront_cost: '3.21' },
        features: [{ name: 'voice' }, { name: 'sms' }],
        phone_number: '+442079460001',
        quickship: false,
        record_type: 'available_phone_number',
        region_information: [
          { region_name: 'GB', region_type: 'country_code' },
          { region_name: 'London', region_type: 'location' },
        ],
        reservable: true,
        vanity_format: '',
      },
    ],
    meta: { total_results: 1, best_effort_results: 0 },
    metadata: { total_results: 1, best_effort_results: 0 },
  });
  for (const [query, e164s] of [
    ['filter[country_code]=GB&filter[phone_number][starts_with]=161', ['+441614960002']],
    ['filter[phone_number][ends_with]=0002', ['+441614960002']],
    ['filter[phone_number][contains]=4207', ['+442079460001']],
    ['filter[phone_number_type]=mobile', ['+441614960002']],
    ['filter[features]=sms,voice', ['+442079460001']],
    ['filter[features][]=sms&filter[features][]=voice', ['+442079460001']],
    ['filter[limit]=1', ['+442079460001']],
    ['filter[country_code]=DE', []],
  ] as const) {
    expect(found(await search(query)), query).toEqual(e164s);
  }
});

it('where a search is required: only what this account was shown, only for a while', async () => {
  const stock = await api.newStock({ country: 'FR' });
  const other = await api.newAccount();
  expect(codeOf(await order(stock.e164))).toBe('85000');
  expect(found(await search('filter[country_code]=FR', other))).toEqual([stock.e164]);
  expect(codeOf(await order(stock.e164))).toBe('85000');
  expect(found(await search('filter[country_code]=FR'))).toEqual([stock.e164]);
  api.clock.advance(60_000);
  expect(codeOf(await order(stock.e164))).toBe('85000');
  await search('filter[country_code]=FR');
  api.clock.advance(50_000);
  expect(found(await search('filter[country_code]=FR', other))).toEqual([stock.e164]);
  const placed = await order(stock.e164);
  expect(placed.status, placed.text).toBe(200);
  // Shown is not sold: who was shown it too hears that it is gone.
  expect(codeOf(await order(stock.e164, other))).toBe('85001');
});

it('shows the two statuses that the schema does not know as failure where that is wanted', async () => {
  await api.newRequirement({ country: 'ES' });
  const stock = await api.newStock({ country: 'ES' });
  await search('filter[country_code]=ES');
  const placed = await order(stock.e164);
  const [subId] = placed.body.data.sub_number_orders_ids;
  const cancelled = await api.call('PATCH', `/v2/sub_number_orders/${subId}/cancel`, { key: mine.key });
  expect(cancelled.body.data.status).toBe('failure');
  const read = await api.call('GET', `/v2/number_orders/${placed.body.data.id}`, { key: mine.key });
  expect(read.body.data).toMatchObject({ status: 'failure', phone_numbers: [{ status: 'failure', requirements_status: 'cancelled' }] });
  // What is shown as failure is found as failure.
  for (const [path, id] of [
    ['number_orders', placed.body.data.id],
    ['sub_number_orders', subId],
  ]) {
    const listed = await api.call('GET', `/v2/${path}?filter[status]=failure`, { key: mine.key });
    expect([listed.body.data, listed.body.meta.total_results], path).toMatchObject([[{ id, status: 'failure' }], 1]);
    const others = await api.call('GET', `/v2/${path}?filter[status]=success`, { key: mine.key });
    expect(
      others.body.data.map((one: { id: string }) => one.id),
      path,
    ).not.toContain(id);
  }
  const asked = await api.call('POST', '/sub_number_orders_report', { key: mine.key, body: { status: 'failure' } });
  expect(asked.body.data.filters).toEqual({ status: 'failure' });
  const [stored] = await api.sql('select id from sub_order_reports');
  const found = await api.deps.unitOfWork.read(async (tx) => {
    const report = await tx.reports.get(stored.id);
    return report === null ? null : tx.reports.nextRows(report, null, 10);
  });
  expect(found?.rows).toMatchObject([{ subOrderId: subId, status: 'cancelled' }]);
});

it('finds a reservation that got some of its numbers only as what it is shown as', async () => {
  const [stock, gone] = [await api.newStock({ country: 'PT' }), await api.newStock({ country: 'PT' })];
  const holder = await api.newAccount({ creditMinor: 1_000_000 });
  const reserve = (e164s: readonly string[], { key }: TestAccount) =>
    api.call('POST', '/v2/number_reservations', { key, body: { phone_numbers: e164s.map((e164) => ({ phone_number: e164 })) } });
  expect((await reserve([gone.e164], await api.newAccount({ creditMinor: 1_000_000 }))).status).toBe(200);
  const { data } = (await reserve([stock.e164, gone.e164], holder)).body;
  expect([data.status, data.phone_numbers.map((one: { status: string }) => one.status)]).toEqual(['success', ['success', 'failure']]);
  const listed = await api.call('GET', '/v2/number_reservations?filter[status]=success', { key: holder.key });
  expect(listed.body).toMatchObject({ data: [{ id: data.id, status: 'success' }], meta: { total_results: 1 } });
});
