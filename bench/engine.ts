import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freeUdpPort, type RunningSipp, type SippResult } from '../test/support/sipp.ts';
import { requireSipp, runLoad, startCallee } from './load.ts';
import { cpuSeconds } from './process-cpu.ts';
import { quantileOf } from './quantiles.ts';
import { end, type SipServer, startDrachtio, startEngineProcess } from './sip-servers.ts';
import type { Suite, SuiteOptions, SuiteResult } from './suite.ts';
import { fixed, type Table } from './table.ts';

/** One server with the bare B2BUA application on it. */
interface Subject {
  readonly server: SipServer;
  readonly application: ChildProcess;
  readonly rounds: Round[];
  memoryMb: Readonly<Record<number, number>>;
}

interface Round {
  readonly load: SippResult;
  readonly serverMs: number;
  readonly applicationMs: number;
}

const holdMs = 500;
const warmUpSeconds = 5;
const roundsMax = 3;
const dialogCounts = [1000, 10_000];
const buildUpRate = 250;
/** Targets: issue 6 and decision C25. */
const targets = { ratioMax: 0.35, memoryMbMax: 300 };

/**
 * The SIP engine with a bare drachtio-srf B2BUA between two sipp parties: CPU per call apart, added delay, memory. With
 * `DRACHTIO_BIN` the same for a real drachtio-server, with `BENCH_ENGINE_ROOT` for the compiled engine of another source tree; rounds in turn.
 */
export const benchEngine: Suite = async (options) => {
  requireSipp();
  const callee = await startCallee();
  const subjects: Subject[] = [];
  try {
    for (const start of starters()) {
      const server = await start();
      const application = await startApplication(server, callee).catch(async (error: unknown) => {
        await server.stop();
        throw error;
      });
      subjects.push({ server, application, rounds: [], memoryMb: {} });
    }
    return await measure(subjects, callee, options);
  } finally {
    for (const { application, server } of subjects) {
      await end(application);
      await server.stop();
    }
    await callee.stop();
  }
};

function starters(): (() => Promise<SipServer>)[] {
  const { DRACHTIO_BIN: program, BENCH_ENGINE_ROOT: other } = process.env;
  return [
    () => startEngineProcess('engine'),
    ...(program === undefined || program === '' ? [] : [() => startDrachtio(program)]),
    ...(other === undefined || other === '' ? [] : [() => startEngineProcess('other engine', other)]),
  ];
}

async function startApplication(server: SipServer, callee: RunningSipp): Promise<ChildProcess> {
  const wanted = { ...server.control, callee: `sip:callee@${callee.host}:${callee.port}` };
  const child = fork(fileURLToPath(new URL('bridge-application.ts', import.meta.url)), [], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, BENCH_BRIDGE: JSON.stringify(wanted) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message', { signal: AbortSignal.timeout(15_000) });
  return child;
}

async function measure(subjects: readonly Subject[], callee: RunningSipp, options: SuiteOptions): Promise<SuiteResult> {
  const { rate, seconds } = options;
  for (const subject of subjects) await place(subject, rate, warmUpSeconds);
  const rounds = Math.max(1, Math.min(roundsMax, Math.floor(seconds / 10)));
  for (let round = 1; round <= rounds; round += 1) {
    for (const subject of subjects) {
      options.progress(`round ${round} of ${rounds}: ${subject.server.name}, ${rate} calls/s for ${Math.round(seconds / rounds)} s`);
      subject.rounds.push(await measureRound(subject, rate, seconds / rounds));
    }
  }
  options.progress('caller to callee without a server');
  const direct = await runLoad({ remote: callee, port: await freeUdpPort('127.0.0.1'), called: ['callee'], rate, seconds: 3, holdMs });
  for (const subject of process.env['BENCH_MEMORY'] === 'no' ? [] : subjects) {
    options.progress(`memory of ${subject.server.name} with ${dialogCounts.join(' and ')} open dialogs`);
    subject.memoryMb = await measureMemory(subject);
  }
  return resultOf(subjects, direct, options);
}

async function place({ server }: Subject, rate: number, seconds: number, hold = holdMs): Promise<SippResult> {
  const port = await freeUdpPort('127.0.0.1');
  return runLoad({ remote: server.sip, port, called: ['+442079460000'], rate, seconds, holdMs: hold });
}

async function measureRound(subject: Subject, rate: number, seconds: number): Promise<Round> {
  const named = { server: [subject.server.pid], application: [subject.application.pid ?? 0] };
  const before = cpuSeconds(named);
  const load = await place(subject, rate, seconds);
  const after = cpuSeconds(named);
  const perCall = (name: keyof typeof named): number => (((after[name] ?? 0) - (before[name] ?? 0)) * 1000) / Math.max(1, load.created);
  return { load, serverMs: perCall('server'), applicationMs: perCall('application') };
}

/** Resident memory of the server while calls pile up, two dialogs each; ended transactions of the build-up included. */
async function measureMemory(subject: Subject): Promise<Record<number, number>> {
  const last = Math.max(...dialogCounts) / 2 / buildUpRate;
  const started = Date.now();
  const calls = place(subject, buildUpRate, last + 1, (last + 3) * 1000);
  const memory: Record<number, number> = {};
  for (const dialogs of dialogCounts) {
    await pause(Math.max(0, started + (dialogs / 2 / buildUpRate + 0.7) * 1000 - Date.now()));
    memory[dialogs] = residentMb(subject.server.pid);
  }
  await calls;
  return memory;
}

const residentMb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? Number.NaN) / 1024;

