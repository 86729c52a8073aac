import type { RecordWrite } from './routing.ts';

/** One sign that Postgres and Redis were together: taken from Postgres, then written to Redis (ADR 0009). */
export interface PlaneBeat {
  readonly epoch: number;
  readonly beat: number;
  /** Drawn with the beat, so that two histories that reach the same number differ. */
  readonly token: string;
  /** Time of Postgres in ms; Redis has everything that was applied to it before. */
  readonly at: number;
}

/** What Postgres says of itself and of the plane. */
export interface PlaneFacts extends PlaneBeat {
  /** False: this server, or its timeline, is not the one on which the plane was last confirmed. */
  readonly isConfirmed: boolean;
  readonly rebuild: RebuildProgress | null;
}

/** How far a rebuild is, and from where another worker goes on. */
export interface RebuildProgress {
  /** Names the rebuild in Redis; gone from there: what was written is gone as well. */
  readonly token: string;
  readonly epoch: number;
  readonly kind: string;
  /** Key of the last row written of that kind. */
  readonly after: string | null;
  readonly written: number;
  readonly total: number | null;
  readonly startedAt: number;
  readonly updatedAt: number;
}

/** The side of the plane that Postgres keeps. */
export interface PlaneHistory {
  /** `at` is now. */
  read(): Promise<PlaneFacts>;
  /** Confirms a server that is the first one, and advances the beat. */
  advance(): Promise<PlaneBeat>;
  /** Starts an epoch above all that either side knows, on this server: whatever Redis holds of older ones loses. */
  raiseEpoch(above: { readonly epoch: number; readonly beat: number }): Promise<number>;
  saveRebuild(progress: RebuildProgress | null): Promise<void>;
  /** Current records, as they are now, of what was applied after `at`; a page at a time, by place. */
  appliedSince(
    at: number,
    after: string | null,
    limit: number,
  ): Promise<{ readonly writes: readonly RecordWrite[]; readonly next: string | null }>;
  /** For how long what was applied is remembered, in ms. */
  readonly appliedKeptMs: number;
  /** Forgets what was applied longer ago; true when there is more to forget. */
  sweepApplied(): Promise<boolean>;
  /** Rows that have a record; null when counting takes too long. */
  countRecords(): Promise<number | null>;
}
