import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { ClientGone } from '../read-body.ts';
import { plainCsv } from './plain-csv.ts';

export interface StreamLimits {
  readonly bytesMax: number;
  readonly rowsMax: number;
}

/** A row as it was sent, or what made it unreadable. */
export type RawRow = { readonly value: unknown } | { readonly unreadable: string };

const LINE_BYTES_MAX = 16 * 1024;
const NEWLINE = 10;

/** Reads a CSV (with a header line) or NDJSON import as it arrives, within bounds of bytes, rows and line length. */
export async function readInventoryStream(
  stream: { readonly mediaType: string; readonly readable: Readable },
  limits: StreamLimits,
): Promise<Result<readonly RawRow[], RequestRefusal>> {
  const rows: RawRow[] = [];
  const add = (row: RawRow): void => {
    if (rows.length >= limits.rowsMax) throw new Refused(tooManyRows(limits.rowsMax));
    rows.push(row);
  };
  const chunks = boundedChunks(stream.readable, limits.bytesMax);
  try {
    await (stream.mediaType === 'text/csv' ? readCsv(chunks, add) : readNdjson(chunks, add));
  } catch (error) {
    if (error instanceof Refused) return err(error.refusal);
    throw error;
  } finally {
    await chunks.return(undefined);
  }
  return rows.length === 0 ? err(NO_ROWS) : ok(rows);
}

const wholeBody = (message: string, problem: 'invalid' | 'missing' | 'out_of_range'): RequestRefusal => ({
  kind: 'invalid',
  fields: [{ in: 'body', path: [], problem, message }],
});
const tooManyRows = (rowsMax: number) => wholeBody(`At most ${rowsMax} rows in one import.`, 'out_of_range');
const NO_ROWS = wholeBody('At least one row is needed.', 'missing');

/** Ends the reading of an import with an answer. */
class Refused extends Error {
  readonly refusal: RequestRefusal;
  constructor(refusal: RequestRefusal) {
    super(refusal.kind);
    this.refusal = refusal;
  }
}

/** The chunks of a body. Whoever stops early leaves the stream whole: destroyed, its rest could not be swallowed and the connection is lost. */
async function* boundedChunks(readable: Readable, bytesMax: number): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0;
  const iterator = readable.iterator({ destroyOnReturn: false });
  try {
    for await (const chunk of iterator as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw new Refused({ kind: 'body_too_large', bytesMax });
      yield chunk;
    }
  } catch (error) {
    throw error instanceof Refused || readable.errored === null ? error : new ClientGone();
  }
}

async function readNdjson(chunks: AsyncIterable<Buffer>, add: (row: RawRow) => void): Promise<void> {
  const line = lineOf(add);
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      line.append(chunk.subarray(from, end));
      line.end();
      from = end + 1;
    }
    line.append(chunk.subarray(from));
  }
  line.end();
}

/** Gathers one line from its pieces; each byte is looked at once and copied once, however small the pieces are. */
function lineOf(add: (row: RawRow) => void): { append(piece: Buffer): void; end(): void } {
  let pieces: Buffer[] = [];
  let bytes = 0;
  return {
    append(piece) {
      if (piece.length === 0) return;
      bytes += piece.length;
      if (bytes > LINE_BYTES_MAX) throw new Refused({ kind: 'malformed_body', detail: `A line is longer than ${LINE_BYTES_MAX} bytes.` });
      pieces.push(piece);
    },
    end() {
      const text = Buffer.concat(pieces, bytes).toString('utf8').trim();
      pieces = [];
      bytes = 0;
      if (text !== '') add(rowOfJson(text));
    },
  };
}

/** A line that is no JSON is a bad row, not a bad import. */
function rowOfJson(text: string): RawRow {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { unreadable: 'The line is not JSON.' };
  }
}

/** By lines and commas for as long as there are no quotes, then by the full parser. */
async function readCsv(chunks: AsyncIterator<Buffer>, add: (row: RawRow) => void): Promise<void> {
  const read = csvRows(add);
  const plain = plainCsv(LINE_BYTES_MAX, read);
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    if (!plain.take(next.value)) return readQuotedCsv(chunksFrom(plain.rest(), chunks), read);
  }
  plain.end();
}

async function* chunksFrom(first: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
}

async function readQuotedCsv(chunks: AsyncIterable<Buffer>, read: (record: readonly string[]) => void): Promise<void> {
  const parser = parse({ bom: true, trim: true, skip_empty_lines: true, max_record_size: LINE_BYTES_MAX, relax_column_count: true });
  let fault: unknown;
  const keep = (error: unknown): void => {
    fault ??= error;
    // Nobody reads on, so that it never drains: who waits for that is woken by its end.
    parser.destroy();
  };
  const drainRecords = (): void => {
    try {
      for (let record = parser.read(); record !== null && fault === undefined; record = parser.read()) read(record as string[]);
    } catch (error) {
      keep(error);
    }
  };
  parser.on('readable', drainRecords).on('error', keep);
  const settled = new Promise<void>((resolve) => parser.once('close', resolve));
  try {
    for await (const chunk of chunks) {
      // Rejects with the parser's own error, which is kept already.
      if (!parser.write(chunk) && fault === undefined) await Promise.race([once(parser, 'drain').catch(keep), settled]);
      if (fault !== undefined) break;
    }
    if (fault === undefined) {
      parser.end();
      await settled;
    }
  } finally {
    parser.destroy();
  }
  if (fault !== undefined) throw isCsvError(fault) ? new Refused({ kind: 'malformed_body', detail: fault.message.slice(0, 200) }) : fault;
}

const isCsvError = (error: unknown): error is CsvError =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_');

/** Turns records into rows by the header line. A record of another length is a bad row: nobody can say which column is missing. */
function csvRows(add: (row: RawRow) => void): (record: readonly string[]) => void {
  let names: readonly string[] | null = null;
  return (record) => {
    if (names === null) {
      names = record;
      if (!names.includes('e164')) throw new Refused(wholeBody('The first line must name the columns, e164 among them.', 'invalid'));
      if (new Set(names).size < names.length) throw new Refused(wholeBody('The first line names a column twice.', 'invalid'));
    } else if (record.length !== names.length) {
      add({ unreadable: `The line has ${record.length} columns, the first line ${names.length}.` });
    } else add({ value: rowOfRecord(names, record) });
  };
}

/** A million rows pass here: no object is made but the row itself. */
function rowOfRecord(names: readonly string[], record: readonly string[]): unknown {
  const row: Record<string, unknown> = {};
  for (let column = 0; column < names.length; column += 1) {
    const name = names[column] ?? '';
    const text = record[column] ?? '';
    if (text === '') continue;
    // Assigned, it would be the row's prototype and nobody would refuse it.
    if (name === '__proto__') Object.defineProperty(row, name, { value: text, enumerable: true });
    else row[name] = csvField(name, text);
  }
  return row;
}

const NUMERIC = new Set(['setup_fee_minor', 'monthly_fee_minor']);

/** CSV has only text: empty is absent, fees are numbers, capabilities are separated by spaces, `|` or `;`. */
function csvField(name: string, text: string): unknown {
  if (NUMERIC.has(name)) return /^[0-9]{1,12}$/.test(text) ? Number(text) : text;
  return name === 'capabilities' ? text.split(/[ |;]+/).filter((one) => one !== '') : text;
}
