import type { Options } from './command.ts';
import type { Given } from './given.ts';
import { take } from './output.ts';
import { UsageError } from './usage-error.ts';

const ROWS_DEFAULT = 50;
const PAGE_MAX = 500;

/** Options of every list. */
export const LIST_OPTIONS: Options = { limit: { type: 'string' }, all: { type: 'boolean' } };

/** How many rows are wanted and in which pages they are asked for. */
export interface Wanted {
  readonly pageSize: number;
  /** The rows that are wanted and no more. */
  of<T>(rows: AsyncIterable<T>): AsyncIterable<T>;
}

/** Reads `--limit` (50) and `--all`; pages hold at most `pageMax` rows. */
export function wantedRows(given: Given, pageMax = PAGE_MAX): Wanted {
  const limit = given.integer('limit');
  if (limit !== undefined && limit < 1) throw new UsageError('--limit is at least 1');
  if (limit !== undefined && given.has('all')) throw new UsageError('--limit and --all contradict each other');
  const max = given.has('all') ? Number.POSITIVE_INFINITY : (limit ?? ROWS_DEFAULT);
  return { pageSize: Math.min(max, pageMax), of: (rows) => take(rows, max) };
}
