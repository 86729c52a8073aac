import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The root of the repository. */
export const ROOT = join(import.meta.dirname, '../..');
/** Where test files leave what they called, for the reporter of their run; like all of `coverage/` not under version control. */
export const ANSWERED_DIR = join(ROOT, 'coverage/answered');
const RESULTS_FILE = join(ROOT, 'coverage/operations.json');

/** What one test file called with success: `telnyx GET /number_orders/:number_order_id`. */
export interface AnsweredFile {
  /** From the root of the repository. */
  readonly file: string;
  readonly operations: readonly string[];
}

/** The last run of a test file. */
export interface FileResult {
  /** `YYYY-MM-DD`. */
  readonly on: string;
  readonly passed: number;
  readonly failed: number;
  readonly operations: readonly string[];
}

/** The last run of every test file that ran on this machine and called an operation, by path. */
export type TestResults = Readonly<Record<string, FileResult>>;

/** Results so far, without those of files that are gone; none before the first run. */
export function readResults(): TestResults {
  if (!existsSync(RESULTS_FILE)) return {};
  const results = JSON.parse(readFileSync(RESULTS_FILE, 'utf8')) as TestResults;
  return Object.fromEntries(Object.entries(results).filter(([file]) => existsSync(join(ROOT, file))));
}

/** Takes what the test files of a run have left, and keeps it with how they ended; files that did not run keep their last result. */
export function keepResults(ended: ReadonlyMap<string, Omit<FileResult, 'operations'>>): void {
  const operations = new Map<string, Set<string>>();
  for (const name of existsSync(ANSWERED_DIR) ? readdirSync(ANSWERED_DIR) : []) {
    const left = JSON.parse(readFileSync(join(ANSWERED_DIR, name), 'utf8')) as AnsweredFile;
    operations.set(left.file, new Set([...(operations.get(left.file) ?? []), ...left.operations]));
  }
  rmSync(ANSWERED_DIR, { recursive: true, force: true });
  const results: Record<string, FileResult> = { ...readResults() };
  for (const [file, end] of ended) {
    const called = operations.get(file);
    if (called === undefined) delete results[file];
    else results[file] = { ...end, operations: [...called].toSorted() };
  }
  mkdirSync(dirname(RESULTS_FILE), { recursive: true });
  writeFileSync(RESULTS_FILE, `${JSON.stringify(results, null, 1)}\n`);
}
