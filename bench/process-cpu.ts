import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

interface ProcessFigures {
  readonly parent: number;
  /** User and system time of the process and of the children it has already reaped, in clock ticks. */
  readonly ticks: number;
}

/** Whether CPU times can be read here; only Linux has them in /proc. */
export function cpuReadable(): boolean {
  return existsSync('/proc/self/stat');
}

let ticksPerSecond: number | undefined;

function clockTicks(): number {
  ticksPerSecond ??= Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100;
  return ticksPerSecond;
}

/** Parses /proc/<pid>/stat; the command in parentheses may itself hold spaces and parentheses (proc(5)). */
export function parseStat(text: string): ProcessFigures {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3] ?? 0); // proc(5) counts from 1; two are cut off
  return { parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) };
}

function allProcesses(): Map<number, ProcessFigures> {
  const all = new Map<number, ProcessFigures>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      all.set(Number(name), parseStat(readFileSync(`/proc/${name}/stat`, 'latin1')));
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return all;
}

/**
 * User and system seconds by name, each of its processes with their descendants; a descendant that is itself named
 * counts under its own name only. Throws where /proc is not there.
 */
export function cpuSeconds(named: Readonly<Record<string, readonly number[]>>): Record<string, number> {
  if (!cpuReadable()) throw new Error('CPU times are read from /proc: run this benchmark on Linux');
  const all = allProcesses();
  const owner = new Map(Object.entries(named).flatMap(([name, pids]) => pids.map((pid) => [pid, name] as const)));
  const sums: Record<string, number> = Object.fromEntries(Object.keys(named).map((name) => [name, 0]));
  for (const [pid, { ticks }] of all) {
    let at: number | undefined = pid;
    while (at !== undefined && at > 0 && !owner.has(at)) at = all.get(at)?.parent;
    const name = at === undefined ? undefined : owner.get(at);
    if (name !== undefined) sums[name] = (sums[name] ?? 0) + ticks / clockTicks();
  }
  return sums;
}
