import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { UsageError } from './usage-error.ts';

/** Some rows of a file, ready to be sent. */
export interface RowBatch {
  readonly text: string;
  readonly rows: number;
}

/** Longest line that is taken for a row; a file without line ends must not fill the memory. */
export const ROW_BYTES_MAX = 64 * 1024;

/** The file to import; `-` is standard input. */
export const openFile = (path: string): Readable => (path === '-' ? process.stdin : createReadStream(path));

/** A file that cannot be read is the user's affair; anything else stays what it was. */
export function readFault(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR' ? new UsageError(`${path} cannot be read (${code})`) : error;
}
