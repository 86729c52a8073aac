import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { startDrachtioServer } from '../test/support/drachtio-server.ts';
import { builtModule, root as ownRoot } from './built.ts';

/** A SIP server that drachtio applications can join. */
export interface SipServer {
  readonly name: string;
  readonly sip: { readonly host: string; readonly port: number };
  readonly control: { readonly host: string; readonly port: number; readonly secret: string };
  readonly pid: number;
  stop(): Promise<void>;
}

const host = '127.0.0.1';
const secret = 'bench';
const startTimeoutMs = 15_000;

/** The compiled embedded engine of this tree, or of another one below `root`, as a process of its own. */
export async function startEngineProcess(name: string, root = ownRoot): Promise<SipServer> {
  const options = { sipHost: host, sipPort: 0, controlSecret: secret, logLevel: 'error' };
  const child = fork(builtModule('sip-engine/main', root), [], {
    execArgv: (process.env['BENCH_ENGINE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== ''),
    env: { ...process.env, DIALPLANE_ENGINE: JSON.stringify(options) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ info }] = (await once(child, 'message', { signal: AbortSignal.timeout(startTimeoutMs) })) as [{ info: EngineInfo }];
  return {
    name,
    sip: { host: info.sip_host, port: info.sip_port },
    control: { host: info.control_host, port: info.control_port, secret },
    pid: child.pid ?? 0,
    stop: () => end(child),
  };
}

interface EngineInfo {
  readonly sip_host: string;
  readonly sip_port: number;
  readonly control_host: string;
  readonly control_port: number;
}

/** A real drachtio-server from its program file. */
export async function startDrachtio(program: string): Promise<SipServer> {
  const { sip, control, process: child, stop } = await startDrachtioServer(program, { secret });
  return { name: 'drachtio-server', sip, control: { ...control, secret }, pid: child.pid ?? 0, stop };
}

/** Ends a child by SIGTERM, after five seconds by SIGKILL. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone.finally(() => clearTimeout(hard));
}
