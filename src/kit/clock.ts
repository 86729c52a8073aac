/** Wall-clock time as the product's rules see it (cool-off, expiry, billing). SIP timers and heartbeats never use it. */
export interface Clock {
  /** Milliseconds since the Unix epoch, UTC. */
  now(): number;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** A clock that a test or `CLOCK=test` moves by hand; it runs with real time plus an offset. */
export interface MovableClock extends Clock {
  /** Moves the clock forward. Negative or non-finite steps throw: no rule of ours survives a clock that goes back. */
  advance(ms: number): void;
  readonly offsetMs: number;
}

/** A clock `offsetMs` ahead of `base`. */
export function movableClock(base: Clock = systemClock, startOffsetMs = 0): MovableClock {
  let offsetMs = startOffsetMs;
  return {
    now: () => base.now() + offsetMs,
    advance(ms) {
      if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`clock cannot move by ${ms} ms`);
      offsetMs += ms;
    },
    get offsetMs() {
      return offsetMs;
    },
  };
}

/** A clock that stands still at `at` until it is set. */
export function fixedClock(at: number): Clock & { set(ms: number): void } {
  let current = at;
  return {
    now: () => current,
    set(ms) {
      current = ms;
    },
  };
}
