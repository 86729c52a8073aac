import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** Which process owns a journal. A process id alone is soon another's; with its start it is not. */
export interface Owner {
  readonly pid: number;
  readonly started: string;
  /** One boot of one machine, and one numbering of processes on it: only there can anybody tell whether the process lives. */
  readonly world: string;
}

const readOr = (path: string, read: (path: string) => string): string => {
  try {
    return read(path).trim();
  } catch {
    return '';
  }
};

const world = (): string => {
  const boot = readOr('/proc/sys/kernel/random/boot_id', (path) => readFileSync(path, 'utf8'));
  return boot === '' ? process.platform : `${boot} ${readOr('/proc/self/ns/pid', readlinkSync)}`;
};

/** When a process started, in words that compare; '' when there is none. */
function startOf(pid: number): string {
  if (process.platform === 'linux') {
    const stat = readOr(`/proc/${pid}/stat`, (path) => readFileSync(path, 'utf8'));
    // The name of a program may hold blanks and brackets; fields are counted behind its last bracket (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  }
  return readOr(String(pid), (text) => execFileSync('ps', ['-o', 'lstart=', '-p', text], { encoding: 'utf8', timeout: 2000 }));
}

/** This process. */
export const ownOwner = (): Owner => ({ pid: process.pid, started: startOf(process.pid), world: world() });

/** Reads an owner; undefined when it is none. */
export function parseOwner(text: string): Owner | undefined {
  try {
    const { pid, started, world: where } = JSON.parse(text) as Partial<Owner>;
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || typeof started !== 'string' || typeof where !== 'string') return undefined;
    return { pid, started, world: where };
  } catch {
    return undefined;
  }
}

/** Whether the owner lives; `unknown` from another container or machine, whose processes nobody here can see. */
export function isAlive(owner: Owner): 'yes' | 'no' | 'unknown' {
  if (owner.world !== world()) return 'unknown';
  return startOf(owner.pid) === owner.started ? 'yes' : 'no';
}
