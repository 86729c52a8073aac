import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiAnswer } from '../support/api-call.ts';
import { type Product, startProduct } from './product.ts';

const NUMBER = '+12025550171';
const BUYERS = 200;
const ACCOUNTS = 10;
const CREDIT = 10_000;
const PRICE = 350;

interface Buyer {
  readonly id: string;
  readonly authId: string;
  readonly token: string;
  readonly key: string;
}

describe('two hundred buyers of one number, in three dialects at once', () => {
  let product: Product;
  let buyers: Buyer[];
  let inventoryId: string;

  beforeAll(async () => {
    product = await startProduct();
    buyers = [];
    for (let index = 0; index < ACCOUNTS; index += 1) {
      const { id, auth_id: authId, auth_token: token } = (await product.admin('POST', '/accounts', { name: `Buyer ${index}` })).body;
      const { key } = (await product.admin('POST', `/accounts/${id}/api-keys`, {})).body;
      await product.admin('POST', `/accounts/${id}/credits`, { amount_minor: CREDIT, note: 'test' });
      buyers.push({ id, authId, token, key });
    }
    await product.admin('POST', '/inventory', {
      numbers: [{ e164: NUMBER, setup_fee_minor: 100, monthly_fee_minor: 250, currency: 'USD' }],
    });
    inventoryId = (await product.admin('GET', `/numbers?e164=${encodeURIComponent(NUMBER)}`)).body.data[0].id;
  }, 90_000);

  afterAll(async () => {
    expect(await product?.stop()).toBe(0);
  }, 60_000);

  const kros = ({ key }: Buyer) => product.call('POST', '/phone-numbers', { key, body: { inventory_id: inventoryId } });
  const vobiz = ({ authId, token }: Buyer) =>
    product.call('POST', `/api/v1/Account/${authId}/numbers/purchase-from-inventory`, {
      headers: { 'X-Auth-ID': authId, 'X-Auth-Token': token },
      body: { e164: NUMBER },
    });
  const telnyx = ({ key }: Buyer) =>
    product.call('POST', '/v2/number_orders', { key, body: { phone_numbers: [{ phone_number: NUMBER }] } });

  it('invariant 1: one holder, one debit, 199 clear refusals', async () => {
    const faces = [kros, vobiz, telnyx];
    const answers = await Promise.all(
      Array.from({ length: BUYERS }, async (_, index) => {
        const face = faces[index % faces.length] as (buyer: Buyer) => Promise<ApiAnswer>;
        return { face: face.name, answer: await face(buyers[index % ACCOUNTS] as Buyer) };
      }),
    );
    const bought = answers.filter(({ answer }) => answer.status < 300);
    expect(bought).toHaveLength(1);
    // Each in its own dialect: 404 not in stock (Kros, Vobiz), 422 85001 (Telnyx).
    const refusals = answers.filter(({ answer }) => answer.status >= 300);
    const clear = refusals.filter(({ face, answer }) =>
      face === 'telnyx' ? answer.status === 422 && answer.body.errors[0].code === '85001' : answer.status === 404,
    );
    expect(clear).toHaveLength(BUYERS - 1);

    const number = (await product.admin('GET', `/numbers/${inventoryId}`)).body;
    const balances = await Promise.all(buyers.map(async ({ id }) => (await product.admin('GET', `/accounts/${id}`)).body));
    expect(balances.filter(({ balance_minor }) => balance_minor === CREDIT - PRICE).map(({ id }) => id)).toEqual([number.owner_account_id]);
    expect(balances.reduce((sum, { balance_minor }) => sum + balance_minor, 0)).toBe(ACCOUNTS * CREDIT - PRICE);
    expect(balances.every(({ held_minor }) => held_minor === 0)).toBe(true);
  }, 60_000);
});
