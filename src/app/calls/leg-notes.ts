import type { Logger } from '../../kit/log.ts';
import type { CallLegs, LegStore } from '../ports/legs.ts';

/**
 * One write carries what happened in this time, so that under load a call costs a field and no round trip, and a shorter one nothing.
 * What comes after a quiet time is written at once: nobody ends a call whose agent died before its note (decision C9).
 */
const GATHER_MS = 100;
const RETRY_MS = 1000;
/** Behind a loss of notes all calls are noted again. */
const CALLS_PER_WRITE = 500;

/** Notes outside where the legs of this agent's calls are, for whoever has to end them should it die (decision C9). */
export class LegNotes {
  readonly #store: Pick<LegStore, 'write'>;
  readonly #agentId: string;
  readonly #log: Logger;
  /** What is not written yet: legs of a call, or `null` for a call that is over. */
  readonly #waiting = new Map<string, CallLegs | null>();
  /** Calls whose legs were written, until their end was. */
  readonly #written = new Map<string, CallLegs>();
  #timer: NodeJS.Timeout | undefined;
  #flushedAt = Number.NEGATIVE_INFINITY;

  constructor(store: Pick<LegStore, 'write'>, agentId: string, log: Logger) {
    this.#store = store;
    this.#agentId = agentId;
    this.#log = log;
  }

  /** Calls that go on and whose legs were written. */
  noted(): ReadonlyMap<string, CallLegs> {
    return new Map([...this.#written].filter(([callId]) => !this.#waiting.has(callId)));
  }

  /** Notes the legs of such a call once more. */
  noteAgain(callId: string): void {
    const legs = this.#waiting.has(callId) ? undefined : this.#written.get(callId);
    if (legs !== undefined) this.answered(callId, legs);
  }

  answered(callId: string, legs: CallLegs): void {
    this.#waiting.set(callId, legs);
    this.#later(GATHER_MS);
  }

  ended(callId: string): void {
    if (this.#written.has(callId)) {
      this.#waiting.set(callId, null);
      this.#later(GATHER_MS);
    } else this.#waiting.delete(callId);
  }

  /** Writes what waits; failures are logged. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    this.#flushedAt = performance.now();
    const batch = [...this.#waiting];
    this.#waiting.clear();
    for (let at = 0; at < batch.length; at += CALLS_PER_WRITE) {
      try {
        await this.#write(batch.slice(at, at + CALLS_PER_WRITE));
      } catch (error) {
        this.#log.debug('legs of calls wait', { calls: batch.length - at, error: String(error) });
        for (const [callId, legs] of batch.slice(at)) if (!this.#waiting.has(callId)) this.#waiting.set(callId, legs);
        return this.#later(RETRY_MS);
      }
    }
  }

  async #write(batch: readonly (readonly [string, CallLegs | null])[]): Promise<void> {
    const kept = new Map<string, CallLegs>();
    const gone: string[] = [];
    for (const [callId, legs] of batch) {
      if (legs === null) gone.push(callId);
      else kept.set(callId, legs);
    }
    // Before the answer: a write that seems to fail may have been carried out, and its calls then have to be forgotten.
    for (const [callId, legs] of kept) this.#written.set(callId, legs);
    await this.#store.write(this.#agentId, kept, gone);
    for (const callId of gone) this.#written.delete(callId);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #later(ms: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.flush(), Math.max(0, this.#flushedAt + ms - performance.now()));
    this.#timer.unref();
  }
}
