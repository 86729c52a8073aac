import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { bounded } from '../../src/kit/lifecycle.ts';

/** One process of a built child. `W`: what it says. */
export interface Child<W> {
  readonly pid: number;
  send(order: object): void;
  /** The next thing it says; null once it is gone. */
  next(): Promise<W | null>;
  /** The signal that ended it; null: it ended by itself. */
  readonly ended: Promise<NodeJS.Signals | null>;
  end(): Promise<void>;
}

/** Starts a process and waits for its first word, `ready`. */
export async function startChild<W extends { readonly type: string }>(
  path: string,
  env: Readonly<Record<string, string>>,
): Promise<Child<W>> {
  const child: ChildProcess = fork(path, { env: { ...process.env, ...env }, execArgv: [], serialization: 'json' });
  const words: W[] = [];
  let wake: () => void = () => {};
  child.on('message', (word) => {
    words.push(word as W);
    wake();
  });
  let isGone = false;
  const ended = once(child, 'exit').then(([, signal]) => {
    isGone = true;
    wake();
    return signal as NodeJS.Signals | null;
  });
  const next = async (): Promise<W | null> => {
    for (;;) {
      const word = words.shift();
      if (word !== undefined) return word;
      if (isGone) return null;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const first = await bounded(next(), 20_000, 'start of a child').catch(async (error: unknown) => {
    await end();
    throw error;
  });
  if (first?.type !== 'ready') throw new Error(`a child did not start: ${JSON.stringify(first)}`);
  return { pid: child.pid ?? 0, send: (order) => void child.send(order), next, ended, end };
}

/** Children started ahead, each for one use. */
export interface ChildPool<W> {
  take(): Promise<Child<W>>;
  close(): Promise<void>;
}

export function openChildPool<W extends { readonly type: string }>(
  path: string,
  env: Readonly<Record<string, string>>,
  ahead: number,
): ChildPool<W> {
  const starting: Promise<Child<W>>[] = [];
  const fill = (): void => {
    while (starting.length < ahead) {
      const child = startChild<W>(path, env);
      // Whoever takes it is told.
      child.catch(() => {});
      starting.push(child);
    }
  };
  fill();
  return {
    take() {
      const child = starting.shift() ?? startChild<W>(path, env);
      fill();
      return child;
    },
    async close() {
      for (const child of starting.splice(0)) await (await child.catch(() => null))?.end();
    },
  };
}
