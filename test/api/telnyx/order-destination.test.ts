import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTrunkGroup } from '../../../src/app/trunk-groups/create-trunk-group.ts';
import { deleteTrunkGroup } from '../../../src/app/trunk-groups/delete-trunk-group.ts';
import { changedValue } from '../../support/api-harness.ts';
import { countries, NO_RULES, startTelnyxHarness, type TelnyxHarness } from './telnyx-harness.ts';

let api: TelnyxHarness;
const country = countries();
beforeAll(async () => {
  api = await startTelnyxHarness();
});
afterAll(() => api.close());

/** An order with a connection whose number waits for one value. */
async function waitingOrder() {
  const { key, account } = await api.newAccount({ creditMinor: 10_000 });
  const at = country();
  const requirement = await api.newRequirement({ country: at, acceptance: { ...NO_RULES, minLength: 1 } });
  const stock = await api.newStock({ country: at, monthlyFeeMinor: 200, setupFeeMinor: 100 });
  const group = changedValue(
    await createTrunkGroup(api.deps, api.platform, {
      ...{ name: 'PBX', kind: 'customer', accountId: account.id, mode: 'live', enabled: true, acl: [], gateways: [] },
      ...{ numberFormat: null, country: null },
    }),
  );
  const body = { phone_numbers: [{ phone_number: stock.e164 }], connection_id: group.extId };
  const placed = await api.call('POST', '/number_orders', { key, body });
  expect(placed.status, placed.text).toBe(200);
  const values = { regulatory_requirements: [{ requirement_id: requirement.id, field_value: 'v' }] };
  const satisfy = () => api.call('PATCH', `/number_orders/${placed.body.data.id}`, { key, body: values });
  const routed = async () => (await api.sql('select trunk_group_id from numbers where id = $1', [stock.id]))[0];
  return { accountId: account.id, group, satisfy, routed };
}

describe('the connection of an order whose number waits', () => {
  it('rings there once the number is active', async () => {
    const { group, satisfy, routed } = await waitingOrder();
    expect((await satisfy()).body.data).toMatchObject({ status: 'success', connection_id: group.extId });
    expect(await routed()).toEqual({ trunk_group_id: group.id });
  });

  it('may be deleted meanwhile: the number comes without a destination, and its hold is captured', async () => {
    const { accountId, group, satisfy, routed } = await waitingOrder();
    changedValue(await deleteTrunkGroup(api.deps, api.platform, group.id));
    const answer = await satisfy();
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.data).toMatchObject({ status: 'success', requirements_met: true });
    expect(await routed()).toEqual({ trunk_group_id: null });
    expect(await api.money(accountId)).toEqual({ wallet: 9700, held: 0 });
  });

  it('may be deleted at the very moment: nothing fails', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { group, satisfy, routed } = await waitingOrder();
      const [answer, gone] = await Promise.all([satisfy(), deleteTrunkGroup(api.deps, api.platform, group.id)]);
      expect(answer.status, answer.text).toBe(200);
      expect(await routed()).toEqual({ trunk_group_id: gone.ok ? null : group.id });
    }
  });
});
