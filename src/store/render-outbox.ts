import type { RecordWrite } from '../app/ports/routing.ts';
import { kindOf, type RecordKind } from '../domain/records.ts';
import type { OutboxRow } from './outbox-rows.ts';
import type { Queryable } from './pool.ts';
import { isRecordKind, renderByIds } from './render-rows.ts';
import { sqlState } from './transaction.ts';

interface Fault {
  readonly ref: OutboxRow['ref'];
  readonly fault: unknown;
}

/** What the rows came to: a write a reference, and those that nobody can render. */
export interface RenderedOutbox {
  readonly writes: readonly RecordWrite[];
  readonly faults: readonly Fault[];
}

/** One write a reference, from the row as it is now; where it is gone, the tombstone that its last outbox row asks for. */
export async function renderRows(db: Queryable, rows: readonly OutboxRow[]): Promise<RenderedOutbox> {
  const byKind = new Map<RecordKind, OutboxRow[]>();
  const faults: Fault[] = [];
  for (const row of newestByRef(rows)) {
    const kind = kindOf(row.ref);
    const due = byKind.get(kind);
    if (due !== undefined) due.push(row);
    else if (isRecordKind(kind)) byKind.set(kind, [row]);
    else faults.push({ ref: row.ref, fault: new RangeError(`no records of kind ${kind}`) });
  }
  const writes: RecordWrite[] = [];
  for (const [kind, due] of byKind) writes.push(...(await renderKind(db, kind, due, faults)));
  return { writes, faults };
}

async function renderKind(db: Queryable, kind: RecordKind, due: readonly OutboxRow[], faults: Fault[]): Promise<readonly RecordWrite[]> {
  try {
    const rowIds = due.map((row) => row.rowId);
    const current = await renderByIds(db, kind, rowIds);
    return due.map((row) => current.get(row.ref) ?? { ref: row.ref, version: row.version, record: null });
  } catch (fault) {
    // A fault of the database is everybody's; a row that nobody can render must not keep the others back.
    if (sqlState(fault) !== undefined) throw fault;
    const [only, ...others] = due;
    if (others.length === 0 && only !== undefined) {
      faults.push({ ref: only.ref, fault });
      return [];
    }
    const writes: RecordWrite[] = [];
    for (const row of due) writes.push(...(await renderKind(db, kind, [row], faults)));
    return writes;
  }
}

function newestByRef(rows: readonly OutboxRow[]): Iterable<OutboxRow> {
  const newest = new Map<string, OutboxRow>();
  for (const row of rows) {
    const known = newest.get(row.ref);
    if (known === undefined || known.version < row.version) newest.set(row.ref, row);
  }
  return newest.values();
}
