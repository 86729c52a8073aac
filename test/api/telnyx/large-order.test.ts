import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '../../../src/kit/ids.ts';
import { ok } from '../../../src/kit/result.ts';
import { NO_RULES, startTelnyxHarness, type TelnyxHarness } from './telnyx-harness.ts';

let api: TelnyxHarness;
beforeAll(async () => {
  api = await startTelnyxHarness({}, { config: { bodyBytesMax: 1024 * 1024 } });
});
afterAll(() => api.close());

const STAMP = { kind: 'system', id: 'test', accountId: null, requestId: 'test', ip: null };

it('a thousand numbers in one order: placed, satisfied by one value, all active', async () => {
  const { account, key } = await api.newAccount({ creditMinor: 300_000 });
  const rows = Array.from({ length: 1000 }, (_, index) => ({
    id: newId(),
    e164: `+4930${String(index).padStart(6, '0')}`,
    mode: 'live' as const,
    country: 'DE',
    type: 'local',
    region: null,
    capabilities: ['voice'],
    setupFeeMinor: 100,
    monthlyFeeMinor: 200,
    currency: 'USD',
    carrierTrunkGroupId: null,
  }));
  await api.deps.unitOfWork.change(STAMP, async (tx) => ok(await tx.numbers.putInventory(rows, api.clock.now())));
  const requirement = await api.newRequirement({ country: 'DE', acceptance: { ...NO_RULES, minLength: 1 } });
  const placed = await api.call('POST', '/v2/number_orders', {
    key,
    body: { phone_numbers: rows.map(({ e164 }) => ({ phone_number: e164 })) },
  });
  expect(placed.status, placed.text).toBe(200);
  expect(await api.money(account.id)).toEqual({ wallet: 300_000, held: 300_000 });
  const body = { regulatory_requirements: [{ requirement_id: requirement.id, field_value: 'v' }] };
  const done = await api.call('PATCH', `/v2/number_orders/${placed.body.data.id}`, { key, body });
  expect(done.body.data).toMatchObject({ status: 'success', phone_numbers_count: 1000, requirements_met: true });
  expect(await api.money(account.id)).toEqual({ wallet: 0, held: 0 });
}, 60_000);
