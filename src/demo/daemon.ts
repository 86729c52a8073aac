import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownProgram } from '../kit/own-program.ts';
import { freePort } from './free-ports.ts';

/** What the demo needs of DATA_DIR/state.json. */
export interface DaemonState {
  readonly http_url: string;
  readonly sip_host: string;
  readonly sip_port: number;
  readonly admin_api_key: string;
  readonly services: Readonly<Record<string, string>>;
}

/** The product itself, started as anybody would start it. */
export interface Daemon {
  readonly state: DaemonState;
  /** Where its log goes. */
  readonly logFile: string;
  /** Resolves when it ends by itself. */
  readonly ended: Promise<number>;
  stop(): Promise<number>;
}

const START_MS_MAX = 90_000;
const LOOK_MS = 100;

/** Starts the daemon in a process of its own and waits until it is ready. */
export async function startDaemon(dataDir: string, say: (line: string) => void): Promise<Daemon> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const httpPort = await freePort(8080, 'HTTP', say);
  const sipPort = await freePort(5060, 'SIP', say);
  const logFile = join(dataDir, 'demo.log');
  const log = openSync(logFile, 'w', 0o600);
  const { file, execArgv } = ownProgram('main');
  const child = spawn(process.execPath, [...execArgv, file], {
    env: { ...process.env, DATA_DIR: dataDir, HTTP_PORT: String(httpPort), SIP_PORT: String(sipPort) },
    stdio: ['ignore', log, log, 'ipc'],
    // Ctrl-C goes to the demo, which drains the daemon in order.
    detached: true,
  });
  const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
  const state = await ready(child, dataDir, logFile);
  return {
    state,
    logFile,
    ended,
    stop() {
      if (child.exitCode === null) child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Ends with the daemon's own last words when it cannot start. */
export class DaemonFailed extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

async function ready(child: ChildProcess, dataDir: string, logFile: string): Promise<DaemonState> {
  const until = performance.now() + START_MS_MAX;
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new DaemonFailed(lastWords(logFile), child.exitCode);
    const state = readState(join(dataDir, 'state.json'));
    if (state !== null && (await isReady(state))) return state;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  child.kill('SIGTERM');
  throw new DaemonFailed(`not ready after ${START_MS_MAX / 1000} s; see ${logFile}`, 1);
}

function readState(path: string): DaemonState | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as DaemonState;
  } catch {
    return null;
  }
}

async function isReady({ http_url: url }: DaemonState): Promise<boolean> {
  return fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
    (answer) => answer.ok,
    () => false,
  );
}

/** The last line that is no JSON log line is what the daemon says to people. */
function lastWords(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n');
  return lines.findLast((line) => !line.startsWith('{')) ?? lines.at(-1) ?? 'the daemon ended without a word';
}
