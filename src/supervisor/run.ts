import { type Config, loadConfig } from '../config/load-config.ts';
import type { ChildStatus } from '../kit/child-process.ts';
import type { Logger } from '../kit/log.ts';
import { checkPorts } from './check-ports.ts';
import { claimDataDir } from './data-dir.ts';
import { loadSecrets } from './secrets.ts';
import type { State } from './state.ts';
import { endLeftovers, type System, startSystem } from './system.ts';

/** How a supervisor is run: by main, the demo, the benchmarks or a test. */
export interface SupervisorOptions {
  readonly log: Logger;
  /** What relative paths in settings are relative to; the working directory when absent. */
  readonly cwd?: string;
  /** Where the output of the children goes: ours when absent, or a file descriptor. */
  readonly output?: 'inherit' | number;
  /** Told of each step of the start, for progress on a terminal. */
  readonly onStep?: (step: string) => void;
  /** Abandons the start. */
  readonly signal?: AbortSignal;
}

/** A running system. */
export interface Supervisor {
  readonly config: Config;
  /** What state.json holds, as it is now. */
  readonly state: () => State;
  /** How every child is doing. */
  readonly children: () => Record<string, ChildStatus>;
  /** Drains at most DRAIN_SECONDS, stops everything in order and removes state.json. Safe to call twice. */
  stop(): Promise<void>;
  /** Ends at once: kills the roles, lets the watchdogs end the rest and removes state.json. For a second signal. */
  abandon(): void;
}

/**
 * Starts everything the settings ask for and keeps it running (decision C18). Resolves when every part is ready and state.json is
 * written. ConfigError and SetUpError mean exit code 2; after any failure nothing is left running.
 */
export async function runSupervisor(env: NodeJS.ProcessEnv, options: SupervisorOptions): Promise<Supervisor> {
  const cwd = options.cwd ?? process.cwd();
  const config = loadConfig(env, cwd);
  const dataDir = await claimDataDir(config.process.dataDir);
  let system: System;
  try {
    await endLeftovers(config, dataDir, options.log);
    await checkPorts(config);
    const secrets = loadSecrets(config, dataDir.secretsFile);
    system = await startSystem({
      config,
      env,
      cwd,
      dataDir,
      secrets,
      output: options.output ?? 'inherit',
      log: options.log,
      onStep: options.onStep ?? (() => {}),
      signal: options.signal,
    });
  } catch (error) {
    dataDir.release();
    throw error;
  }
  let stopping: Promise<void> | undefined;
  return {
    config,
    state: system.state,
    children: system.children,
    stop: () => {
      stopping ??= system.stop().finally(dataDir.release);
      return stopping;
    },
    abandon: () => {
      system.abandon();
      dataDir.release();
    },
  };
}
