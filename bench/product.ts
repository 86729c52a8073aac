import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type DrachtioAddress, parseDrachtioUrl } from '../src/config/drachtio-url.ts';
import { builtModule, root } from './built.ts';

/** What `DATA_DIR/state.json` says of a running daemon (design §8, decision C18). */
export interface ProductState {
  readonly http_url: string;
  readonly sip_host: string;
  readonly sip_port: number;
  readonly admin_api_key: string;
  readonly drachtio_url?: string;
  readonly pid: number;
  readonly pids?: Readonly<Record<string, number | readonly number[]>>;
  readonly version?: string;
}

/** An answer of the product's HTTP side. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A daemon started for one benchmark on kernel-chosen ports and an empty data folder. */
export interface Product {
  readonly state: ProductState;
  /** One request; `key` is an account's key, default the platform's. Throws on no answer within 10 s. */
  request(method: string, path: string, body?: unknown, key?: string): Promise<Answer>;
  /** `/metrics` as text. */
  metrics(): Promise<string>;
  /** Where further applications join its SIP server. */
  sipControl(): DrachtioAddress;
  /** Its processes by role, as they are now. */
  pids(): Record<string, readonly number[]>;
  /** Ends it and removes its data; rejects when it does not end with 0 within 20 s. */
  stop(): Promise<void>;
}

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;
const startTimeoutMs = 90_000;
const stopTimeoutMs = 20_000;

/** Starts the compiled program with `more` settings and waits until it is ready; its output goes to `logFile`. */
export async function startProduct(logFile: string, more: Readonly<Record<string, string>> = {}): Promise<Product> {
  const folder = await mkdtemp(join(tmpdir(), 'dialplane-bench-'));
  const log = createWriteStream(logFile);
  const settings = { HTTP_PORT: '0', SIP_PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'warn', ...more };
  const env = { ...process.env, ...settings };
  const program = ['--enable-source-maps', builtModule('main')];
  const child = spawn(process.execPath, program, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const life = { ended: false, code: null as number | null };
  const exited = once(child, 'exit').then(([code]) => Object.assign(life, { ended: true, code }));
  const killGroup = (): void => void (life.ended || process.kill(-(child.pid ?? 0), 'SIGKILL'));
  process.once('exit', killGroup);
  // A signal to the benchmark ends it without an exit event: the daemon would live on for ever.
  for (const [signal, code] of SIGNALS) process.once(signal, () => process.exit(code));
  const cleanUp = async (): Promise<void> => {
    process.off('exit', killGroup);
    killGroup();
    log.end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const state = await ready(join(folder, 'state.json'), () => life.ended, logFile);
    return productOf(state, join(folder, 'state.json'), async () => {
      process.kill(state.pid, 'SIGTERM');
      await Promise.race([exited, pause(stopTimeoutMs, undefined, { ref: false })]);
      await cleanUp();
      if (!life.ended || life.code !== 0) throw new Error(`the daemon did not end with 0 within ${stopTimeoutMs} ms; see ${logFile}`);
    });
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function ready(file: string, ended: () => boolean, logFile: string): Promise<ProductState> {
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline && !ended()) {
    const state = await readFile(file, 'utf8').then(
      (text) => JSON.parse(text) as ProductState,
      () => undefined,
    );
    if (state !== undefined) {
      const answer = await fetch(new URL('/readyz', state.http_url), { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
      if (answer?.status === 200) return state;
    }
    await pause(100);
  }
  throw new Error(`the daemon ${ended() ? 'ended' : `was not ready after ${startTimeoutMs} ms`}; see ${logFile}`);
}

function productOf(state: ProductState, stateFile: string, stop: () => Promise<void>): Product {
  const send = async (method: string, path: string, body?: unknown, key = state.admin_api_key): Promise<Response> =>
    fetch(new URL(path, state.http_url), {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
  return {
    state,
    stop,
    async request(method, path, body, key) {
      const response = await send(method, path, body, key);
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') === true;
      return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text };
    },
    sipControl() {
      const [server] = parseDrachtioUrl(state.drachtio_url ?? '', undefined) ?? [];
      if (server === undefined) throw new Error('the daemon does not say where its SIP server is');
      return server;
    },
    metrics: async () => (await send('GET', '/metrics')).text(),
    pids() {
      const { pids = { supervisor: state.pid } } = JSON.parse(readFileSync(stateFile, 'utf8')) as ProductState;
      return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, [pid].flat()]));
    },
  };
}

/** The body of an answer with the wanted status; otherwise throws saying what came. */
export function expectAnswer<T>(answer: Answer, status: number, what: string): T {
  if (answer.status === status) return answer.body as T;
  throw new Error(`${what}: expected ${status}, got ${answer.status} ${JSON.stringify(answer.body).slice(0, 400)}`);
}
