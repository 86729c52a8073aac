import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { commandLineOf, isAlive, isZombie, startTicksOf } from './process-identity.ts';

/** What is written down of a started process, enough to know it again after a crash of ours. */
export interface PidRecord {
  readonly pid: number;
  /** A part of its command line. */
  readonly marker: string;
  readonly startTicks?: string;
}

/** Describes a process that runs now. */
export function pidRecord(pid: number, marker: string): PidRecord {
  const startTicks = startTicksOf(pid);
  return { pid, marker, ...(startTicks === undefined ? {} : { startTicks }) };
}

/** Writes a pid file by rename, so that a reader never sees half of one. */
export function writePidFile(path: string, record: PidRecord): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** As `writePidFile`, but a full disk must not keep a part from running: the next start's leftover check then knows one less. */
export function tryWritePidFile(path: string, record: PidRecord): void {
  try {
    writePidFile(path, record);
  } catch {
    // Nothing to do about it here.
  }
}

/** Reads a pid file; undefined when it is absent or unreadable. */
export function readPidFile(path: string): PidRecord | undefined {
  try {
    return parsePidRecord(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Parses the text of a pid file; undefined for anything that cannot name a process. */
export function parsePidRecord(text: string): PidRecord | undefined {
  try {
    const { pid, marker, startTicks } = JSON.parse(text) as Partial<PidRecord>;
    if (!Number.isSafeInteger(pid) || (pid as number) < 2 || typeof marker !== 'string' || marker === '') return undefined;
    return { pid: pid as number, marker, ...(typeof startTicks === 'string' ? { startTicks } : {}) };
  } catch {
    return undefined;
  }
}

/** Removes a pid file if it is there. */
export function removePidFile(path: string): void {
  rmSync(path, { force: true });
}

/** True when the recorded process still runs: same pid, same start and the marker in its command line (decision B18). */
export async function stillRuns(record: PidRecord): Promise<boolean> {
  if (record.pid === process.pid || !isAlive(record.pid) || isZombie(record.pid)) return false;
  if (record.startTicks !== undefined && startTicksOf(record.pid) !== record.startTicks) return false;
  return (await commandLineOf(record.pid)).includes(record.marker);
}
