import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '../../src/kit/ids.ts';
import { type Product, startProduct } from '../e2e/product.ts';
import { type ApiAnswer, call } from '../support/api-call.ts';

const NUMBERS = 60;
const KILLS = 2;
const PRICE = 300;
const CREDIT = 1_000_000;

let product: Product;
beforeAll(async () => {
  product = await startProduct();
}, 60_000);
afterAll(async () => {
  await product.stop();
}, 30_000);

/** Sends the same purchase until it has an answer that is one: what a client does whose server dies again and again. */
async function buyOnce(key: string, idempotencyKey: string, inventoryId: string): Promise<ApiAnswer> {
  const request = { key, body: { inventory_id: inventoryId }, headers: { 'Idempotency-Key': idempotencyKey } };
  for (const until = Date.now() + 40_000; ; ) {
    const { http_url: url } = product.state;
    const answer = await call(url, 'POST', '/v1/phone-numbers', request).catch(() => null);
    if (answer !== null && answer.status !== 409 && answer.status < 500) return answer;
    if (Date.now() > until) throw new Error(`no answer in time; the last: ${answer?.status} ${answer?.text}`);
    // The client's own pause between two tries.
    await delay(50);
  }
}

/** What was bought, by the audit. */
async function purchases(accountId: string): Promise<readonly string[]> {
  const { body } = await product.admin('GET', `/audit?action=number.purchase&account_id=${accountId}&limit=500`);
  return body.data.map(({ resource }: { resource: string }) => resource);
}

it('invariant 8: one number and one debit for each purchase, while the api is killed again and again', async () => {
  const account = (await product.admin('POST', '/accounts', { name: 'Buyer' })).body;
  const { key } = (await product.admin('POST', `/accounts/${account.id}/api-keys`, {})).body;
  await product.admin('POST', `/accounts/${account.id}/credits`, { amount_minor: CREDIT, note: 'test' });
  const numbers = Array.from({ length: NUMBERS }, (_, n) => ({
    e164: `+4420794${String(60_000 + n)}`,
    setup_fee_minor: 100,
    monthly_fee_minor: 200,
  }));
  expect((await product.admin('POST', '/inventory', { numbers })).body.created).toBe(NUMBERS);
  const stock = (await product.call('GET', `/v1/phone-numbers?action=available&limit=${NUMBERS}`, { key })).body.phone_numbers;
  expect(stock).toHaveLength(NUMBERS);

  const waiting: { id: string }[] = [...stock];
  const answers: ApiAnswer[] = [];
  const buyer = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) answers.push(await buyOnce(key, newId(), next.id));
  };
  const killer = async (): Promise<void> => {
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const due = (NUMBERS * kill) / (KILLS + 1);
      while (answers.length < due) await delay(5);
      const { pids } = await product.daemon.state();
      // Without Redis an answer waits for it after its commit: that is where the blow falls.
      process.kill(pids.redis as number, 'SIGSTOP');
      try {
        while ((await purchases(account.id)).length <= answers.length) await delay(20);
        process.kill(pids.api as number, 'SIGKILL');
      } finally {
        process.kill(pids.redis as number, 'SIGCONT');
      }
      while ((await product.daemon.state()).pids.api === pids.api) await delay(20);
    }
  };
  await Promise.all([...Array.from({ length: 8 }, buyer), killer()]);

  expect(answers.map(({ status, text }) => (status === 201 ? 201 : text))).toEqual(Array(NUMBERS).fill(201));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(NUMBERS);
  const after = (await product.admin('GET', `/accounts/${account.id}`)).body;
  expect(after.balance_minor).toBe(CREDIT - NUMBERS * PRICE);
  const bought = await purchases(account.id);
  expect(bought).toHaveLength(NUMBERS);
  expect(new Set(bought).size).toBe(NUMBERS);
  const replayed = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true').length;
  expect(replayed).toBeGreaterThanOrEqual(KILLS);
}, 90_000);
