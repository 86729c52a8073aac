import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type TestResults } from '../../support/test-results.ts';
import { nameless } from './served.ts';

/** The test file that proves an operation, as it ran last. */
export interface LastResult {
  /** From the root of the repository. */
  readonly file: string;
  /** `YYYY-MM-DD`. */
  readonly on: string;
  readonly passed: number;
  readonly failed: number;
  /** How many operations the file calls with success: the fewer, the more it is about this one. */
  readonly of: number;
}

/** By face, method and path without mount and names: `telnyx GET /number_orders/{}`. */
export type LastResults = Readonly<Record<string, LastResult>>;

const FILE = new URL('./last-results.json', import.meta.url);

/** The key of an operation as a document of its face has it, whatever it is mounted at. */
export const keyOf = (face: string, operation: string): string =>
  `${face} ${nameless(operation).replace(/ (?:\/api\/v1|\/admin\/v1|\/v[12])\//, ' /')}`;

/** The results as they were refreshed last. */
export const readLastResults = (): LastResults => JSON.parse(readFileSync(FILE, 'utf8')) as LastResults;

/** Keeps results for the page. */
export const writeLastResults = (results: LastResults): void => writeFileSync(FILE, `${JSON.stringify(results, null, 2)}\n`);

/** Results with those of later runs; of several files that call an operation the one that passed and is most about it. */
export function refreshed(known: LastResults, runs: TestResults): LastResults {
  const next = new Map<string, LastResult>();
  const offer = (key: string, result: LastResult): void => {
    const rival = next.get(key);
    if (rival === undefined || isBetter(result, rival)) next.set(key, result);
  };
  for (const [key, result] of Object.entries(known)) {
    if (runs[result.file] === undefined && existsSync(join(ROOT, result.file))) offer(key, result);
  }
  for (const [file, { operations, ...run }] of Object.entries(runs)) {
    for (const operation of operations) {
      const key = operation.replaceAll(/:\w+/g, '{}');
      if (!key.startsWith('admin ')) offer(key, { file, ...run, of: operations.length });
    }
  }
  return Object.fromEntries([...next].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const isBetter = (one: LastResult, other: LastResult): boolean => {
  const [hasFailed, hasOtherFailed] = [one.failed > 0, other.failed > 0];
  if (hasFailed !== hasOtherFailed) return hasOtherFailed;
  return one.of === other.of ? one.file < other.file : one.of < other.of;
};
