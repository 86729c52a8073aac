import { openFile, ROW_BYTES_MAX, type RowBatch, readFault } from './import-file.ts';
import { UsageError } from './usage-error.ts';

/** The lines of an NDJSON file (`-`: standard input) in batches, read as they are needed; empty lines are left out, bad ones are the server's to tell. */
export async function* ndjsonBatches(path: string, rowsMax: number): AsyncGenerator<RowBatch, void> {
  let lines: string[] = [];
  let isEmpty = true;
  for await (const line of linesOf(path)) {
    if (line.trim() === '') continue;
    isEmpty = false;
    lines.push(line);
    if (lines.length < rowsMax) continue;
    yield batchOf(lines);
    lines = [];
  }
  if (isEmpty) throw new UsageError(`${path} is empty: every line is a JSON object, e164 in it`);
  if (lines.length > 0) yield batchOf(lines);
}

const batchOf = (lines: readonly string[]): RowBatch => ({ text: `${lines.join('\n')}\n`, rows: lines.length });

async function* linesOf(path: string): AsyncGenerator<string, void> {
  const source = openFile(path).setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of source as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > ROW_BYTES_MAX) throw new UsageError(`${path} has a line of more than ${ROW_BYTES_MAX} bytes`);
      yield* lines;
    }
  } catch (error) {
    throw readFault(path, error);
  } finally {
    source.destroy();
  }
  yield rest;
}
