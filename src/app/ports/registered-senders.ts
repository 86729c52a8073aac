import type { FlowSource } from '../../domain/binding.ts';
import type { RecordRef } from '../../domain/records.ts';

/** Who registered from where; a hint that is checked against the bindings themselves, for those come and go without it. */
export interface RegisteredSenders {
  /** Notes for `ttlMs` that this login registered from there. */
  note(source: FlowSource, credential: RecordRef, ttlMs: number): Promise<void>;
  /** The login that registered from there last; null: nobody did. */
  find(source: FlowSource): Promise<RecordRef | null>;
}
