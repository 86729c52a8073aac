import { setTimeout as pause } from 'node:timers/promises';
import { call as apiCall } from './api-call.ts';
import { until } from './daemon.ts';
import type { Fleet, FleetMember } from './fleet.ts';
import { type FleetWorld, provisionFleet, startCallLoad } from './fleet-load.ts';
import { startSipp } from './sipp.ts';

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
  readonly errors: string;
}

interface RequestFigures {
  readonly sent: number;
  /** Answers other than 200, and requests that got none. */
  readonly failed: readonly string[];
  /** Sent to the other api, because this one was not listening or said it drains. */
  readonly moved: number;
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
  const callee = await startSipp({ scenario: 'uas-answers', pauseMs: 0, moreArguments: ['-max_retrans', '10'] });
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
      errors: results.map(({ errors }) => errors).join(''),
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

/** Changes and reads, as clients behind a balancer send them: to an api that is ready, to the other one when it does not listen. */
function startRequests(fleet: Fleet, world: FleetWorld): { finish(): Promise<RequestFigures> } {
  const figures = { sent: 0, failed: [] as string[], moved: 0 };
  let stopped = false;
  const urls = fleet.of('api').map((api) => api.url());
  const send = async (turn: number): Promise<void> => {
    const { id } = world.numbers[turn % world.numbers.length] as { id: string };
    figures.sent += 1;
    for (let tries = 0; tries < urls.length; tries += 1) {
      const url = urls[(turn + tries) % urls.length] as string;
      const change = turn % 2 === 0;
      try {
        const answer = await apiCall(url, change ? 'PATCH' : 'GET', `/phone-numbers/${id}`, {
          key: world.key,
          ...(change ? { body: { allow_outbound: turn % 4 === 0 } } : {}),
        });
        if (answer.status !== 200) figures.failed.push(`${answer.status} ${answer.text.slice(0, 100)}`);
        return;
      } catch (error) {
        // Refused, or a kept connection that was closed just then: sent once more to the other one, as clients do with what is
        // idempotent (RFC 9112 §9.3.1). Anything else is an answer that was lost.
        const why = (error as { cause?: { code?: string } }).cause?.code ?? String(error);
        if (why !== 'ECONNREFUSED' && why !== 'ECONNRESET' && why !== 'UND_ERR_SOCKET') return void figures.failed.push(why);
        figures.moved += 1;
      }
    }
    figures.failed.push('no api listens');
  };
  const all = (async () => {
    const pending: Promise<void>[] = [];
    for (let turn = 0; !stopped; turn += 1) {
      pending.push(send(turn));
      await pause(50);
    }
    await Promise.all(pending);
  })();
  return {
    async finish() {
      stopped = true;
      await all;
      return figures;
    },
  };
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
