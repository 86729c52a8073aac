import type { Expectation, Judged } from '../../domain/expectation.ts';
import type { RecordRef } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { RecordReader, RecordWrite } from './routing.ts';
import type { ActorStamp, AuditEntry, PageRequest } from './store.ts';

/** What is stored of how calls must be decided. */
export interface ExpectationStore {
  get(id: string): Promise<Expectation | null>;
  lock(id: string): Promise<Expectation | null>;
  named(accountId: string | null, name: string): Promise<Expectation | null>;
  /** Of the owner, and of all. */
  count(accountId: string | null): Promise<{ readonly own: number; readonly all: number }>;
  insert(expectation: Expectation): Promise<void>;
  save(expectation: Expectation): Promise<void>;
  /** Keeps how each stands, in one statement; nothing else of them changes. */
  judge(verdicts: readonly Verdict[]): Promise<void>;
  remove(id: string): Promise<void>;
  list(filter: ExpectationFilter, page: PageRequest): Promise<readonly Expectation[]>;
  /** Enabled ones whose decision read any of these records. */
  resting(on: readonly string[]): Promise<readonly Expectation[]>;
  /** Whether there is any of them. */
  isResting(on: readonly string[]): Promise<boolean>;
  /** Those of these that are enabled. */
  enabledOf(ids: readonly string[]): Promise<readonly Expectation[]>;
  /** From here to the end of the transaction nobody else judges or changes an expectation. */
  alone(): Promise<void>;
  /** The same, beside others that do neither. */
  undisturbed(): Promise<void>;
}

/** How one expectation stands. */
export interface Verdict {
  readonly id: string;
  readonly judged: Judged;
}

/** What a list of expectations is narrowed by. */
export interface ExpectationFilter {
  readonly accountId?: string | null;
  readonly name?: string;
  readonly enabled?: boolean;
}

/** Records as they are inside a transaction; of route sets only what could match one of the called numbers. */
export type FactsOf = (called: readonly string[]) => RecordReader;

/** A change that is about to commit. */
export interface GuardedChange {
  readonly stamp: ActorStamp;
  readonly writes: readonly RecordWrite[];
  readonly expectations: ExpectationStore;
  readonly facts: FactsOf;
  /** It is known to be one that may break them. */
  readonly isAllowed: boolean;
  audit(entry: AuditEntry): Promise<void>;
}

/** A change that would break what somebody expects. */
export type ExpectationFailed = Extract<RequestRefusal, { kind: 'expectation_failed' }>;

/** A change that seems to break what is stored as holding. */
export interface Doubt {
  readonly stamp: ActorStamp;
  readonly writes: readonly RecordWrite[];
  /** What would come of it. */
  readonly broken: readonly Verdict[];
  readonly at: number;
}

/** The plane without the change. */
export type Committed = Pick<GuardedChange, 'expectations' | 'facts'>;

/** Looks at every change of the plane before it commits. */
export interface PlaneGuard {
  /** null: it may commit. Otherwise it must be rolled back, and settled. */
  check(change: GuardedChange): Promise<Doubt | null>;
  /** After the rollback, in a transaction that commits: the refusal, or whether to try again as before or as one that may break them. */
  settle(doubt: Doubt, committed: Committed): Promise<ExpectationFailed | 'again' | 'allowed'>;
}

/** Where expectations that match source addresses rest on, besides records. */
export const SOURCES = 'sources' as RecordRef;
