/** One pending call of a function. */
export interface Timer {
  /** Takes it back; harmless when it already ran. */
  cancel(): void;
}

/** Runs functions later. The real one is a timer wheel; tests move one by hand. */
export interface Scheduler {
  after(delayMs: number, run: () => void): Timer;
  /** Timers that still wait. */
  readonly size: number;
}
