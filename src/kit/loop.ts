import type { Part } from './lifecycle.ts';
import type { Logger } from './log.ts';

export interface LoopOptions {
  readonly name: string;
  /** One round. Resolves true when there may be more to do at once. */
  run(signal: AbortSignal): Promise<boolean>;
  /** Longest pause between rounds. */
  readonly intervalMs: number;
  /** Longest pause after faults; 5000 when absent. */
  readonly backOffMsMax?: number;
  readonly log: Logger;
}

export interface Loop extends Part {
  /** Starts the next round now instead of at the end of the pause. */
  wake(): void;
}

const BACKOFF_MS_MAX = 5000;

/** Runs `run` again and again until stopped: at once while it says there is more, after a pause otherwise, with back-off after a fault. */
export function startLoop(options: LoopOptions): Loop {
  const { name, run, intervalMs, log, backOffMsMax = BACKOFF_MS_MAX } = options;
  const stopping = new AbortController();
  let woken = false;
  let wakeSleeper: (() => void) | null = null;

  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      function done(): void {
        clearTimeout(timer);
        wakeSleeper = null;
        resolve();
      }
      wakeSleeper = done;
    });

  const work = async (): Promise<void> => {
    let faults = 0;
    while (!stopping.signal.aborted) {
      woken = false;
      let more = false;
      try {
        more = await run(stopping.signal);
        faults = 0;
      } catch (error) {
        if (stopping.signal.aborted) return;
        faults += 1;
        log.warn('loop round failed', { loop: name, faults, error: String(error) });
      }
      if ((faults === 0 && (more || woken)) || stopping.signal.aborted) continue;
      await sleep(faults === 0 ? intervalMs : Math.min(backOffMsMax, 100 * 2 ** Math.min(faults, 6)));
    }
  };
  const finished = work();

  return {
    name,
    wake() {
      woken = true;
      wakeSleeper?.();
    },
    async stop() {
      stopping.abort();
      wakeSleeper?.();
      await finished;
    },
  };
}
