import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseSetupTimes, parseSteps, parseTotals, type SippStep, type SippTotals } from './sipp-statistics.ts';

/** How one sipp is run. The scenario is a name in `test/sip/scenarios` or a path ending in `.xml`. */
export interface SippOptions {
  readonly scenario: string;
  /** Where a caller sends to; absent for a callee. */
  readonly remote?: { readonly host: string; readonly port: number };
  readonly host?: string;
  /** Default a free one. */
  readonly port?: number;
  readonly transport?: 'udp' | 'tcp';
  /** The called number, `[service]` in the scenario. */
  readonly service?: string;
  /** Words in brackets of the scenario, such as `caller`. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Global variables of the scenario, such as `expected`. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly auth?: { readonly username: string; readonly password: string };
  /** Ends after this many calls; a callee without it runs until `stop`. */
  readonly calls?: number;
  /** New calls per second. */
  readonly rate?: number;
  readonly concurrentMax?: number;
  /** The length of `<pause/>`. */
  readonly pauseMs?: number;
  /** The whole run is ended, as failed, after this. */
  readonly timeoutMs?: number;
  /** Further command line arguments of sipp. */
  readonly moreArguments?: readonly string[];
  /** Let sipp tell among its errors when it was not given the processor for half a second. */
  readonly tellsStalls?: boolean;
}

/** What a run came to. */
export interface SippResult extends SippTotals {
  /** 0: every call succeeded; 1: some failed; 97: ended by its timeout; 99: no call at all. */
  readonly exitCode: number;
  readonly steps: readonly SippStep[];
  /** How often each status code was received, repeats excluded. */
  readonly responses: Readonly<Record<string, number>>;
  /** Times of the scenario's first response time distribution, with `-trace_rtt` among the arguments. */
  readonly setupMs: readonly number[];
  /** What sipp reported as errors, at most 8 kB. */
  readonly errors: string;
}

/** A running sipp. */
export interface RunningSipp {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly done: Promise<SippResult>;
  /** Ends it after its calls in progress and returns what it counted. */
  stop(): Promise<SippResult>;
}

const scenarioFolder = fileURLToPath(new URL('../sip/scenarios/', import.meta.url));
const readyTimeoutMs = 5000;
const bindTriesMax = 4;
const fatalExitCodeMin = 250;

/** Whether a sipp program is on PATH (Debian package `sip-tester`). */
export function sippAvailable(): boolean {
  return spawnSync('sipp', ['-v'], { stdio: 'ignore', timeout: 5000 }).error === undefined;
}

/** Runs a scenario to its end. */
export async function runSipp(options: SippOptions): Promise<SippResult> {
  return (await startSipp({ calls: 1, timeoutMs: 20_000, ...options })).done;
}

/** Starts a scenario and returns once sipp has its port. Stop it in the test's clean-up. */
export async function startSipp(options: SippOptions): Promise<RunningSipp> {
  for (let triesLeft = options.port === undefined ? bindTriesMax : 1; ; triesLeft -= 1) {
    const { running, child } = await startOnce(options, options.port ?? (await freeUdpPort(options.host ?? '127.0.0.1')));
    // Between our look and sipp's bind another program may take the port: sipp then ends at once with a fatal code.
    if (triesLeft <= 1 || child.exitCode === null || child.exitCode < fatalExitCodeMin) return running;
    await running.done;
  }
}

async function startOnce(options: SippOptions, port: number): Promise<{ running: RunningSipp; child: ChildProcess }> {
  const host = options.host ?? '127.0.0.1';
  const folder = await mkdtemp(join(tmpdir(), 'dialplane-sipp-'));
  const child = spawn('sipp', sippArguments(options, host, port, folder), { stdio: 'ignore', cwd: folder });
  const exited = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : 255));
  const done = exited.then((exitCode) => readResult(folder, exitCode));
  done.catch(() => undefined);
  await Promise.race([bound(child, host, port, options.transport ?? 'udp'), exited]);
  const stop = async (): Promise<SippResult> => {
    child.kill('SIGUSR1'); // sipp's own signal: no new calls, end after those in progress
    const hard = setTimeout(() => child.kill('SIGKILL'), 5000);
    return done.finally(() => clearTimeout(hard));
  };
  return { running: { host, port, pid: child.pid ?? 0, done, stop }, child };
}

