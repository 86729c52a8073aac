import type { QueryResult, QueryResultRow } from 'pg';
import { PLANNED_ONCE } from './planned-once.ts';
import type { Queryable } from './pool.ts';

/** A write of new rows that its transaction does not read again. */
export interface LaterWrite {
  /** Its last CTE. Writes of one name never share a statement: none sees the rows of the others. */
  readonly name: string;
  /** Data-modifying CTEs, the last one `<name> as (… returning …)`, with `$1`, `$2` … for `values`. A constant. */
  readonly text: string;
  readonly values: readonly unknown[];
  /** Gets the rows that it returned, as JSON; what it throws fails the transaction. */
  readonly onRows?: (rows: readonly unknown[]) => void;
}

/** Writes now, or, in a transaction that collects them, together with the others at the latest before its commit. */
export async function writeLater(db: Queryable, write: LaterWrite): Promise<void> {
  if (db instanceof WriteBehind) db.add(write);
  else await sendAll(db, [write], statementOf([write]));
}

/**
 * One connection inside a transaction. What is only written is kept back and leaves as one statement, before the next thing that is
 * asked and at the end: a purchase writes to fourteen tables, and each trip of its own costs both sides more than the rows do.
 */
export class WriteBehind implements Queryable {
  readonly #client: Queryable;
  readonly #statements: Map<string, string>;
  #writes: LaterWrite[] = [];
  #sent: Promise<unknown> = Promise.resolve();

  /** `statements` keeps the texts that were made, for all transactions: there are as many as ways to change something. */
  constructor(client: Queryable, statements: Map<string, string>) {
    this.#client = client;
    this.#statements = statements;
  }

  add(write: LaterWrite): void {
    if (this.#writes.some(({ name }) => name === write.name)) this.#send();
    this.#writes.push(write);
  }

  async query<R extends QueryResultRow>(text: string, values?: unknown[]): Promise<QueryResult<R>> {
    this.#send();
    const sent = this.#sent;
    try {
      // Behind the writes on the same connection, in the same write to its socket.
      return await this.#client.query<R>(text, values);
    } catch (fault) {
      // Whatever is asked after a failed write fails too; what failed first is the fault.
      await sent;
      throw fault;
    }
  }

  /** Resolves when everything is written; the commit comes after it. */
  async settle(): Promise<void> {
    this.#send();
    await this.#sent;
  }

  #send(): void {
    const writes = this.#writes;
    if (writes.length === 0) return;
    this.#writes = [];
    const parts = writes.map(({ text }) => text).join();
    const text = this.#statements.get(parts) ?? statementOf(writes);
    this.#statements.set(parts, text);
    const before = this.#sent;
    const sending = sendAll(this.#client, writes, text);
    this.#sent = before.then(() => sending);
    // Both are looked at when the transaction ends, if not before.
    sending.catch(() => {});
    this.#sent.catch(() => {});
  }
}

/** One statement of all CTEs, that returns one row: for each write that wants its rows, a column of them. */
function statementOf(writes: readonly LaterWrite[]): string {
  let bound = 0;
  const parts = writes.map(({ text, values }) => {
    const first = bound;
    bound += values.length;
    return text.replaceAll(/\$(\d+)/g, (_, n: string) => `$${first + Number(n)}`);
  });
  const columns = writes.flatMap(({ name, onRows }) =>
    onRows === undefined ? [] : [`coalesce((select json_agg(${name}) from ${name}), '[]') as ${name}`],
  );
  return `${PLANNED_ONCE} with ${parts.join(',\n')}\nselect ${columns.length === 0 ? '1' : columns.join(', ')}`;
}

async function sendAll(db: Queryable, writes: readonly LaterWrite[], text: string): Promise<void> {
  const { rows } = await db.query<Record<string, readonly unknown[]>>(
    text,
    writes.flatMap(({ values }) => values),
  );
  for (const { name, onRows } of writes) onRows?.(rows[0]?.[name] ?? []);
}
