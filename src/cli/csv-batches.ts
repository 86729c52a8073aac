import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { plainCsvLine } from './csv-line.ts';
import { UsageError } from './usage-error.ts';

/** Some rows of a file under its header line. */
export interface CsvBatch {
  readonly text: string;
  readonly rows: number;
}

/** Longest line that is taken for a row; a file without line ends must not fill the memory. */
const ROW_BYTES_MAX = 64 * 1024;

/** The rows of a CSV file (`-`: standard input) in batches, read as they are needed. Throws UsageError for what is no CSV. */
export async function* csvBatches(path: string, rowsMax: number): AsyncGenerator<CsvBatch, void> {
  const source: Readable = path === '-' ? process.stdin : createReadStream(path);
  const parser = parse({ bom: true, relax_column_count: true, skip_empty_lines: true, max_record_size: ROW_BYTES_MAX });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let header = '';
  let lines: string[] = [];
  try {
    for await (const record of parser) {
      const line = plainCsvLine(record as string[]);
      if (header === '') {
        header = line;
        continue;
      }
      lines.push(line);
      if (lines.length < rowsMax) continue;
      yield { text: header + lines.join(''), rows: lines.length };
      lines = [];
    }
  } catch (error) {
    if (error instanceof CsvError) throw new UsageError(`${path}: ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR') throw new UsageError(`${path} cannot be read (${code})`);
    throw error;
  } finally {
    source.destroy();
  }
  if (header === '') throw new UsageError(`${path} is empty: the first line names the columns, e164 among them`);
  if (lines.length > 0) yield { text: header + lines.join(''), rows: lines.length };
}
