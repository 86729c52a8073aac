/** One started part of a process: how to stop it. Stops run in reverse order of starting. */
export interface Part {
  readonly name: string;
  /** Stop taking new work and finish what runs, until `deadlineMs` from now. */
  drain?(deadlineMs: number): Promise<void>;
  /** Release everything. Must be safe to call once after a failed drain. */
  stop(): Promise<void>;
}

/** Collects parts as they start and stops them last-first, each bounded in time; errors are gathered, never lost. */
export class Lifecycle {
  readonly #parts: Part[] = [];

  add<T extends Part>(part: T): T {
    this.#parts.push(part);
    return part;
  }

  /** Drains all parts side by side. */
  async drain(deadlineMs: number): Promise<void> {
    await Promise.allSettled(this.#parts.map((part) => bounded(part.drain?.(deadlineMs), deadlineMs + 500, part.name)));
  }

  /** Stops every part in reverse order and returns what went wrong. */
  async stop(partTimeoutMs = 5000): Promise<Error[]> {
    const errors: Error[] = [];
    for (const part of this.#parts.splice(0).reverse()) {
      try {
        await bounded(part.stop(), partTimeoutMs, part.name);
      } catch (error) {
        errors.push(error instanceof Error ? error : new Error(String(error)));
      }
    }
    return errors;
  }
}

/**
 * Waits for `work` at most `ms`; afterwards rejects naming `what`. What comes in during the same turn of the event loop is in time: after
 * a stall of this process timers come before the sockets are read. The timer never keeps the process alive.
 */
export async function bounded<T>(work: Promise<T> | T | undefined, ms: number, what: string): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => setImmediate(() => reject(new Error(`${what} did not finish within ${ms} ms`))), ms);
    timer.unref();
  });
  try {
    return await Promise.race([Promise.resolve(work), late]);
  } finally {
    clearTimeout(timer);
  }
}
