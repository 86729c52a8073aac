import { type ChildProcess, fork } from 'node:child_process';
import type { ChildMessage } from '../kit/child-process.ts';
import { ownProgram } from '../kit/own-program.ts';
import { pidRecord, removePidFile, tryWritePidFile } from '../local/pid-file.ts';
import { SetUpError } from '../local/set-up-error.ts';
import type { Incarnation } from './keep-running.ts';

/** How a child of ours is started. */
export interface ForkSpec {
  readonly name: string;
  /** Its entry file below `src` (or `dist`), without ending: `role`, `sip-engine/main`. */
  readonly entry: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly pidFile: string;
  /** Where its output goes: ours, or a file descriptor. */
  readonly output: 'inherit' | number;
  readonly readyTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** Starts a Node child in a session of its own (the terminal's Ctrl-C is for the supervisor) and waits until it is ready. */
export async function forkChild(spec: ForkSpec): Promise<Incarnation> {
  const { file, execArgv } = ownProgram(spec.entry);
  const child = fork(file, [], {
    cwd: spec.cwd,
    env: spec.env,
    detached: true,
    execArgv: [...execArgv],
    stdio: ['ignore', spec.output, spec.output, 'ipc'],
  });
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  if (child.pid !== undefined) tryWritePidFile(spec.pidFile, pidRecord(child.pid, spec.entry));
  void exited.then(() => removePidFile(spec.pidFile));
  const stop = stopper(child, exited, spec.stopTimeoutMs);
  const info = await readyInfo(child, exited, spec).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { pid: child.pid as number, info, exited, stop, send: (message) => send(child, message), drain: (ms) => drain(child, exited, ms) };
}

function readyInfo(child: ChildProcess, exited: Promise<{ code: number | null }>, spec: ForkSpec): Promise<Incarnation['info']> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => finish(() => reject(new Error(`${spec.name} was not ready within ${spec.readyTimeoutMs} ms`))),
      spec.readyTimeoutMs,
    );
    const onAbort = (): void => finish(() => reject(new Error(`${spec.name}: start abandoned`)));
    const onMessage = (message: ChildMessage): void => {
      if (message?.type === 'ready') finish(() => resolve(message.info));
      if (message?.type === 'failed') {
        finish(() => reject(message.exitCode === 2 ? new SetUpError(message.message) : new Error(`${spec.name}: ${message.message}`)));
      }
    };
    function finish(then: () => void): void {
      clearTimeout(timer);
      child.off('message', onMessage);
      spec.signal.removeEventListener('abort', onAbort);
      then();
    }
    child.on('message', onMessage);
    void exited.then(({ code }) => finish(() => reject(new Error(`${spec.name} ended with ${code} before it was ready`))));
    if (spec.signal.aborted) onAbort();
    else spec.signal.addEventListener('abort', onAbort, { once: true });
  });
}

function send(child: ChildProcess, message: object): void {
  if (child.connected) child.send(message, () => {});
}

/** Asks the child to drain and waits for its word, its end, or a second past the deadline. */
function drain(child: ChildProcess, exited: Promise<unknown>, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, deadlineMs + 1000);
    const onMessage = (message: ChildMessage): void => {
      if (message?.type === 'drained') finish();
    };
    function finish(): void {
      clearTimeout(timer);
      child.off('message', onMessage);
      resolve();
    }
    child.on('message', onMessage);
    void exited.then(finish);
    send(child, { type: 'drain', deadlineMs });
  });
}

function stopper(child: ChildProcess, exited: Promise<unknown>, timeoutMs: number): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    await exited;
    clearTimeout(timer);
  };
  return () => {
    stopping ??= run();
    return stopping;
  };
}
