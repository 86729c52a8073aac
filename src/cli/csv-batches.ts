import { CsvError, parse } from 'csv-parse';
import { plainCsvLine } from './csv-line.ts';
import { openFile, ROW_BYTES_MAX, type RowBatch, readFault } from './import-file.ts';
import { UsageError } from './usage-error.ts';

/** The rows of a CSV file (`-`: standard input) in batches, each under the header line, read as they are needed. Throws UsageError for what is no CSV. */
export async function* csvBatches(path: string, rowsMax: number): AsyncGenerator<RowBatch, void> {
  const source = openFile(path);
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
    throw readFault(path, error);
  } finally {
    source.destroy();
  }
  if (header === '') throw new UsageError(`${path} is empty: the first line names the columns, e164 among them`);
  if (lines.length > 0) yield { text: header + lines.join(''), rows: lines.length };
}
