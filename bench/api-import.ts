import type { ApiSite } from './api-site.ts';
import { stockCsv } from './api-stock.ts';
import { createHttpClient, expectStatus, type HttpClient } from './http-client.ts';

/** Rows of one request (it takes 100,000 at most), and how many requests are under way: while one is checked the other is written. */
const ROWS_AT_ONCE = 20_000;
const REQUESTS_AT_ONCE = 2;
const TOLD_EVERY = 100_000;
const BARE_SHARE = 10;
/** Fewer would only measure its start. */
const BARE_ROWS_MIN = 20_000;

/** What an import came to. */
export interface ImportFigures {
  readonly rows: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** CPU µs per row by process. */
  readonly cpuUs: Readonly<Record<string, number>>;
}

/** Imports rows `from` to `to` of the stock by streamed CSV; throws when a row did not go in. */
export async function importStock(site: ApiSite, from: number, to: number, progress: (line: string) => void): Promise<ImportFigures> {
  const { http_url, admin_api_key } = site.product.state;
  const headers = { authorization: `Bearer ${admin_api_key}`, 'content-type': 'text/csv' };
  return timed(site, http_url, to - from, async (client) => {
    let next = from;
    let done = 0;
    const importer = async (): Promise<void> => {
      for (let at = next; at < to; at = next) {
        const end = Math.min(to, at + ROWS_AT_ONCE);
        next = end;
        const sent = await client.send({ method: 'POST', path: '/admin/v1/inventory', headers, body: stockCsv(at, end) });
        const report = JSON.parse(expectStatus(sent, 200, 'import')) as { created: number };
        if (report.created !== end - at) throw new Error(`${report.created} of ${end - at} rows went in: ${sent.text.slice(0, 400)}`);
        done += end - at;
        if (Math.floor(done / TOLD_EVERY) > Math.floor((done - (end - at)) / TOLD_EVERY))
          progress(`imported ${done} of ${to - from} numbers`);
      }
    };
    await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, importer));
  });
}

/** The same file into bare Express + pg. */
export function importBare(site: ApiSite, from: number, to: number): Promise<ImportFigures> {
  return timed(site, site.bare.url, to - from, async (client) => {
    const headers = { 'content-type': 'text/csv' };
    const half = Math.ceil((from + to) / 2);
    const send = (first: number, end: number) => client.send({ method: 'POST', path: '/import', headers, body: stockCsv(first, end) });
    for (const sent of await Promise.all([send(from, half), send(half, to)])) expectStatus(sent, 200, 'bare import');
  });
}

/** How many rows bare Express gets for its share of the time. */
export const bareRows = (rows: number): number => Math.min(rows, Math.max(BARE_ROWS_MIN, Math.ceil(rows / BARE_SHARE)));

async function timed(site: ApiSite, url: string, rows: number, work: (client: HttpClient) => Promise<void>): Promise<ImportFigures> {
  const client = createHttpClient(url, REQUESTS_AT_ONCE);
  const before = site.cpu();
  const startedAt = performance.now();
  try {
    await work(client);
  } finally {
    client.close();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const after = site.cpu();
  const cpuUs = Object.fromEntries(Object.entries(after).map(([name, cpu]) => [name, ((cpu - (before[name] ?? 0)) * 1e6) / rows]));
  return { rows, seconds, perSecond: rows / seconds, cpuUs };
}
