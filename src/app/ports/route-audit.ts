import type { RecordKind, RecordRef } from '../../domain/records.ts';
import type { RecordWrite } from './routing.ts';

/** How a record in Redis differs from its row; `orphan`: it has no row. */
export type Damage = 'missing' | 'older' | 'newer' | 'different' | 'orphan';
export const DAMAGES: readonly Damage[] = ['missing', 'older', 'newer', 'different', 'orphan'];

/** A current record with the key of its row. */
export interface AuditedRow {
  readonly rowId: string;
  readonly write: RecordWrite;
}

/** What is wrong with one record, and the version it must be written above so that no agent takes old and new for the same. */
export interface Verdict {
  readonly ref: RecordRef;
  readonly damage: Damage;
  /** null: its version as it is will do. */
  readonly above: number | null;
}

/** One value of Redis that is named like a record. */
export interface FoundRecord {
  readonly key: string;
  /** null: nobody can tell which record this should be. */
  readonly ref: RecordRef | null;
  readonly value: string;
  readonly isTombstone: boolean;
}

/** Records as they are stored, byte by byte. */
export interface RecordInspector {
  /**
   * What is wrong with the records of these rows; at one version there is one meaning, so bytes are compared. `isHeld`: their rows
   * are locked and settled, so what nothing can be written above (a version or epoch that never was) is removed at once.
   */
  inspect(epoch: number, writes: readonly RecordWrite[], isHeld: boolean): Promise<readonly Verdict[]>;
  /** The next records in no particular order; `next` is null at the end. */
  scan(cursor: string, countMax: number): Promise<{ readonly found: readonly FoundRecord[]; readonly next: string | null }>;
  /** References in the index of sources, at most so many. */
  indexedSources(): Promise<readonly RecordRef[]>;
  /** Removes what was found unless it has changed since; true when it is gone. */
  drop(epoch: number, found: FoundRecord): Promise<boolean>;
}

/** Where the auditor is, and what it has found so far. */
export interface AuditState {
  /** `redis` after all kinds: the other direction. */
  readonly kind: RecordKind | 'redis';
  readonly after: string | null;
  readonly rounds: number;
  readonly startedAt: number | null;
  readonly checked: number;
  readonly repairs: Readonly<Partial<Record<Damage, number>>>;
  readonly last: { readonly seconds: number; readonly checked: number; readonly endedAt: number } | null;
}

/** The auditor's side of Postgres. */
export interface RouteAuditStore {
  load(): Promise<AuditState>;
  save(state: AuditState): Promise<void>;
  page(kind: RecordKind, after: string | null, limit: number): Promise<readonly AuditedRow[]>;
  /**
   * Locks the rows that nobody is changing and that nothing is pending for, lets `judge` look at Redis again, and publishes what it
   * finds wrong through the outbox. Whatever is under way is left alone: it is no damage. Resolves with what was published.
   */
  repair(
    kind: RecordKind,
    rowIds: readonly string[],
    judge: (epoch: number, writes: readonly RecordWrite[]) => Promise<readonly Verdict[]>,
  ): Promise<readonly Verdict[]>;
  /** Those of the references that have a row, or a change that is not in Redis yet. */
  known(refs: readonly RecordRef[]): Promise<ReadonlySet<RecordRef>>;
}
