import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { freePort, type ProgramRun, runProgram } from './program-run.ts';

/** Who a phone is and where it registers. */
export interface PhoneOptions {
  readonly name: string;
  readonly user: string;
  readonly domain: string;
  readonly password: string;
  readonly proxy: { readonly host: string; readonly port: number; readonly transport: 'udp' | 'tcp' | 'tls' };
  /** Authorities it trusts, PEM. */
  readonly authorities?: string;
}

/** What its control port told: `REGISTER_OK`, `CALL_ESTABLISHED`, `CALL_CLOSED` and the like. */
export interface PhoneEvent {
  readonly type: string;
  readonly direction?: string;
  readonly peeruri?: string;
  readonly param?: string;
}

/** A baresip of its own: answers by itself, and sends back what it hears. */
export interface Phone {
  readonly name: string;
  readonly run: ProgramRun;
  readonly events: readonly PhoneEvent[];
  /** Waits for the next event of a type that nobody has waited for yet. */
  next(type: string, ms?: number): Promise<PhoneEvent>;
  dial(uri: string): void;
  hangUp(): void;
  stop(): Promise<void>;
}

const MODULE_FOLDERS = ['/usr/lib/baresip/modules', '/usr/local/lib/baresip/modules', '/opt/homebrew/lib/baresip/modules'];

const configText = (options: PhoneOptions, controlPort: number): string => `poll_method epoll
sip_listen 127.0.0.1:0
${options.authorities === undefined ? '' : `sip_cafile ${options.authorities}\n`}call_local_timeout 30
call_max_calls 4
audio_source aubridge,${options.name}
audio_player aubridge,${options.name}
audio_path /nonexistent
module_path ${MODULE_FOLDERS.find((path) => existsSync(path)) ?? MODULE_FOLDERS[0]}
module g711.so
module aubridge.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${controlPort}
net_interface 127.0.0.1
rtp_stats yes
statmode_default off
`;

const accountText = ({ user, domain, password, proxy }: PhoneOptions): string =>
  `<sip:${user}@${domain};transport=${proxy.transport}>;auth_user=${user};auth_pass=${password};outbound="sip:${proxy.host}:${proxy.port};transport=${proxy.transport}";regint=600;answermode=auto\n`;

/** Starts a phone and returns once it has registered. */
export async function startPhone(folder: string, options: PhoneOptions): Promise<Phone> {
  const home = join(folder, options.name);
  mkdirSync(home);
  const controlPort = await freePort('127.0.0.1');
  writeFileSync(join(home, 'config'), configText(options, controlPort));
  writeFileSync(join(home, 'accounts'), accountText(options));
  writeFileSync(join(home, 'contacts'), '');
  const run = runProgram('baresip', ['-4', '-v', ...(process.env.SIP_TEST_LOG === undefined ? [] : ['-s']), '-f', home], home);
  try {
    await run.says(/TCP socket listening/);
    const phone = await phoneOf(options.name, run, controlPort);
    await run.says(/200 OK .*binding/);
    return phone;
  } catch (error) {
    await run.stop();
    throw error;
  }
}

async function phoneOf(name: string, run: ProgramRun, port: number): Promise<Phone> {
  const socket = connect(port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.on('error', () => {});
  const events = readEvents(socket);
  const waited = new Set<PhoneEvent>();
  const command = (word: string, params = ''): void => {
    const text = JSON.stringify({ command: word, params });
    socket.write(`${Buffer.byteLength(text)}:${text},`);
  };
  return {
    name,
    run,
    events,
    async next(type, ms = 10_000) {
      const deadline = performance.now() + ms;
      for (;;) {
        const found = events.find((event) => event.type === type && !waited.has(event));
        if (found !== undefined) {
          waited.add(found);
          return found;
        }
        if (performance.now() > deadline) throw new Error(`${name} told no ${type}:\n${run.log().slice(-3000)}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    dial: (uri) => command('dial', uri),
    hangUp: () => command('hangup'),
    async stop() {
      socket.destroy();
      await run.stop();
    },
  };
}

/** Netstrings of JSON, `12:{"a":"b"...},`. */
function readEvents(socket: Socket): PhoneEvent[] {
  const events: PhoneEvent[] = [];
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const colon = rest.indexOf(':');
      const length = Number(rest.subarray(0, Math.max(0, colon)).toString('latin1'));
      if (colon < 0 || rest.length < colon + length + 2) return;
      const message = JSON.parse(rest.subarray(colon + 1, colon + 1 + length).toString('utf8')) as PhoneEvent & {
        readonly event?: boolean;
      };
      rest = rest.subarray(colon + length + 2);
      if (message.event === true) events.push(message);
    }
  });
  return events;
}
