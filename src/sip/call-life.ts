import type { LegNotes } from '../app/calls/leg-notes.ts';
import type { CallEnd, CallRecord } from '../app/calls/record-call.ts';
import type { CallMetrics } from '../app/ports/metrics.ts';
import type { Connect } from '../domain/call.ts';
import type { CallRefusalCode } from '../domain/refusal.ts';
import type { Logger } from '../kit/log.ts';
import { AnsweredCall, type AnsweredParts } from './answered-call.ts';
import type { LiveCall, LiveCalls } from './live-calls.ts';

export interface CallLifeDeps {
  readonly calls: LiveCalls;
  readonly legs: LegNotes;
  /** Longest call where nothing says less. */
  readonly callMs: number;
  readonly metrics: CallMetrics;
  readonly log: Logger;
}

/** An admitted call from its admission to its end, whoever asked for it: it can be hung up at any time, and is closed once. */
export class CallLife implements LiveCall {
  readonly #record: CallRecord;
  readonly #decision: Connect;
  readonly #deps: CallLifeDeps;
  readonly #stop = new AbortController();
  #stoppedFor: CallRefusalCode | null = null;
  #answered: AnsweredCall | undefined;

  constructor({ record, decision }: { readonly record: CallRecord; readonly decision: Connect }, deps: CallLifeDeps) {
    this.#record = record;
    this.#decision = decision;
    this.#deps = deps;
  }

  get callId(): string {
    return this.#record.callId;
  }

  /** Aborts when nobody is to be rung for it any more. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Why we hung up before it was answered; null: we did not. */
  get stoppedFor(): CallRefusalCode | null {
    return this.#stoppedFor;
  }

  hangUp(code: CallRefusalCode | null): void {
    if (this.#answered !== undefined) {
      this.#answered.hangUp(code);
      return;
    }
    this.#stoppedFor ??= code ?? 'draining';
    this.#stop.abort();
  }

  /** Whoever asked for it gave up. */
  giveUp(): void {
    this.#stop.abort();
  }

  /** Somebody answered: from now on it ends as its legs do. */
  answered(parts: Omit<AnsweredParts, 'callId' | 'decision'>): AnsweredCall {
    const own = { callId: this.callId, decision: this.#decision };
    this.#answered = new AnsweredCall({ ...parts, ...own }, this.#deps, (end) => this.close(end));
    return this.#answered;
  }

  close(end: CallEnd): void {
    if (!this.#record.close(end)) return;
    this.#deps.metrics.ended({ direction: this.#decision.parties.direction, outcome: end.outcome, reason: end.code ?? 'none' });
  }

  /**
   * Does what there is to do for the call and stays with it to its end: its record is closed exactly once, whatever happens (invariant
   * 12). On a fault nobody is rung any more, legs that are up are hung up, and `faulted` tells who waits. Never rejects.
   */
  async keep(work: () => Promise<void>, faulted: () => void): Promise<void> {
    const { metrics, calls, legs, log } = this.#deps;
    const { direction } = this.#decision.parties;
    metrics.active(direction, 1);
    const release = calls.add(this);
    try {
      await work();
    } catch (error) {
      log.error('a call failed on a fault', { callId: this.callId, error: error instanceof Error ? error.stack : String(error) });
      this.#stop.abort();
      this.#answered?.hangUp('internal_error');
      faulted();
    } finally {
      this.close({ outcome: 'failed', sipStatus: null, code: 'internal_error', endedBy: 'platform' });
      metrics.active(direction, -1);
      legs.ended(this.callId);
      release();
    }
  }
}
