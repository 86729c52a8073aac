import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type ApiAnswer, type ApiRequest, call as apiCall } from './api-call.ts';
import { tempDataDir, until } from './daemon.ts';
import { DRACHTIO_BIN, startDrachtioServer } from './drachtio-server.ts';
import { compiled } from './program.ts';

/** A SIP server in a process of its own. */
export interface FleetEngine {
  readonly sip: { readonly host: string; readonly port: number };
  readonly controlPort: number;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** One process of one role, without a supervisor: SIGTERM drains it, and nothing starts it again but `start`. */
export interface FleetMember {
  readonly name: string;
  readonly role: Role;
  /** Where it serves HTTP. */
  url(): string;
  pid(): number;
  readyz(): Promise<number>;
  /** SIGTERM, its end, and how long that took. */
  stop(): Promise<{ readonly code: number | null; readonly tookMs: number }>;
  /** Starts it again where it was; resolves when `/readyz` is 200. */
  start(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Removes what it kept on disk. */
  remove(): void;
}

export type Role = 'api' | 'agent' | 'worker';

/** Processes of several roles over one Postgres and one Redis. */
export interface Fleet {
  readonly engines: readonly FleetEngine[];
  readonly members: readonly FleetMember[];
  readonly adminKey: string;
  of(role: Role): readonly FleetMember[];
  member(name: string): FleetMember;
  /** A request to the first api that answers. */
  call(method: string, path: string, request?: ApiRequest): Promise<ApiAnswer>;
  /** As the platform, which must succeed. */
  admin(method: string, path: string, body?: unknown): Promise<ApiAnswer>;
  stop(): Promise<void>;
}

export interface FleetOptions {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly engines?: number;
  readonly api?: number;
  readonly agent?: number;
  readonly worker?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Options of embedded engines, such as `graceMs`. */
  readonly engineOptions?: Readonly<Record<string, unknown>>;
}

const CONTROL_SECRET = 'fleet-control-secret';
const own = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR };
/** Six processes that start at once on a busy machine take their time. */
const READY_MS = 150_000;
const STOP_MS = 25_000;

/** Starts engines and roles; after a failure nothing is left. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const engines: FleetEngine[] = [];
  const members: FleetMember[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.stop()));
    await Promise.all(engines.map((engine) => engine.stop()));
    for (const member of members) member.remove();
  };
  const adminKey = `fleet-${randomBytes(16).toString('hex')}`;
  try {
    for (let count = 0; count < (options.engines ?? 1); count += 1) engines.push(await startFleetEngine(options.engineOptions));
    const env = {
      LOG_LEVEL: process.env.FLEET_LOG ?? 'error',
      DATABASE_URL: options.databaseUrl,
      REDIS_URL: options.redisUrl,
      DRACHTIO_URL: `drachtio://${engines.map(({ controlPort }) => `:${CONTROL_SECRET}@127.0.0.1:${controlPort}`).join(',')}`,
      ADMIN_API_KEY: adminKey,
      SEALING_KEY: randomBytes(32).toString('base64'),
      // A busy machine looks at /readyz late.
      HTTP_DRAIN_LEAD_MS: '3000',
      ...options.env,
    };
    const wanted = (['worker', 'api', 'agent'] as const).flatMap((role) =>
      Array.from({ length: options[role] ?? 1 }, (_, at) => createMember(`${role}-${at + 1}`, role, env)),
    );
    members.push(...wanted);
    // The first alone: it makes the plane. The others at once, as a machine's boot starts them.
    await wanted[0]?.start();
    await Promise.all(wanted.slice(1).map((member) => member.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  const of = (role: Role): FleetMember[] => members.filter((member) => member.role === role);
  const call: Fleet['call'] = async (method, path, request) => {
    let last: unknown;
    for (const api of of('api')) {
      try {
        return await apiCall(api.url(), method, path, request);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  };
  return {
    engines,
    members,
    adminKey,
    of,
    member: (name) => members.find((member) => member.name === name) as FleetMember,
    call,
    async admin(method, path, body) {
      const answer = await call(method, `/admin/v1${path}`, { key: adminKey, ...(body === undefined ? {} : { body }) });
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      return answer;
    },
    stop,
  };
}

/** Starts one engine process, or the drachtio-server that `DRACHTIO_BIN` names, on the ports given or of the kernel's choice. */
export async function startFleetEngine(more: Readonly<Record<string, unknown>> = {}): Promise<FleetEngine> {
  if (DRACHTIO_BIN !== undefined) {
    const ports = { sipPort: Number(more.sipPort ?? 0), controlPort: Number(more.controlPort ?? 0) };
    const server = await startDrachtioServer(DRACHTIO_BIN, { secret: CONTROL_SECRET, ...ports });
    return { ...server, controlPort: server.control.port };
  }
  const settings = {
    sipHost: '127.0.0.1',
    sipPort: 0,
    controlPort: 0,
    controlSecret: CONTROL_SECRET,
    silentInvites: 'forget',
    lostInvites: 'refuse',
    ...more,
  };
  const { file, execArgv } = compiled('sip-engine/main');
  const child = fork(file, [], {
    env: { PATH: process.env.PATH, DIALPLANE_ENGINE: JSON.stringify({ logLevel: 'error', ...settings }) },
    execArgv,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const info = await told(child, 'the engine');
  return {
    sip: { host: String(info.sip_host), port: Number(info.sip_port) },
    controlPort: Number(info.control_port),
    process: child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** One process, not started yet. `env`: what its role needs. */
export function createMember(name: string, role: Role, env: Readonly<Record<string, string>>): FleetMember {
  const dir = tempDataDir();
  let child: ChildProcess | undefined;
  let info: Readonly<Record<string, string>> = {};
  const readyz = (): Promise<number> =>
    fetch(new URL('/readyz', info.metrics_url), { signal: AbortSignal.timeout(3000) }).then(
      ({ status }) => status,
      () => 0,
    );
  const end = async (signal: NodeJS.Signals): Promise<{ code: number | null; tookMs: number }> => {
    const from = performance.now();
    const ending = child;
    if (ending === undefined) return { code: 0, tookMs: 0 };
    child = undefined;
    if (ending.exitCode === null && ending.signalCode === null) {
      const hard = setTimeout(() => ending.kill('SIGKILL'), STOP_MS);
      const ended = once(ending, 'exit');
      ending.kill(signal);
      await ended.finally(() => clearTimeout(hard));
    }
    return { code: ending.exitCode, tookMs: Math.round(performance.now() - from) };
  };
  return {
    name,
    role,
    url: () => info.http_url ?? info.metrics_url?.replace(/\/metrics$/, '') ?? '',
    pid: () => child?.pid ?? 0,
    readyz,
    async start() {
      // An api keeps its port, because its clients know it.
      const port = role === 'api' && info.http_url !== undefined ? new URL(info.http_url).port : '0';
      const { file, execArgv } = compiled('role');
      const started = fork(file, [], {
        env: { ...own, ...env, DATA_DIR: dir.path, HTTP_PORT: port, ROLES: role, DIALPLANE_ROLE: role, DIALPLANE_INSTANCE: name },
        execArgv,
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      child = started;
      info = await told(started, name);
      if ((await until(async () => (await readyz()) === 200, READY_MS)) === undefined) throw new Error(`${name} did not become ready`);
    },
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    remove: dir.remove,
  };
}

/** What a process of ours tells when it serves. */
async function told(child: ChildProcess, name: string): Promise<Record<string, string>> {
  const [message] = (await Promise.race([
    once(child, 'message', { signal: AbortSignal.timeout(READY_MS) }),
    once(child, 'exit').then(([code]) => [{ type: `ended with ${code}` }]),
  ])) as [{ type: string; message?: string; info?: Record<string, string> }];
  if (message.info === undefined) throw new Error(`${name} did not start: ${message.type} ${message.message ?? ''}`);
  return message.info;
}
