import { readFileSync } from 'node:fs';
import { runCommand } from './run-command.ts';

/** True while a process with this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The command line of a live process with spaces between arguments; empty when it is gone, a zombie, or hidden from us. */
export async function commandLineOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    } catch {
      return '';
    }
  }
  const { stdout } = await runCommand('ps', ['-o', 'command=', '-p', String(pid)], { timeoutMs: 2000 });
  return stdout.trim();
}

/**
 * When a process started, in the kernel's own ticks: with the pid it names one process for good, so that a number used again by
 * somebody else's process is never taken for ours. Undefined where the system does not tell (macOS).
 */
export function startTicksOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the second field is the name in parentheses and may hold anything; field 22 is counted from behind it.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** True when the process is a zombie: dead, only not yet collected by its parent. */
export function isZombie(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text[text.lastIndexOf(')') + 2] === 'Z';
  } catch {
    return false;
  }
}