const median = (values: readonly number[]): number | undefined => quantileOf(values, 0.5);

function resultOf(subjects: readonly Subject[], direct: SippResult, { rate, seconds }: SuiteOptions): SuiteResult {
  const rows = subjects.map((subject) => rowOf(subject, direct));
  const [own, ...others] = rows;
  const real = others.find((row) => row.name === 'drachtio-server');
  const ratio = real === undefined || own === undefined ? undefined : (own.serverMs ?? Number.NaN) / (real.serverMs ?? Number.NaN);
  const memory = own?.memoryMb[10_000];
  const met = (ratio === undefined || ratio <= targets.ratioMax) && (memory === undefined || memory <= targets.memoryMbMax);
  return {
    title: `The SIP engine and a bare B2BUA application, ${rate} calls/s for ${seconds} s`,
    tables: [tableOf(rows)],
    figures: { servers: rows, direct: { p50Ms: median(direct.setupMs), p99Ms: quantileOf(direct.setupMs, 0.99) }, ratio },
    notes: [
      'CPU is user and system time from /proc, the median of the rounds; the application is createUAC and createUAS of drachtio-srf.',
      `Delay is the caller's set-up time less that of a call straight to the callee (p50 ${fixed(median(direct.setupMs), 1)} ms).`,
      ratio === undefined
        ? 'Set DRACHTIO_BIN to a drachtio-server program for the rows to compare with.'
        : `engine / drachtio-server = ${fixed(ratio)} (target at most ${targets.ratioMax}).`,
    ],
    ok: met && rows.every((row) => row.failed === 0),
  };
}

interface Row {
  readonly name: string;
  readonly calls: number;
  readonly failed: number;
  readonly retransmissions: number;
  readonly serverMs: number | undefined;
  readonly applicationMs: number | undefined;
  readonly roundsMs: readonly number[];
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  readonly memoryMb: Readonly<Record<number, number>>;
}

function rowOf({ server, rounds, memoryMb }: Subject, direct: SippResult): Row {
  const sum = (of: (load: SippResult) => number): number => rounds.reduce((total, { load }) => total + of(load), 0);
  const delays = rounds.flatMap(({ load }) => load.setupMs);
  const without = median(direct.setupMs) ?? 0;
  return {
    name: server.name,
    calls: sum((load) => load.created),
    failed: sum((load) => load.failed),
    retransmissions: sum((load) => load.retransmissions),
    serverMs: median(rounds.map((round) => round.serverMs)),
    applicationMs: median(rounds.map((round) => round.applicationMs)),
    roundsMs: rounds.map((round) => round.serverMs),
    delayP50Ms: (quantileOf(delays, 0.5) ?? Number.NaN) - without,
    delayP99Ms: (quantileOf(delays, 0.99) ?? Number.NaN) - without,
    memoryMb,
  };
}

function tableOf(rows: readonly Row[]): Table {
  return {
    columns: [
      'server',
      'calls',
      'failed',
      'resent',
      'server ms/call',
      'application ms/call',
      'delay p50 ms',
      'p99',
      ...dialogCounts.map((count) => `MB at ${count}`),
    ],
    rows: rows.map((row) => [
      row.name,
      ...[row.calls, row.failed, row.retransmissions].map(String),
      ...[row.serverMs, row.applicationMs].map((value) => fixed(value, 3)),
      ...[row.delayP50Ms, row.delayP99Ms].map((value) => fixed(value, 1)),
      ...dialogCounts.map((count) => fixed(row.memoryMb[count], 0)),
    ]),
  };
}
