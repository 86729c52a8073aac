import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePidRecord, pidRecord, stillRuns } from '../local/pid-file.ts';
import { SetUpError } from '../local/set-up-error.ts';

/** The paths below DATA_DIR. */
export interface DataDir {
  readonly path: string;
  readonly stateFile: string;
  readonly secretsFile: string;
  /** Pid files of the children. */
  readonly runDir: string;
  /** Gives the directory to the next daemon. */
  release(): void;
}

/**
 * Makes DATA_DIR ours alone: removes state.json first thing, then takes the lock. A daemon that lives on it is a SetUpError
 * (exit 2, decision B18); the lock of a dead one is taken over.
 */
export async function claimDataDir(path: string): Promise<DataDir> {
  const lock = join(path, 'supervisor.pid');
  const stateFile = join(path, 'state.json');
  makeDir(path);
  const mine = `${JSON.stringify(pidRecord(process.pid, 'node'))}\n`;
  const draft = `${lock}.${process.pid}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    for (let attempt = 0; ; attempt += 1) {
      if (tryLink(draft, lock)) break;
      if (attempt === 20) throw new SetUpError(`DATA_DIR: the lock ${lock} cannot be taken`);
      await dropStaleLock(lock, path);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  rmSync(stateFile, { force: true });
  const release = (): void => {
    if (readOrEmpty(lock) === mine) rmSync(lock, { force: true });
  };
  return { path, stateFile, secretsFile: join(path, 'secrets.json'), runDir: join(path, 'run'), release };
}

function makeDir(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new SetUpError(`DATA_DIR: ${path} cannot be made (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** A hard link is made whole or not at all, so a lock is never seen empty. */
function tryLink(draft: string, lock: string): boolean {
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function dropStaleLock(lock: string, path: string): Promise<void> {
  const text = readOrEmpty(lock);
  if (text === '') return;
  const holder = parsePidRecord(text);
  if (holder !== undefined && (await stillRuns(holder))) {
    throw new SetUpError(`DATA_DIR: another daemon (pid ${holder.pid}) runs on ${path}; stop it or choose another DATA_DIR`);
  }
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
    // Another starter may have taken over in between: then what we moved is its fresh lock, and goes back.
    if (readFileSync(aside, 'utf8') !== text) tryLink(aside, lock);
  } catch {
    // Moved away by another starter: look again.
  } finally {
    rmSync(aside, { force: true });
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
