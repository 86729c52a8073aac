import { ConfigError } from '../config/config-error.ts';
import { type Config, loadConfig } from '../config/load-config.ts';
import { onSupervisorGone } from '../kit/child-process.ts';
import type { Logger } from '../kit/log.ts';
import { SetUpError } from '../local/set-up-error.ts';
import { runSupervisor, type Supervisor } from './run.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** npm passes a terminal's Ctrl-C on to a process that got it already: two within this time are one wish. */
const SAME_WISH_MS = 300;

/** Runs the system until a signal ends it; resolves to the exit code: 0 drained, 1 fault, 2 set-up (decision B18). */
export async function runDaemon(env: NodeJS.ProcessEnv, cwd: string, makeLog: (config: Config) => Logger): Promise<number> {
  const abort = new AbortController();
  const asked = new Promise<void>((resolve) => abort.signal.addEventListener('abort', () => resolve(), { once: true }));
  let supervisor: Supervisor | undefined;
  const unlisten = listenForStop(
    () => abort.abort(),
    () => supervisor?.abandon(),
  );
  const unwatch = watchNpm(env, () => abort.abort());
  // Started by a program that holds us over IPC (the demo): however it ends, nothing of ours stays.
  onSupervisorGone(() => abort.abort());
  let fault: unknown;
  const onFault = (error: unknown): void => {
    fault ??= error;
    abort.abort();
  };
  process.on('uncaughtException', onFault);
  try {
    const log = makeLog(loadConfig(env, cwd));
    supervisor = await runSupervisor(env, { log, cwd, signal: abort.signal });
    const { http_url, sip_uri, services } = supervisor.state();
    log.info('dialplane is up', { http_url, sip_uri, services, state: `${supervisor.config.process.dataDir}/state.json` });
    await asked;
    log.info('draining', { seconds: supervisor.config.process.drainSeconds });
    await supervisor.stop();
    log.info('dialplane has ended');
    return fault === undefined ? 0 : reportFailure(fault);
  } catch (error) {
    if (fault !== undefined) return reportFailure(fault);
    return abort.signal.aborted ? 0 : reportFailure(error);
  } finally {
    process.off('uncaughtException', onFault);
    unwatch();
    unlisten();
  }
}

/** Says in one line what is missing (exit code 2), or shows a fault of ours (1). */
export function reportFailure(error: unknown): number {
  const isSetUp = error instanceof ConfigError || error instanceof SetUpError;
  process.stderr.write(isSetUp ? `dialplane: ${error.message}\n` : `dialplane: ${error instanceof Error ? error.stack : String(error)}\n`);
  return isSetUp ? 2 : 1;
}

function listenForStop(first: () => void, second: () => void): () => void {
  let firstAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      first();
    } else if (performance.now() - firstAt > SAME_WISH_MS) {
      second();
      process.exit(signal === 'SIGINT' ? 130 : 143);
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}

/** A kill -9 of npm reaches us by no signal, only as a new parent: without npm nobody holds us, so we end as on SIGTERM. */
function watchNpm(env: NodeJS.ProcessEnv, gone: () => void): () => void {
  if (env.npm_lifecycle_event === undefined) return () => {};
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) gone();
  }, 500);
  timer.unref();
  return () => clearInterval(timer);
}
