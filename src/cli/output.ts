import { safeJson } from './printable.ts';
import { factsText, tableText } from './table.ts';

/** Where a command writes. */
export interface Streams {
  /** Resolves when the reader has taken it, so that a long list waits for a slow one. */
  readonly out: (text: string) => Promise<void>;
  readonly err: (text: string) => void;
  /** Whether `err` is a terminal, whose line can be written anew. */
  readonly errIsTerminal: boolean;
}

/** What a command says, for people or for machines. */
export interface Output {
  readonly json: boolean;
  /** A list: a table, or NDJSON. */
  list(rows: AsyncIterable<object> | Iterable<object>, columns: readonly string[]): Promise<void>;
  /** One thing: lines of name and value, or one JSON document. */
  one(value: object): Promise<void>;
  /** Text for people in the place of the JSON document of `value`. */
  told(value: object, text: string): Promise<void>;
  /** Raw text to stdout, whatever the mode. */
  raw(text: string): Promise<void>;
  /** How far long work is; one line on stderr, written anew on terminals and at most every five seconds elsewhere. */
  progress(text: string, last?: boolean): void;
}

const ROWS_AT_ONCE = 500;
const PROGRESS_MS = 5000;

/** Writes as `--json` says. */
export function createOutput(streams: Streams, json: boolean): Output {
  let saidAtMs = 0;
  return {
    json,
    list: (rows, columns) => (json ? listJson(streams, rows) : listTable(streams, rows, columns)),
    one: (value) => streams.out(json ? `${safeJson(value)}\n` : factsText(value)),
    told: (value, text) => streams.out(json ? `${safeJson(value)}\n` : text),
    raw: (text) => streams.out(text),
    progress(text, last = false) {
      if (streams.errIsTerminal) return streams.err(`\r${text.padEnd(78)}${last ? '\n' : ''}`);
      const nowMs = Date.now();
      if (!last && nowMs - saidAtMs < PROGRESS_MS) return;
      saidAtMs = nowMs;
      streams.err(`${text}\n`);
    },
  };
}

async function listJson(streams: Streams, rows: AsyncIterable<object> | Iterable<object>): Promise<void> {
  for await (const row of rows) await streams.out(`${safeJson(row)}\n`);
}

async function listTable(streams: Streams, rows: AsyncIterable<object> | Iterable<object>, columns: readonly string[]): Promise<void> {
  let some: object[] = [];
  let header = true;
  for await (const row of rows) {
    some.push(row);
    if (some.length < ROWS_AT_ONCE) continue;
    await streams.out(tableText(some, columns, header));
    header = false;
    some = [];
  }
  if (some.length > 0 || header) await streams.out(tableText(some, columns, header));
}

/** The first `max` rows, no page more than they need. */
export async function* take<T>(rows: AsyncIterable<T>, max: number): AsyncGenerator<T, void> {
  let taken = 0;
  if (max < 1) return;
  for await (const row of rows) {
    yield row;
    taken += 1;
    if (taken >= max) return;
  }
}
