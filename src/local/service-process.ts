import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { pidRecord, removePidFile, tryWritePidFile } from './pid-file.ts';
import type { Identity } from './service-identity.ts';
import { watchOver } from './watchdog.ts';

/** What to run and how to end it. */
export interface ServiceSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly identity: Identity | undefined;
  /** Text for standard input, closed after it: the way for secrets (decision C18). */
  readonly input?: string;
  readonly onLine: (line: string) => void;
  /** Signals of the stop in order, each with the time it is given. SIGKILL follows by itself. */
  readonly stopSignals: readonly { readonly signal: NodeJS.Signals; readonly waitMs: number }[];
  readonly pidFile?: string | undefined;
  readonly marker: string;
}

/** How a service process ended. */
export interface ServiceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running service process. */
export interface ServiceProcess {
  readonly pid: number;
  /** Settles when the process has ended, by us or by itself; never rejects. */
  readonly exited: Promise<ServiceExit>;
  /** Ends the process; safe to call twice. */
  stop(): Promise<void>;
}

/** Starts a service in a session of its own, with its pid file and its watchdog; rejects when it cannot be started at all. */
export async function startServiceProcess(spec: ServiceSpec): Promise<ServiceProcess> {
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    env: spec.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    ...(spec.identity ?? {}),
  });
  const exited = exitOf(child);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pid = child.pid as number;
  const watchdog = watchOver(pid);
  if (spec.pidFile !== undefined) tryWritePidFile(spec.pidFile, pidRecord(pid, spec.marker));
  void exited.then(() => {
    watchdog.release();
    if (spec.pidFile !== undefined) removePidFile(spec.pidFile);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(spec.input ?? '');
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', spec.onLine);
  let stopping: Promise<void> | undefined;
  return {
    pid,
    exited,
    stop: () => {
      stopping ??= stopInSteps(child, exited, spec);
      return stopping;
    },
  };
}

function exitOf(child: ChildProcess): Promise<ServiceExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
}

async function stopInSteps(child: ChildProcess, exited: Promise<ServiceExit>, spec: ServiceSpec): Promise<void> {
  for (const { signal, waitMs } of [...spec.stopSignals, { signal: 'SIGKILL' as const, waitMs: 5000 }]) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    if (await endsWithin(exited, waitMs)) return;
  }
  throw new Error(`${spec.name} (pid ${child.pid}) does not end`);
}

/** Waits for `exited` at most `ms`; true when it came. */
async function endsWithin(exited: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([exited.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
