import { newId } from '../src/kit/ids.ts';
import { type BenchAccount, settleBought } from './api-seed.ts';
import type { ApiSite } from './api-site.ts';
import { createHttpClient, expectStatus, type HttpClient } from './http-client.ts';
import { quantileOf } from './quantiles.ts';

/** Decision C25. */
export const BUYERS = 50;
export const CONNECTIONS = 32;
const TURNS = 3;

/** What buying came to: the median of the turns, CPU over all of them. */
export interface PurchaseFigures {
  readonly purchases: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMs: Readonly<Record<string, number>>;
}

interface Turn {
  readonly seconds: number;
  readonly ms: readonly number[];
  readonly cpu: Readonly<Record<string, number>>;
}

/** Buys by turns in the product (50 accounts, 32 connections) and in bare Express, which updates one row and is done. */
export async function measurePurchases(
  site: ApiSite,
  accounts: readonly BenchAccount[],
  seconds: number,
): Promise<{ readonly product: PurchaseFigures; readonly bare: PurchaseFigures }> {
  const product = buyerOf(site.product.state.http_url, '/v1/phone-numbers', stockOf(site.pool, "lifecycle = 'available'"), (id, n) => ({
    headers: { authorization: `Bearer ${accounts[n % accounts.length]?.key}` },
    body: { inventory_id: id },
  }));
  const owners = accounts.map(() => newId());
  const bare = buyerOf(site.bare.url, '/purchases', stockOf(site.bare.pool, 'owner is null'), (id, n) => ({
    headers: {},
    body: { id, owner: owners[n % owners.length] },
  }));
  const turns: { product: Turn[]; bare: Turn[] } = { product: [], bare: [] };
  try {
    await product.turn(site, WARM_UP_SECONDS);
    await settleBought(site);
    // Plans made before are made anew at their next use, on every connection.
    await product.turn(site, WARM_UP_SECONDS);
    await bare.turn(site, WARM_UP_SECONDS);
    for (let turn = 0; turn < TURNS; turn += 1) {
      turns.product.push(await product.turn(site, seconds / TURNS));
      turns.bare.push(await bare.turn(site, seconds / TURNS));
    }
  } finally {
    product.close();
    bare.close();
  }
  return { product: figuresOf(turns.product), bare: figuresOf(turns.bare) };
}

const WARM_UP_SECONDS = 2;
const STOCK_AT_ONCE = 20_000;
const STOCK_LEFT_MIN = 1000;

/** Ids for sale, read ahead in pieces in the order of the stock; nobody else buys. */
function stockOf(pool: ApiSite['pool'], forSale: string): { readonly ids: string[]; fill(): Promise<void> } {
  const ids: string[] = [];
  let last = '00000000-0000-0000-0000-000000000000';
  return {
    ids,
    async fill() {
      if (ids.length >= STOCK_LEFT_MIN) return;
      const text = `select id from numbers where ${forSale} and id > $1 order by id limit ${STOCK_AT_ONCE}`;
      const { rows } = await pool.query<{ id: string }>(text, [last]);
      last = rows.at(-1)?.id ?? last;
      ids.unshift(...rows.map(({ id }) => id).reverse());
    },
  };
}

function buyerOf(
  url: string,
  path: string,
  stock: ReturnType<typeof stockOf>,
  purchase: (id: string, n: number) => { readonly headers: Record<string, string>; readonly body: unknown },
) {
  const client: HttpClient = createHttpClient(url, CONNECTIONS);
  let bought = 0;
  const buy = async (ms: number[]): Promise<boolean> => {
    const id = stock.ids.pop();
    if (id === undefined) return false;
    const { headers, body } = purchase(id, bought++);
    const startedAt = performance.now();
    const sent = { method: 'POST', path, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) } as const;
    expectStatus(await client.send(sent), 201, `purchase of ${id}`);
    ms.push(performance.now() - startedAt);
    return true;
  };
  return {
    close: () => client.close(),
    async turn(site: ApiSite, seconds: number): Promise<Turn> {
      await stock.fill();
      const before = site.cpu();
      const startedAt = performance.now();
      const ms: number[] = [];
      const buyer = async (): Promise<void> => {
        while (performance.now() - startedAt < seconds * 1000 && (await buy(ms)));
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, buyer));
      const took = (performance.now() - startedAt) / 1000;
      const after = site.cpu();
      return { seconds: took, ms, cpu: Object.fromEntries(Object.entries(after).map(([name, cpu]) => [name, cpu - (before[name] ?? 0)])) };
    },
  };
}

function figuresOf(turns: readonly Turn[]): PurchaseFigures {
  const ms = turns.flatMap((turn) => turn.ms);
  const rates = turns.map((turn) => turn.ms.length / turn.seconds);
  const names = Object.keys(turns[0]?.cpu ?? {});
  const cpuMs = names.map((name) => [name, (turns.reduce((sum, turn) => sum + (turn.cpu[name] ?? 0), 0) * 1000) / ms.length] as const);
  return {
    purchases: ms.length,
    perSecond: quantileOf(rates, 0.5) ?? Number.NaN,
    p50Ms: quantileOf(ms, 0.5) ?? Number.NaN,
    p99Ms: quantileOf(ms, 0.99) ?? Number.NaN,
    cpuMs: Object.fromEntries(cpuMs),
  };
}
