import { setTimeout as pause } from 'node:timers/promises';
import { expectAnswer, type Product } from './product.ts';

/** What the load needs to exist: numbers of one account that ring at one endpoint, and a carrier that may call them. */
export interface Provisioned {
  readonly accountId: string;
  readonly key: string;
  readonly numbers: readonly { readonly id: string; readonly e164: string }[];
}

/** What is to be made; without an endpoint every call to the numbers is refused; `prefix` keeps two sets of numbers apart. */
export interface Wanted {
  readonly source: string;
  readonly endpointUri: string | null;
  readonly numbers: number;
  readonly prefix?: string;
}

/** Makes an account with money, its key, a carrier whose calls come from `source`, an endpoint, and buys numbers. */
export async function provision(product: Product, wanted: Wanted): Promise<Provisioned> {
  const admin = async <T>(path: string, body: unknown, status = 201): Promise<T> =>
    expectAnswer<T>(await product.request('POST', `/admin/v1/${path}`, body), status, `POST ${path}`);
  const account = await admin<{ id: string }>('accounts', { name: 'Bench', kind: 'account', currency: 'USD' });
  await admin(`accounts/${account.id}/credits`, { amount_minor: 10_000_000, note: 'bench' }, 200);
  const { key } = await admin<{ key: string }>(`accounts/${account.id}/api-keys`, { mode: 'live' });
  const gateways = [{ uri: 'sip:127.0.0.1:9', priority: 1, weight: 1, enabled: true }];
  await admin('trunk-groups', { name: 'Bench carrier', kind: 'carrier', acl: [wanted.source], gateways });
  const targets = [{ uri: wanted.endpointUri, priority: 1, weight: 1 }];
  const asEndpoint = { account_id: account.id, name: 'Bench callee', targets };
  const endpointId = wanted.endpointUri === null ? null : (await admin<{ id: string }>('endpoints', asEndpoint)).id;
  const prefix = wanted.prefix ?? '+44207946';
  const e164s = Array.from({ length: wanted.numbers }, (_, at) => `${prefix}${String(at).padStart(4, '0')}`);
  const fees = { type: 'local', country: 'GB', setup_fee_minor: 100, monthly_fee_minor: 100, currency: 'USD' };
  await admin('inventory', { numbers: e164s.map((e164) => ({ e164, ...fees })) }, 200);
  const numbers: { id: string; e164: string }[] = [];
  for (const e164 of e164s) numbers.push({ id: await buy(product, key, e164, endpointId), e164 });
  return { accountId: account.id, key, numbers };
}

async function buy(product: Product, key: string, e164: string, endpointId: string | null): Promise<string> {
  const found = await product.request('GET', `/admin/v1/numbers?e164=${encodeURIComponent(e164)}`);
  const id = expectAnswer<{ data: { id: string }[] }>(found, 200, 'GET numbers').data[0]?.id;
  const bought = await product.request('POST', '/phone-numbers', { inventory_id: id }, key);
  if (bought.status !== 200 && bought.status !== 201) expectAnswer(bought, 201, `purchase of ${e164}`);
  if (endpointId === null) return id ?? '';
  expectAnswer(await product.request('PATCH', `/phone-numbers/${id}`, { endpoint_id: endpointId }, key), 200, `PATCH of ${e164}`);
  return id ?? '';
}

/** All rows of an admin list, page by page. */
export async function* rowsOf<Row>(product: Product, path: string): AsyncGenerator<Row> {
  for (let after: string | null = ''; after !== null; ) {
    const more: string = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
    const answer = await product.request('GET', `${path}${path.includes('?') ? '&' : '?'}limit=500${more}`);
    const page: { readonly data: Row[]; readonly next: string | null } = expectAnswer(answer, 200, `GET ${path}`);
    yield* page.data;
    after = page.next;
  }
}

/** A call as lists show it, as far as benches look at it. */
export interface ListedCall {
  readonly ended_at: string | null;
  readonly outcome: string | null;
  readonly refusal_code: string | null;
}

/** The calls since a time. */
export const callsSince = (product: Product, since: string): AsyncGenerator<ListedCall> =>
  rowsOf<ListedCall>(product, `/admin/v1/calls?since=${encodeURIComponent(since)}`);

/** How many call records there are since a time. */
export async function countRecords(product: Product, since: string): Promise<number> {
  let count = 0;
  for await (const _ of callsSince(product, since)) count += 1;
  return count;
}

/** How many records there are since a time once there are as many as wanted, or when that took too long. */
export async function recordsOnceThere(product: Product, since: string, wanted: number, deadlineMs: number): Promise<number> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const count = await countRecords(product, since);
    if (count >= wanted || Date.now() > deadline) return count;
    await pause(1000);
  }
}
