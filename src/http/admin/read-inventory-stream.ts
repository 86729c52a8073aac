import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { type ReadRows, readRows } from './inventory-rows.ts';

export interface StreamLimits {
  readonly bytesMax: number;
  readonly rowsMax: number;
}

const LINE_BYTES_MAX = 16 * 1024;

/** Reads a CSV (with a header line) or NDJSON import as it arrives, within bounds of bytes, rows and line length. */
export async function readInventoryStream(
  stream: { readonly mediaType: string; readonly readable: Readable },
  limits: StreamLimits,
): Promise<ReadRows | { readonly refusal: RequestRefusal }> {
  const values = stream.mediaType === 'text/csv' ? csvRows(stream.readable, limits) : ndjsonRows(stream.readable, limits);
  const rows: unknown[] = [];
  try {
    for await (const value of values) {
      if (rows.length >= limits.rowsMax)
        return { refusal: { kind: 'malformed_body', detail: `At most ${limits.rowsMax} rows an import.` } };
      rows.push(value);
    }
  } catch (error) {
    if (error instanceof TooLarge) return { refusal: { kind: 'body_too_large', bytesMax: limits.bytesMax } };
    if (error instanceof Unreadable || isCsvError(error)) {
      return { refusal: { kind: 'malformed_body', detail: `Row ${rows.length}: ${error.message.slice(0, 200)}` } };
    }
    throw error;
  }
  return readRows(rows);
}

class TooLarge extends Error {}
class Unreadable extends Error {}
const isCsvError = (error: unknown): error is Error => error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_');

async function* counted(readable: Readable, bytesMax: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of readable as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new TooLarge();
    yield chunk;
  }
}

async function* ndjsonRows(readable: Readable, limits: StreamLimits): AsyncGenerator<unknown> {
  let rest = Buffer.alloc(0);
  for await (const chunk of counted(readable, limits.bytesMax)) {
    rest = Buffer.concat([rest, chunk]);
    let end = rest.indexOf(10);
    while (end >= 0) {
      const line = rest.subarray(0, end).toString('utf8').trim();
      rest = rest.subarray(end + 1);
      if (line !== '') yield parseLine(line);
      end = rest.indexOf(10);
    }
    if (rest.length > LINE_BYTES_MAX) throw new Unreadable(`a line is longer than ${LINE_BYTES_MAX} bytes`);
  }
  const line = rest.toString('utf8').trim();
  if (line !== '') yield parseLine(line);
}

/** A line that is no JSON is a bad row, not a bad import. */
function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

const NUMERIC = new Set(['setup_fee_minor', 'monthly_fee_minor']);

async function* csvRows(readable: Readable, limits: StreamLimits): AsyncGenerator<unknown> {
  const parser = parse({
    columns: true,
    bom: true,
    trim: true,
    skip_empty_lines: true,
    max_record_size: LINE_BYTES_MAX,
    relax_column_count: true,
  });
  const feed = (async () => {
    for await (const chunk of counted(readable, limits.bytesMax)) {
      if (!parser.write(chunk)) await Promise.race([once(parser, 'drain'), once(parser, 'close')]);
    }
    parser.end();
  })();
  feed.catch((error: unknown) => parser.destroy(error instanceof Error ? error : new Error(String(error))));
  for await (const record of parser as AsyncIterable<Record<string, string>>) yield rowOf(record);
  await feed;
}

/** CSV has only text: empty is absent, fees are numbers, capabilities are separated by spaces or `|`. */
const rowOf = (record: Readonly<Record<string, string>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(record)
      .filter(([, text]) => text !== '')
      .map(([name, text]) => {
        if (NUMERIC.has(name)) return [name, /^[0-9]{1,12}$/.test(text) ? Number(text) : text];
        if (name === 'capabilities') return [name, text.split(/[ |;]+/)];
        return [name, text];
      }),
  );
