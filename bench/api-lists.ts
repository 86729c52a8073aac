import type { OutgoingHttpHeaders } from 'node:http';
import type { BenchAccount } from './api-seed.ts';
import type { ApiSite } from './api-site.ts';
import { createHttpClient, expectStatus, type HttpClient } from './http-client.ts';
import { quantileOf } from './quantiles.ts';

/** One list or search of one face; `path` makes a request out of a random number from 0 to 1. */
interface Listed {
  readonly name: string;
  readonly headers: (account: BenchAccount, adminKey: string) => OutgoingHttpHeaders;
  readonly path: (account: BenchAccount, random: number) => string;
}

/** Latencies of one list in ms, and the product's CPU (api and Postgres) for one request. */
export interface ListFigures {
  readonly name: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMs: number;
}

const key = ({ key: own }: BenchAccount): OutgoingHttpHeaders => ({ authorization: `Bearer ${own}` });
const vobiz = ({ authId, token }: BenchAccount): OutgoingHttpHeaders => ({ 'x-auth-id': authId, 'x-auth-token': token });
const admin = (_account: BenchAccount, adminKey: string): OutgoingHttpHeaders => ({ authorization: `Bearer ${adminKey}` });
/** One of the first twenty pages. */
const pageAt = (random: number): number => 1 + Math.floor(random * 20);
const digitsAt = (random: number, count: number): string => String(Math.floor(random * 10 ** count)).padStart(count, '0');
const AVAILABLE = '/v2/available_phone_numbers?filter[limit]=20&filter[country_code]=GB';

const LISTS: readonly Listed[] = [
  { name: 'telnyx search: country, type', headers: key, path: () => `${AVAILABLE}&filter[phone_number_type]=local` },
  {
    name: 'telnyx search: starts with',
    headers: key,
    path: (_, r) => `${AVAILABLE}&filter[phone_number][starts_with]=20${digitsAt(r, 3)}`,
  },
  { name: 'telnyx search: ends with', headers: key, path: (_, r) => `${AVAILABLE}&filter[phone_number][ends_with]=${digitsAt(r, 3)}` },
  { name: 'telnyx search: contains', headers: key, path: (_, r) => `${AVAILABLE}&filter[phone_number][contains]=${digitsAt(r, 3)}` },
  { name: 'telnyx search: locality', headers: key, path: () => `${AVAILABLE}&filter[locality]=London` },
  { name: 'telnyx numbers', headers: key, path: (_, r) => `/v2/phone_numbers?page[number]=${pageAt(r)}` },
  { name: 'telnyx orders', headers: key, path: (_, r) => `/v2/number_orders?page[number]=${pageAt(r)}` },
  {
    name: 'vobiz stock',
    headers: vobiz,
    path: ({ authId }, r) => `/api/v1/Account/${authId}/inventory/numbers?country=DE&page=${pageAt(r)}`,
  },
  { name: 'vobiz numbers', headers: vobiz, path: ({ authId }, r) => `/api/v1/Account/${authId}/numbers?page=${pageAt(r)}` },
  { name: 'kros stock', headers: key, path: (_, r) => `/v1/phone-numbers?action=available&offset=${20 * pageAt(r)}` },
  { name: 'kros numbers', headers: key, path: (_, r) => `/v1/phone-numbers?offset=${20 * pageAt(r)}` },
  { name: 'admin numbers', headers: admin, path: () => '/admin/v1/numbers?limit=20' },
  { name: 'admin numbers of an account', headers: admin, path: ({ id }) => `/admin/v1/numbers?limit=20&account_id=${id}` },
  { name: 'admin orders', headers: admin, path: () => '/admin/v1/orders?limit=20' },
];

/** Reads every list so many times, one request at a time, the lists in turn so that a bad moment of the machine meets them all. */
export async function measureLists(site: ApiSite, account: BenchAccount, times: number): Promise<ListFigures[]> {
  const { http_url, admin_api_key } = site.product.state;
  const product = createHttpClient(http_url, 1);
  const bare = createHttpClient(site.bare.url, 1);
  const read =
    (client: HttpClient, path: string, headers: OutgoingHttpHeaders = {}) =>
    () =>
      client.send({ method: 'GET', path: encodeURI(path), headers }).then((answer) => void expectStatus(answer, 200, path));
  const bareList = { name: 'bare Express: country, type', ask: () => read(bare, '/numbers?country=GB&type=local') };
  const asked = LISTS.map(({ name, headers, path }) => ({
    name,
    ask: () => read(product, path(account, Math.random()), headers(account, admin_api_key)),
  }));
  const all = [...asked, bareList].map((one) => ({ ...one, ms: [] as number[], cpu: 0 }));
  try {
    for (let round = -1; round < ROUNDS; round += 1) {
      for (const one of all) await oneRound(site, one, round < 0 ? WARM_UP : Math.ceil(times / ROUNDS), round < 0);
    }
  } finally {
    product.close();
    bare.close();
  }
  return all.map(({ name, ms, cpu }) => ({
    name,
    p50Ms: quantileOf(ms, 0.5) ?? Number.NaN,
    p99Ms: quantileOf(ms, 0.99) ?? Number.NaN,
    cpuMs: (cpu * 1000) / ms.length,
  }));
}

const ROUNDS = 4;
const WARM_UP = 10;

async function oneRound(
  site: ApiSite,
  one: { readonly ask: () => () => Promise<void>; readonly ms: number[]; cpu: number },
  times: number,
  warmUp: boolean,
): Promise<void> {
  const before = served(site);
  for (let n = 0; n < times; n += 1) {
    const startedAt = performance.now();
    await one.ask()();
    if (!warmUp) one.ms.push(performance.now() - startedAt);
  }
  if (!warmUp) one.cpu += served(site) - before;
}

/** CPU seconds of those that serve; the one that is not asked has none. */
function served(site: ApiSite): number {
  const { api = 0, postgres = 0, 'bare express': bare = 0 } = site.cpu();
  return api + postgres + bare;
}
