import { setTimeout as pause } from 'node:timers/promises';
import { until } from './daemon.ts';
import type { Fleet, FleetMember } from './fleet.ts';
import { provisionFleet, startCallLoad } from './fleet-load.ts';
import { type RequestFigures, startRequests } from './fleet-requests.ts';
import { startSipp } from './sipp.ts';
import { isRepeatedEnd, parseErrors } from './sipp-statistics.ts';

/** What a rolling restart under load came to (decision C19). */
export interface RollingFigures {
  readonly calls: number;
  readonly successful: number;
  /** New INVITEs that were not answered 200, dialogs that ended otherwise than by the caller's BYE. */
  readonly failed: number;
  /** Calls the called side saw end by anything but the caller's BYE. */
  readonly failedAtCallee: number;
  readonly responses: Readonly<Record<string, number>>;
  readonly setupMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Closed records, all of them `completed`, and others. */
  readonly records: { readonly completed: number; readonly other: number };
  readonly requests: RequestFigures;
  readonly restarts: readonly { readonly name: string; readonly code: number | null; readonly stopMs: number; readonly startMs: number }[];
  readonly seconds: number;
  /** BYEs that were sent again after 500 ms, as the called side saw them, and answers to such that the caller got twice. */
  readonly repeated: number;
  /** How often a sipp was not given the processor for half a second: what it measures then is this machine. */
  readonly stalls: number;
  /** Whatever else a sipp took for an error. */
  readonly errors: readonly string[];
}

export interface RollingOptions {
  readonly rate: number;
  readonly holdMs: number;
  /** Load before the first restart and after the last one. */
  readonly restMs: number;
  readonly progress?: (line: string) => void;
}

/** Restarts every process of a fleet, one after another, while calls and requests come in. */
export async function rollingRestart(fleet: Fleet, options: RollingOptions): Promise<RollingFigures> {
  const callee = await startSipp({ scenario: 'uas-answers', pauseMs: 0, moreArguments: ['-max_retrans', '10'], tellsStalls: true });
  try {
    const world = await provisionFleet(fleet, callee.port);
    const from = performance.now();
    const load = await startCallLoad(fleet, world, options.rate, options.holdMs);
    const requests = startRequests(fleet, world);
    const restarts = await restartAll(fleet, options).finally(() => Promise.all([load.finish(), requests.finish()]));
    const [results, asked] = [await load.finish(), await requests.finish()];
    const called = await callee.stop();
    const sum = (of: (result: (typeof results)[number]) => number): number => results.reduce((all, result) => all + of(result), 0);
    const calls = sum(({ created }) => created);
    return {
      calls,
      successful: sum(({ successful }) => successful),
      failed: sum(({ failed }) => failed),
      failedAtCallee: called.failed,
      responses: merged(results.map(({ responses }) => responses)),
      setupMs: quantiles(results.flatMap(({ setupMs }) => setupMs)),
      records: await recordsOf(fleet, calls),
      requests: asked,
      restarts,
      seconds: Math.round((performance.now() - from) / 1000),
      ...explained([...results, called].flatMap(({ errors }) => parseErrors(errors))),
    };
  } finally {
    await callee.stop();
  }
}

async function restartAll(fleet: Fleet, options: RollingOptions): Promise<RollingFigures['restarts']> {
  const restarts: RollingFigures['restarts'][number][] = [];
  await pause(options.restMs);
  for (const member of fleet.members) {
    const restarted = await restart(member);
    restarts.push(restarted);
    options.progress?.(`${member.name}: ended with ${restarted.code} in ${restarted.stopMs} ms, ready again in ${restarted.startMs} ms`);
  }
  await pause(options.restMs);
  return restarts;
}

async function restart(member: FleetMember): Promise<RollingFigures['restarts'][number]> {
  const { code, tookMs } = await member.stop();
  const from = performance.now();
  await member.start();
  return { name: member.name, code, stopMs: tookMs, startMs: Math.round(performance.now() - from) };
}

/** Closed records of the calls, once there are as many as calls or 10 s have passed. */
async function recordsOf(fleet: Fleet, calls: number): Promise<RollingFigures['records']> {
  const count = async () => {
    const found = { completed: 0, other: 0 };
    for (let after = ''; ; ) {
      const page = (await fleet.admin('GET', `/calls?limit=500${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`)).body;
      for (const { outcome } of page.data) found[outcome === 'completed' ? 'completed' : 'other'] += 1;
      if (page.next === null) return found;
      after = page.next;
    }
  };
  const full = await until(async () => {
    const found = await count();
    return found.completed >= calls && found;
  }, 10_000);
  return full ?? count();
}

const STALL = /^Overload warning: the (?:minor|major) watchdog timer /;

function explained(errors: readonly string[]): Pick<RollingFigures, 'repeated' | 'stalls' | 'errors'> {
  const isStall = (error: string): boolean => STALL.test(error);
  return {
    repeated: errors.filter(isRepeatedEnd).length,
    stalls: errors.filter(isStall).length,
    errors: errors.filter((error) => !isRepeatedEnd(error) && !isStall(error)),
  };
}

function quantiles(values: readonly number[]): RollingFigures['setupMs'] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

function merged(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const one of all) for (const [name, count] of Object.entries(one)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}
