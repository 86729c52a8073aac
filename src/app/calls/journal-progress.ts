import type { JournalReader, PlaneLook } from '../ports/journal.ts';
import { isEventBefore } from './event-place.ts';

/**
 * How far one journal got. An event is in Postgres when its place in the call log lies before the oldest that waits there: the drain
 * deletes what it has committed, in order. That holds within one marker; under a new one everything not known to be committed is sent again.
 */
export class JournalProgress {
  readonly #journal: JournalReader;
  #marker: string | null = null;
  #committed = 0;
  /** All up to `n` was in Redis when the newest event of its log was `at`. */
  #sent: { readonly n: number; readonly at: string } | null = null;

  constructor(journal: JournalReader) {
    this.#journal = journal;
  }

  /** Marker of the Redis that has had all of it. */
  get marker(): string | null {
    return this.#marker;
  }

  /** All up to here is in Postgres. */
  get committed(): number {
    return this.#committed;
  }

  /** A Redis has had all of it; null: none is known to have. */
  sentTo(marker: string | null): void {
    this.#marker = marker;
    this.#sent = null;
  }

  /** Notes what is committed by now, and up to where the next answer will tell: everything up to `sentUpTo` was sent before `seen`. */
  follow(sentUpTo: number, seen: PlaneLook): void {
    if (this.#marker !== seen.marker) return;
    if (this.#sent !== null && (seen.firstEvent === null || isEventBefore(this.#sent.at, seen.firstEvent))) {
      this.#committed = this.#sent.n;
      this.#sent = null;
      this.#journal.forget(this.#committed);
    }
    if (this.#sent === null && sentUpTo > this.#committed) this.#sent = { n: sentUpTo, at: seen.lastEvent };
  }
}
