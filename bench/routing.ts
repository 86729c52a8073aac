import { join } from 'node:path';
import { sippAvailable } from '../test/support/sipp.ts';
import { startProduct } from './product.ts';
import { partsOfNumbers, partsOfProduct, type RoutingPart } from './routing-parts.ts';
import type { Suite, SuiteOptions, SuiteResult } from './suite.ts';
import type { Table } from './table.ts';

/** What one part measured. */
export interface PartResult {
  readonly rows: readonly FigureRow[];
  readonly tables?: readonly Table[];
  readonly figures: Readonly<Record<string, unknown>>;
  readonly notes?: readonly string[];
}

/** One figure beside its target; `met` is null where there is no target or nothing was measured. */
export interface FigureRow {
  readonly figure: string;
  readonly measured: string;
  readonly target: string;
  readonly met: boolean | null;
}

/**
 * The figures of "a routing plane that can be proven", measured as decision C25 says, each beside its target. Parts: patch, stale,
 * idle, cost, load on a running product; admission and rebuild on a Redis or Postgres of their own.
 */
export const benchRouting: Suite = async (options) => {
  const wanted = (parts: Readonly<Record<string, RoutingPart>>) =>
    Object.entries(parts).filter(([name]) => options.only === undefined || options.only.includes(name));
  const known = [...Object.keys(partsOfProduct), ...Object.keys(partsOfNumbers)];
  for (const name of options.only ?? []) if (!known.includes(name)) throw new Error(`no part ${name}; there are: ${known.join(', ')}`);
  const results: Record<string, PartResult> = {};
  const onProduct = wanted(partsOfProduct);
  if (onProduct.length > 0) {
    options.progress('starting the daemon');
    const product = await startProduct(join(options.folder, 'daemon.log'));
    try {
      for (const [name, part] of onProduct) results[name] = await runPart(name, () => part({ options, product }));
    } finally {
      await product.stop();
    }
  }
  for (const [name, part] of wanted(partsOfNumbers)) results[name] = await runPart(name, () => part({ options, product: null }));
  return together(results, options);
};

/** A part that cannot run says so in its row: the others are worth their figures all the same. */
async function runPart(name: string, run: () => Promise<PartResult>): Promise<PartResult> {
  try {
    return await run();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { rows: [{ figure: name, measured: 'failed', target: '-', met: false }], figures: { failed: why }, notes: [`${name}: ${why}`] };
  }
}

function together(results: Readonly<Record<string, PartResult>>, { rate, seconds }: SuiteOptions): SuiteResult {
  const parts = Object.values(results);
  const rows = parts.flatMap((part) => part.rows);
  const sipp = sippAvailable() ? [] : ['sipp is not here: the parts cost and load were left out (apt-get install sip-tester).'];
  const said = (met: boolean | null): string => (met === null ? '-' : met ? 'yes' : 'NO');
  return {
    title: `The routing plane, ${rate} calls/s for ${seconds} s`,
    tables: [
      { columns: ['figure', 'measured', 'target', 'met'], rows: rows.map((row) => [row.figure, row.measured, row.target, said(row.met)]) },
      ...parts.flatMap((part) => part.tables ?? []),
    ],
    figures: Object.fromEntries(Object.entries(results).map(([name, part]) => [name, part.figures])),
    notes: [...parts.flatMap((part) => part.notes ?? []), ...sipp],
    ok: rows.every(({ met }) => met !== false),
  };
}
