import type { Mode } from '../../domain/records.ts';

/** What a key names: nothing of another account, and nothing in the other mode (decision B14). */
export interface IdempotencySlot {
  readonly scope: string;
  readonly mode: Mode;
  readonly key: string;
}

/** A kept answer, with the SHA-256 of the request it answered. */
export interface KeptRow {
  readonly fingerprint: Buffer;
  readonly sealedAnswer: string;
}

/** The kept answers as one transaction sees them. */
export interface IdempotencyStore {
  /** Takes the slot until the transaction ends, however it ends; false at once when another transaction has it. */
  claim(slot: IdempotencySlot): Promise<boolean>;
  /** The answer kept for the slot; null when there is none, or none any more at `at`. */
  find(slot: IdempotencySlot, at: number): Promise<KeptRow | null>;
  /** Keeps an answer until `expiresAt`. The slot must be claimed, and nothing found in it. */
  keep(slot: IdempotencySlot, row: KeptRow, at: number, expiresAt: number): Promise<void>;
}

/** Forgets answers whose time is over. */
export interface IdempotencySweeper {
  /** Deletes at most `countMax` of them and says how many. */
  sweep(at: number, countMax: number): Promise<number>;
}
