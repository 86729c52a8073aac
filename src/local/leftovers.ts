import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../kit/log.ts';
import { type PidRecord, readPidFile, removePidFile, stillRuns } from './pid-file.ts';

/** How long a leftover may take to end by itself before it is told to, and how long after that before it is killed. */
export interface LeftoverPatience {
  readonly selfMs: (name: string) => number;
  readonly termMs: number;
}

/**
 * Ends what a killed run left behind: every process named by a pid file in `runDir` that is still the same process by start time
 * and command line (decision B18). Returns the names of those that had to be ended.
 */
export async function stopLeftovers(runDir: string, patience: LeftoverPatience, log: Logger): Promise<string[]> {
  const files = listPidFiles(runDir);
  const ended = await Promise.all(files.map((file) => stopLeftover(join(runDir, file), file.replace(/\.pid$/, ''), patience, log)));
  return ended.filter((name) => name !== undefined);
}

function listPidFiles(runDir: string): string[] {
  try {
    return readdirSync(runDir).filter((file) => file.endsWith('.pid'));
  } catch {
    return [];
  }
}

async function stopLeftover(path: string, name: string, patience: LeftoverPatience, log: Logger): Promise<string | undefined> {
  const record = readPidFile(path);
  if (record === undefined || !(await stillRuns(record))) {
    removePidFile(path);
    return undefined;
  }
  log.warn('a process of an earlier run is still there; ending it', { part: name, child_pid: record.pid });
  if (!(await goneWithin(record, patience.selfMs(name)))) {
    signal(record.pid, name === 'postgres' ? 'SIGINT' : 'SIGTERM');
    if (!(await goneWithin(record, patience.termMs))) {
      signal(record.pid, 'SIGKILL');
      await goneWithin(record, 2000);
    }
  }
  removePidFile(path);
  return name;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone in the meantime, or no longer ours to end: the next check tells.
  }
}

async function goneWithin(record: PidRecord, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  for (;;) {
    if (!(await stillRuns(record))) return true;
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