function sippArguments(options: SippOptions, host: string, port: number, folder: string): string[] {
  const file = options.scenario.endsWith('.xml') ? options.scenario : join(scenarioFolder, `${options.scenario}.xml`);
  const remote = options.remote === undefined ? [] : [`${bracketed(options.remote.host)}:${options.remote.port}`];
  const settings: Readonly<Record<string, string | number | undefined>> = {
    '-sf': file,
    '-i': host,
    '-p': port,
    '-t': options.transport === 'tcp' ? 't1' : 'u1',
    '-s': options.service,
    '-m': options.calls,
    '-r': options.rate,
    '-l': options.concurrentMax,
    '-d': options.pauseMs ?? 100,
    '-au': options.auth?.username,
    '-ap': options.auth?.password,
    '-timeout': options.timeoutMs === undefined ? undefined : `${Math.ceil(options.timeoutMs / 1000)}s`,
    '-fd': 1,
    '-stf': join(folder, 'totals.csv'),
    '-error_file': join(folder, 'errors.log'),
  };
  const named = Object.entries(settings).flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]));
  const pairs = (flag: string, values: Readonly<Record<string, string>> = {}): string[] =>
    Object.entries(values).flatMap(([name, value]) => [flag, name, value]);
  const flags = ['-nostdin', '-trace_stat', '-trace_counts', '-trace_err', ...(options.timeoutMs === undefined ? [] : ['-timeout_error'])];
  return [
    ...remote,
    ...named,
    ...pairs('-key', options.keys),
    ...pairs('-set', options.variables),
    ...flags,
    // A machine that stands still is no error of the call; after enough of them sipp would even end itself.
    ...(options.tellsStalls === true ? [] : ['-watchdog_interval', '0']),
    ...(options.moreArguments ?? []),
  ];
}

async function readResult(folder: string, exitCode: number): Promise<SippResult> {
  const text = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
  const names = await readdir(folder);
  const ending = async (end: string): Promise<string> => text(join(folder, names.find((name) => name.endsWith(end)) ?? ''));
  const steps = parseSteps(await ending('_counts.csv'));
  const setupMs = parseSetupTimes(await ending('_rtt.csv'));
  const totals = parseTotals(await text(join(folder, 'totals.csv')));
  const errors = (await text(join(folder, 'errors.log'))).slice(0, 8192);
  await rm(folder, { recursive: true, force: true });
  const responses: Record<string, number> = {};
  for (const { message, direction, count } of steps) {
    if (direction === 'received' && /^\d/.test(message) && count > 0) responses[message] = (responses[message] ?? 0) + count;
  }
  return { ...totals, exitCode, steps, responses, setupMs, errors };
}

const isIpv6 = (host: string): boolean => host.includes(':');
const bracketed = (host: string): string => (isIpv6(host) ? `[${host}]` : host);

/** A UDP port that was free a moment ago. */
export async function freeUdpPort(host: string): Promise<number> {
  const socket = createSocket(isIpv6(host) ? 'udp6' : 'udp4');
  socket.bind(0, host);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/** Waits until the port is bound: read from /proc on Linux; elsewhere from the statistics file's existence. */
async function bound(child: ChildProcess, host: string, port: number, transport: 'udp' | 'tcp'): Promise<void> {
  const table = `/proc/net/${transport}${isIpv6(host) ? '6' : ''}`;
  if (!existsSync(table)) return void (await pause(500));
  const address = host
    .split('.')
    .reverse()
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
  // The kernel's own spelling of ::1, the one IPv6 address that tests use.
  const written = isIpv6(host) ? '00000000000000000000000001000000' : address;
  const entry = `${written}:${port.toString(16).padStart(4, '0').toUpperCase()} `;
  const deadline = Date.now() + readyTimeoutMs;
  while (child.exitCode === null && !readFileSync(table, 'latin1').includes(` ${entry}`)) {
    if (Date.now() > deadline) throw new Error(`sipp did not bind ${host}:${port}/${transport} within ${readyTimeoutMs} ms`);
    await pause(5);
  }
}
