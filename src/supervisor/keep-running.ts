import type { ChildStatus } from '../kit/child-process.ts';
import type { Logger } from '../kit/log.ts';

/** One life of a part. */
export interface Incarnation {
  readonly pid: number;
  /** What it told when it was ready. */
  readonly info: Readonly<Record<string, unknown>>;
  /** Settles when it has ended, by us or by itself; never rejects. */
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
  /** Sends a message, where the part can take any. */
  readonly send?: (message: object) => void;
  /** Waits until it has no more work, at most `deadlineMs`; where the part can drain. */
  readonly drain?: (deadlineMs: number) => Promise<void>;
}

/** How a part is started, again and again. */
export interface PartSpec {
  readonly name: string;
  /** Starts one life; `last` is what the life before told, so that ports stay the same. */
  readonly launch: (last: Incarnation['info'] | undefined, signal: AbortSignal) => Promise<Incarnation>;
  readonly onChange: () => void;
  readonly log: Logger;
  /** Calls off the first start. */
  readonly signal: AbortSignal;
  /** First pause before a restart, doubled up to 10 s while it keeps dying; 250 when absent. */
  readonly backOffMs?: number;
}

/** A part that is started again whenever it ends. */
export interface KeptPart {
  readonly name: string;
  readonly status: () => ChildStatus;
  readonly current: () => Incarnation | undefined;
  /** What its newest life told, also while it is down. */
  readonly lastInfo: () => Incarnation['info'];
  stop(): Promise<void>;
}

const BACK_OFF_MS_MAX = 10_000;
/** A part that ran this long is healthy: its next death starts the back-off anew. */
const HEALTHY_MS = 30_000;

/** Starts a part and keeps it running until `stop`; the first start's failure is thrown, later ones are tried again (decision C18). */
export async function keepRunning(spec: PartSpec): Promise<KeptPart> {
  const stopping = new AbortController();
  let life: Incarnation | undefined = await spec.launch(undefined, spec.signal);
  let lastInfo = life.info;
  let restarts = 0;
  let failures = 0;
  let loop: Promise<void> | undefined;

  const revive = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const pauseMs = Math.min(BACK_OFF_MS_MAX, (spec.backOffMs ?? 250) * 2 ** Math.min(failures, 10));
      failures += 1;
      restarts += 1;
      spec.onChange();
      await pause(pauseMs, stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        life = await spec.launch(lastInfo, stopping.signal);
        lastInfo = life.info;
        spec.log.info('part is up again', { part: spec.name, child_pid: life.pid, restarts });
        watch(life);
        return;
      } catch (error) {
        spec.log.error('part did not start again', { part: spec.name, reason: messageOf(error), restarts });
      }
    }
  };

  const watch = (watched: Incarnation): void => {
    const since = performance.now();
    spec.onChange();
    void watched.exited.then((how) => {
      if (stopping.signal.aborted) return;
      life = undefined;
      if (performance.now() - since > HEALTHY_MS) failures = 0;
      spec.log.error('part ended by itself; starting it again', { part: spec.name, child_pid: watched.pid, how });
      loop = revive();
    });
  };
  watch(life);

  const status = (): ChildStatus => {
    const metricsUrl = life?.info.metrics_url;
    const running = life === undefined ? 'down' : 'up';
    return {
      pid: life?.pid ?? null,
      status: stopping.signal.aborted ? 'stopping' : running,
      restarts,
      ...(typeof metricsUrl === 'string' ? { metrics_url: metricsUrl } : {}),
    };
  };
  const stop = async (): Promise<void> => {
    stopping.abort();
    // A restart that was under way sees the abort and ends, or has just made a new life that must be stopped as well.
    await loop;
    await life?.stop();
  };
  return { name: spec.name, status, current: () => life, lastInfo: () => lastInfo, stop };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
}
