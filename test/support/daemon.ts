import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive, isZombie } from '../../src/local/process-identity.ts';
import { compiled } from './program.ts';

/** The part of state.json that tests use. */
export interface DaemonState {
  readonly telnyx_public_key: string;
  readonly http_url: string;
  readonly sip_host: string;
  readonly sip_port: number;
  readonly admin_api_key: string;
  readonly database_url: string;
  readonly redis_url: string;
  readonly drachtio_url: string;
  readonly pid: number;
  readonly pids: Readonly<Record<string, number>>;
  readonly metrics_urls: Readonly<Record<string, string>>;
  readonly services: Readonly<Record<string, string>>;
}

/** How a daemon process ended and what it said. */
export interface DaemonExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A daemon started as people start it. */
export interface Daemon {
  readonly process: ChildProcess;
  readonly exited: Promise<DaemonExit>;
  /** Waits for state.json; throws with what the daemon said when it ends first. */
  state(): Promise<DaemonState>;
}

/** Databases and processes that start at once on a busy machine take their time. */
const START_MS = 150_000;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A fresh DATA_DIR and how to remove it. */
export function tempDataDir(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'dialplane-data-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** How a daemon is started other than as ourselves and directly. */
export interface DaemonOptions {
  readonly uid?: number;
  /** It ends when we do, however we end. */
  readonly held?: boolean;
  /** Started by `npm start`; `process` is then npm. */
  readonly byNpm?: boolean;
}

/** Starts what `npm start` starts when everything is compiled, on kernel ports with only the given settings. */
export function startDaemon(dataDir: string, env: Readonly<Record<string, string>> = {}, options: DaemonOptions = {}): Daemon {
  const { file, execArgv } = compiled('main');
  const [command, args] = options.byNpm === true ? ['npm', ['start']] : [process.execPath, [...execArgv, file]];
  const child = spawn(command, args, {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TMPDIR: process.env.TMPDIR,
      DATA_DIR: dataDir,
      HTTP_PORT: '0',
      SIP_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.held === true ? (['ipc'] as const) : [])],
    detached: true,
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  let ended = false;
  const exited = new Promise<DaemonExit>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = true;
      setImmediate(() => resolve({ code, signal, stdout, stderr }));
    });
  });
  const state = async (): Promise<DaemonState> => {
    // The state.json of a killed daemon stays until the next one is far enough to remove it: only this one's counts.
    const own = (): DaemonState | undefined =>
      readState(dataDir)?.pid === child.pid || options.byNpm === true ? readState(dataDir) : undefined;
    const found = await until(() => ended || own(), START_MS);
    if (found === true || found === undefined) throw new Error(`the daemon did not start:\n${stdout}\n${stderr}`);
    return found;
  };
  return { process: child, exited, state };
}

/** state.json as it is now, undefined when it is not there. */
export function readState(dataDir: string): DaemonState | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'state.json'), 'utf8')) as DaemonState;
  } catch {
    return undefined;
  }
}

/** Polls until `probe` gives something other than false or undefined; undefined at the deadline. */
export async function until<T>(probe: () => T | false | undefined | Promise<T | false | undefined>, ms: number): Promise<T | undefined> {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = await probe();
    if (found !== false && found !== undefined) return found;
    if (performance.now() > deadline) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Every process below `pid`, however deep. */
export function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const [child, parent] of processTable()) children.set(parent, [...(children.get(parent) ?? []), child]);
  const below = (parent: number): number[] => (children.get(parent) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

/** Those of `pids` that still run. A zombie is dead: only its parent has not collected it. */
export const aliveOf = (pids: readonly number[]): number[] => pids.filter((pid) => isAlive(pid) && !isZombie(pid));

function processTable(): [number, number][] {
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
    return lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as [number, number]];
      } catch {
        return [];
      }
    });
}
