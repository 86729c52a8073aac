import type { Journal } from '../ports/journal.ts';

/** Longer than this between two marks, and this process stood still. */
const PAUSE_MS = 10_000;
/** So long after that everybody else has had time to give a sign of life, too. */
const STEADY_MS = 20_000;

/**
 * The journal's sign of life on its disk, which waits for nothing but that disk: Redis being away is no reason to look dead there. It
 * also knows of this process' own pauses, by both clocks: a machine that slept stops the one, and whoever sets the other makes files look old.
 */
export class JournalMark {
  readonly #journal: Pick<Journal, 'touch'>;
  readonly #onLost: () => void;
  #marked = { at: performance.now(), wallMs: Date.now() };
  #steadyFrom = performance.now();

  /** `onLost` hears that another agent had taken the journal over. */
  constructor(journal: Pick<Journal, 'touch'>, onLost: () => void) {
    this.#journal = journal;
    this.#onLost = onLost;
  }

  mark(): void {
    if (this.#gapMs > PAUSE_MS) this.#steadyFrom = performance.now();
    this.#marked = { at: performance.now(), wallMs: Date.now() };
    if (this.#journal.touch() === 'lost') this.#onLost();
  }

  /** True while this process runs, and has done so for a while, without a pause. */
  get isSteady(): boolean {
    return this.#gapMs <= PAUSE_MS && performance.now() - this.#steadyFrom >= STEADY_MS;
  }

  get #gapMs(): number {
    return Math.max(performance.now() - this.#marked.at, Math.abs(Date.now() - this.#marked.wallMs));
  }
}
