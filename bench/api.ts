import { bareRows, type ImportFigures, importBare, importStock } from './api-import.ts';
import { type ListFigures, measureLists } from './api-lists.ts';
import { BUYERS, CONNECTIONS, measurePurchases, type PurchaseFigures } from './api-purchases.ts';
import { openAccount, seedHeld, settlePlane, settleTables } from './api-seed.ts';
import { type ApiSite, startApiSite } from './api-site.ts';
import type { Suite, SuiteOptions, SuiteResult } from './suite.ts';
import { fixed, type Table } from './table.ts';

/** Issue "Provisioning, complete", its proof of load. */
const targets = { importPerSecond: 20_000, purchasesPerSecond: 300 };
/** "Flat": at the large size p99 is at most this many times what it is at the small one, and so much more for the machine's own noise. */
const flat = { times: 2, moreMs: 5 };
const sizesOf = ({ numbers, small, full }: SuiteOptions): readonly [number, number] => {
  const [few = 10_000, many = small ? 50_000 : full ? 3_000_000 : 1_000_000] = numbers ?? [];
  return [Math.min(few, many), many];
};

interface Measured {
  readonly few: number;
  readonly many: number;
  readonly imported: ImportFigures;
  readonly bareImported: ImportFigures;
  readonly lists: { readonly few: readonly ListFigures[]; readonly many: readonly ListFigures[] };
  readonly product: PurchaseFigures;
  readonly bare: PurchaseFigures;
}

/** Import rate, lists and searches at two sizes and purchases over HTTP, beside bare Express + pg on the same Postgres. */
export const benchApi: Suite = async (options) => {
  options.progress('starting Postgres with fsync, the daemon and bare Express');
  const site = await startApiSite(options.folder);
  try {
    return resultOf(await measure(site, options), options);
  } finally {
    await site.close();
  }
};

async function measure(site: ApiSite, options: SuiteOptions): Promise<Measured> {
  const [few, many] = sizesOf(options);
  const { progress } = options;
  const times = options.small ? 40 : options.full ? 1000 : 200;
  progress(`putting ${few} numbers into stock, and ${few} numbers and orders into an account`);
  const account = await openAccount(site.product, 'Bench');
  await importStock(site, 0, few, () => {});
  await importBare(site, 0, few);
  await seedHeld(site, account, 0, few);
  await settleTables(site);
  await settlePlane(site);
  progress(`reading each list ${times} times at ${few} rows`);
  const listsOfFew = await measureLists(site, account, times);
  progress(`importing ${many - few} numbers`);
  const imported = await importStock(site, few, many, progress);
  const bareImported = await importBare(site, few, few + bareRows(many - few));
  progress(`putting ${many - few} more numbers and orders into the account`);
  await seedHeld(site, account, few, many);
  await settleTables(site);
  progress('writing their records');
  await settlePlane(site);
  progress(`reading each list ${times} times at ${many} rows`);
  const lists = { few: listsOfFew, many: await measureLists(site, account, times) };
  progress(`opening ${BUYERS} accounts and buying over ${CONNECTIONS} connections`);
  const accounts = [];
  for (let n = 0; n < BUYERS; n += 1) accounts.push(await openAccount(site.product, `Buyer ${n}`));
  const seconds = options.small ? 6 : Math.min(options.seconds, 24);
  return {
    few,
    many,
    imported,
    bareImported,
    lists,
    ...(await measurePurchases(site, accounts, options.full ? options.seconds : seconds)),
  };
}

function resultOf(measured: Measured, { small }: SuiteOptions): SuiteResult {
  const { few, many, imported, bareImported, lists, product, bare } = measured;
  const steep = lists.many.filter((list, at) => !isFlat(lists.few[at], list));
  const met = [imported.perSecond >= targets.importPerSecond, steep.length === 0, product.perSecond >= targets.purchasesPerSecond];
  const said = (isMet: boolean | undefined): string => (isMet ? 'yes' : 'NO');
  const ratio = (a: number, b: number): string => `${fixed(a / b, 2)}`;
  const rates: Table = {
    columns: ['figure', 'product', 'target', 'met', 'bare Express + pg', 'ratio'],
    rows: [
      row('import, numbers/s', imported.perSecond, targets.importPerSecond, said(met[0]), bareImported.perSecond),
      row('purchases/s', product.perSecond, targets.purchasesPerSecond, said(met[2]), bare.perSecond),
      ['purchase p50, ms', fixed(product.p50Ms, 1), '-', '-', fixed(bare.p50Ms, 1), ratio(product.p50Ms, bare.p50Ms)],
      ['purchase p99, ms', fixed(product.p99Ms, 1), '-', '-', fixed(bare.p99Ms, 1), ratio(product.p99Ms, bare.p99Ms)],
    ],
  };
  return {
    title: `The API: import, lists and purchases at ${many} numbers`,
    tables: [rates, listTable(lists, few, many), cpuTable(measured)],
    figures: { ...measured, targets, flat },
    notes: [
      `Purchases: ${BUYERS} accounts, ${CONNECTIONS} connections, fsync on, with audit, outbox and ledger; ${product.purchases} of them, by turns with bare Express.`,
      'Import: CSV streamed in requests of 20,000 rows, two under way, one audit row each; again it does no harm, so that is how it resumes.',
      'Before lists and purchases the plane has every record and the tables their statistics: neither auditor nor autovacuum has work left.',
      'Bare Express + pg does one statement per request on the same Postgres: no authentication, checks, audit, ledger, events or Redis.',
      `Lists: one request at a time, flat is p99 at ${many} rows ≤ ${flat.times} × p99 at ${few} + ${flat.moreMs} ms; the client is on the same machine.`,
      `Steep: ${steep.length === 0 ? 'none' : steep.map(({ name }) => name).join('; ')}.`,
    ],
    ok: small || met.every(Boolean),
  };
}

const row = (figure: string, value: number, target: number, met: string, bare: number): string[] => [
  figure,
  fixed(value, 0),
  `≥ ${target}`,
  met,
  fixed(bare, 0),
  fixed(value / bare, 2),
];

const isFlat = (few: ListFigures | undefined, many: ListFigures): boolean =>
  few !== undefined && many.p99Ms <= flat.times * few.p99Ms + flat.moreMs;

const listTable = ({ few, many }: Measured['lists'], fewRows: number, manyRows: number): Table => ({
  columns: ['list', ...[fewRows, manyRows].flatMap((rows) => [`p50 ms, ${rows}`, `p99 ms, ${rows}`, `CPU ms, ${rows}`]), 'flat'],
  rows: many.map((list, at) => {
    const before = few[at];
    const cells = [before, list].flatMap((one) => [fixed(one?.p50Ms, 1), fixed(one?.p99Ms, 1), fixed(one?.cpuMs, 1)]);
    return [list.name, ...cells, isFlat(before, list) ? 'yes' : 'NO'];
  }),
});

const cpuTable = ({ imported, bareImported, product, bare }: Measured): Table => ({
  columns: ['process', 'import, CPU µs per number', 'bare', 'purchase, CPU ms each', 'bare'],
  rows: Object.keys(product.cpuMs).map((name) => [
    name,
    fixed(imported.cpuUs[name], 1),
    fixed(bareImported.cpuUs[name], 1),
    fixed(product.cpuMs[name], 2),
    fixed(bare.cpuMs[name], 2),
  ]),
});
