import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The program of a real drachtio-server. Where it is named, call tests run on it in the place of the embedded engine (invariant 15),
 * each on servers of its own, on ports of the kernel's choice.
 */
export const DRACHTIO_BIN: string | undefined = process.env.DRACHTIO_BIN === '' ? undefined : process.env.DRACHTIO_BIN;

/** A real drachtio-server in a process of its own. */
export interface DrachtioServer {
  readonly sip: { readonly host: string; readonly port: number };
  readonly control: { readonly host: string; readonly port: number };
  readonly process: ChildProcess;
  /** SIGTERM, after five seconds SIGKILL. */
  stop(): Promise<void>;
}

export interface DrachtioOptions {
  readonly secret: string;
  /** 0 or absent: one that is free. */
  readonly sipPort?: number;
  readonly controlPort?: number;
  /** Milliseconds, as our engine has them; 64*T1 goes with T1 (RFC 3261 §17.1.1.2). */
  readonly timers?: { readonly t1Ms: number; readonly t2Ms: number; readonly t4Ms: number };
}

const HOST = '127.0.0.1';
const START_MS = 20_000;
const STARTS_MAX = 3;

/** Starts `program` and waits until it answers SIP. A port that somebody else took meanwhile is tried for again. */
export async function startDrachtioServer(program: string, options: DrachtioOptions): Promise<DrachtioServer> {
  for (let start = 1; ; start += 1) {
    const sipPort = options.sipPort || (await freePort('both'));
    const controlPort = options.controlPort || (await freePort('tcp'));
    const folder = mkdtempSync(join(tmpdir(), 'dialplane-drachtio-'));
    const file = join(folder, 'drachtio.conf.xml');
    writeFileSync(file, configOf({ ...options, sipPort, controlPort }), { mode: 0o600 });
    const child = spawn(program, ['--file', file], { stdio: LOG_LEVEL === undefined ? 'ignore' : 'inherit' });
    endWithUs(child);
    child.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    if (await answersSip(child, sipPort)) {
      return { sip: { host: HOST, port: sipPort }, control: { host: HOST, port: controlPort }, process: child, stop: () => end(child) };
    }
    await end(child);
    if (start === STARTS_MAX) throw new Error(`${program} does not answer SIP`);
  }
}

/** A test process may be killed: a shell that waits for the end of its input, which is ours, then kills the server. */
function endWithUs(child: ChildProcess): void {
  const guard = spawn('sh', ['-c', `read -r _; kill -9 ${child.pid}`], { stdio: ['pipe', 'ignore', 'ignore'] });
  guard.stdin.on('error', () => {});
  guard.unref();
  (guard.stdin as Socket).unref();
  child.once('exit', () => guard.kill('SIGKILL'));
}

/** For whoever looks for a fault: `debug` shows everything it does. */
const LOG_LEVEL = process.env.DRACHTIO_LOG;

/** Loopback only: its control port takes commands without the secret (decision C9's server, drachtio.md §1.2). */
const configOf = ({ secret, sipPort, controlPort, timers }: DrachtioOptions): string => `<drachtio>
  <admin port="${controlPort}" secret="${secret}">${HOST}</admin>
  <sip>
    <contacts><contact>sip:${HOST}:${sipPort};transport=udp,tcp</contact></contacts>${timersOf(timers)}
  </sip>
  <logging><console/><sofia-loglevel>${LOG_LEVEL === undefined ? 0 : 3}</sofia-loglevel><loglevel>${LOG_LEVEL ?? 'error'}</loglevel></logging>
</drachtio>
`;

const timersOf = (timers: DrachtioOptions['timers']): string =>
  timers === undefined
    ? ''
    : `\n    <timers><t1>${timers.t1Ms}</t1><t2>${timers.t2Ms}</t2><t4>${timers.t4Ms}</t4><t1x64>${64 * timers.t1Ms}</t1x64></timers>`;

/** Asks until anything comes back: without an application a drachtio-server says 503. */
async function answersSip(child: ChildProcess, port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  socket.on('error', () => {}).bind(0, HOST);
  await once(socket, 'listening');
  const own = `${HOST}:${socket.address().port}`;
  const ask = (count: number): string =>
    [
      `OPTIONS sip:${HOST}:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP ${own};branch=z9hG4bKstart${count};rport`,
      'Max-Forwards: 70',
      `From: <sip:start@${own}>;tag=start${count}`,
      `To: <sip:${HOST}:${port}>`,
      `Call-ID: start${count}@${own}`,
      'CSeq: 1 OPTIONS',
      'Content-Length: 0\r\n\r\n',
    ].join('\r\n');
  const answered = once(socket, 'message').then(() => true);
  const deadline = performance.now() + START_MS;
  try {
    for (let count = 0; child.exitCode === null && child.signalCode === null && performance.now() < deadline; count += 1) {
      socket.send(ask(count), port, HOST);
      let timer: NodeJS.Timeout | undefined;
      const later = new Promise<boolean>((resolve) => {
        timer = setTimeout(resolve, 50, false);
      });
      if (await Promise.race([answered, later]).finally(() => clearTimeout(timer))) return true;
    }
    return false;
  } finally {
    socket.close();
  }
}

/** A port that was free a moment ago, on TCP or on TCP and UDP. */
async function freePort(kind: 'tcp' | 'both'): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, HOST);
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const socket = createSocket('udp4');
    const bound =
      kind === 'tcp' ||
      (await new Promise<boolean>((resolve) => {
        socket.once('error', () => resolve(false));
        socket.bind(port, HOST, () => resolve(true));
      }));
    socket.close();
    server.close();
    await once(server, 'close');
    if (bound) return port;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone.finally(() => clearTimeout(hard));
}
