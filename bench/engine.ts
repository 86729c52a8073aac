import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freeUdpPort, type RunningSipp, type SippResult } from '../test/support/sipp.ts';
import { type Alone, dialogCounts, type Measured, type Round, resultOf } from './engine-rows.ts';
import { requireSipp, runLoad, startCallee } from './load.ts';
import { cpuSeconds } from './process-cpu.ts';
import { end, type SipServer, startDrachtio, startEngineProcess } from './sip-servers.ts';
import type { Suite, SuiteOptions } from './suite.ts';

/** One server with the bare B2BUA application on it. */
interface Subject extends Measured {
  readonly start: () => Promise<SipServer>;
  readonly server: SipServer;
  readonly application: ChildProcess;
  readonly rounds: Round[];
  memoryMb: Readonly<Record<number, number>>;
  rateMax: number | undefined;
  alone: Alone | undefined;
}

const holdMs = 500;
const roundsMax = 3;
const buildUpRate = 250;
const capacityRates = [100, 200, 300, 400, 500, 600, 800, 1000];
const capacitySeconds = 6;

/** How much of it all: a small run shows that it works. */
const sizesOf = ({ small, rate }: SuiteOptions) => ({
  warmUpSeconds: small ? 2 : 8,
  dialogs: small ? dialogCounts.slice(0, 1) : dialogCounts,
  capacity: small ? capacityRates.slice(0, 1) : capacityRates,
  // Decision C25: 1,000 calls/s for 30 s.
  alone: small ? { rate, seconds: 4 } : { rate: 1000, seconds: 30 },
});

/** Parts that `--only` may name. */
const wants = ({ only }: SuiteOptions, part: 'cpu' | 'memory' | 'rate' | 'alone'): boolean => only === undefined || only.includes(part);

/**
 * The SIP engine with a bare drachtio-srf B2BUA between two sipp parties: CPU per call apart, added delay, the rate without a failed
 * call, memory, and what it bears alone. With `DRACHTIO_BIN` the same for a real drachtio-server, with `BENCH_ENGINE_ROOT` for the
 * compiled engine of another source tree; rounds in turn. `--only cpu,rate,alone,memory` leaves parts out.
 */
export const benchEngine: Suite = async (given) => {
  requireSipp();
  const options = given.small ? { ...given, rate: Math.min(given.rate, 50), seconds: Math.min(given.seconds, 6) } : given;
  const callee = await startCallee();
  const subjects: Subject[] = [];
  try {
    for (const start of starters()) {
      const server = await start();
      const wanted = { ...server.control, callee: `sip:callee@${callee.host}:${callee.port}` };
      const application = await startApplication('bridge-application.ts', { BENCH_BRIDGE: JSON.stringify(wanted) }).catch(async (error) => {
        await server.stop();
        throw error;
      });
      subjects.push({ name: server.name, start, server, application, rounds: [], memoryMb: {}, rateMax: undefined, alone: undefined });
    }
    return resultOf(subjects, await measure(subjects, callee, options), options);
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

async function startApplication(file: string, env: Record<string, string>): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message', { signal: AbortSignal.timeout(15_000) });
  return child;
}

async function measure(subjects: readonly Subject[], callee: RunningSipp, options: SuiteOptions): Promise<SippResult> {
  const { rate, seconds, progress } = options;
  const { warmUpSeconds, dialogs, capacity, alone } = sizesOf(options);
  for (const { server } of subjects) await place(server, rate, warmUpSeconds);
  const rounds = wants(options, 'cpu') ? Math.max(1, Math.min(roundsMax, Math.floor(seconds / 10))) : 0;
  for (let round = 1; round <= rounds; round += 1) {
    for (const subject of subjects) {
      progress(`round ${round} of ${rounds}: ${subject.name}, ${rate} calls/s for ${Math.round(seconds / rounds)} s`);
      subject.rounds.push(await measureRound(subject, rate, seconds / rounds));
    }
  }
  progress('caller to callee without a server');
  const direct = await runLoad({ remote: callee, port: await freeUdpPort('127.0.0.1'), called: ['callee'], rate, seconds: 3, holdMs });
  if (wants(options, 'rate')) await measureCapacity(subjects, capacity, progress);
  for (const subject of wants(options, 'alone') ? subjects : []) {
    progress(`${subject.name} alone, ${alone.rate} calls/s for ${alone.seconds} s`);
    subject.alone = await measureAlone(subject, alone);
  }
  for (const subject of wants(options, 'memory') ? subjects : []) {
    progress(`memory of ${subject.name} with ${dialogs.join(' and ')} open dialogs`);
    subject.memoryMb = await measureMemory(subject, dialogs);
  }
  return direct;
}

async function place({ sip }: SipServer, rate: number, seconds: number, hold = holdMs): Promise<SippResult> {
  const port = await freeUdpPort('127.0.0.1');
  return runLoad({ remote: sip, port, called: ['+442079460000'], rate, seconds, holdMs: hold });
}

async function measureRound(
  { server, application }: Pick<Subject, 'server' | 'application'>,
  rate: number,
  seconds: number,
): Promise<Round> {
  const named = { server: [server.pid], application: [application.pid ?? 0] };
  const before = cpuSeconds(named);
  const load = await place(server, rate, seconds);
  const after = cpuSeconds(named);
  const perCall = (name: keyof typeof named): number => (((after[name] ?? 0) - (before[name] ?? 0)) * 1000) / Math.max(1, load.created);
  return { load, serverMs: perCall('server'), applicationMs: perCall('application') };
}

/** The same rate for one server after the other, up to where the first call of each fails. */
async function measureCapacity(subjects: readonly Subject[], rates: readonly number[], progress: SuiteOptions['progress']): Promise<void> {
  for (const subject of subjects) subject.rateMax = 0;
  const open = new Set(subjects);
  for (const rate of rates) {
    for (const subject of open) {
      progress(`${subject.name}: ${rate} calls/s for ${capacitySeconds} s`);
      const { failed, created } = await place(subject.server, rate, capacitySeconds);
      if (failed === 0 && created === rate * capacitySeconds) subject.rateMax = rate;
      else open.delete(subject);
    }
  }
}

/** A fresh server and an application that costs next to nothing. */
async function measureAlone({ start }: Subject, { rate, seconds }: { readonly rate: number; readonly seconds: number }): Promise<Alone> {
  const server = await start();
  try {
    const application = await startApplication('answering-application.ts', { BENCH_ANSWER: JSON.stringify(server.control) });
    try {
      await place(server, rate / 2, 3);
      const { load, serverMs } = await measureRound({ server, application }, rate, seconds);
      return { rate, seconds, failed: load.failed, retransmissions: load.retransmissions, serverMs };
    } finally {
      await end(application);
    }
  } finally {
    await server.stop();
  }
}

/** Resident memory of the server while calls pile up, two dialogs each; ended transactions of the build-up included. */
async function measureMemory({ server }: Subject, counts: readonly number[]): Promise<Record<number, number>> {
  const last = Math.max(...counts) / 2 / buildUpRate;
  const started = Date.now();
  const calls = place(server, buildUpRate, last + 1, (last + 3) * 1000);
  const memory: Record<number, number> = {};
  for (const dialogs of counts) {
    await pause(Math.max(0, started + (dialogs / 2 / buildUpRate + 0.7) * 1000 - Date.now()));
    memory[dialogs] = residentMb(server.pid);
  }
  await calls;
  return memory;
}

const residentMb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? Number.NaN) / 1024;
