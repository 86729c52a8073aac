import { readFileSync } from 'node:fs';
import { jsonLogger } from '../../kit/log.ts';
import type { EngineLimits, EngineOptions } from '../../sip-engine/engine.ts';
import { type RunningEngine, runEngine } from '../../sip-engine/run-engine.ts';
import { parseListenAddress } from '../../sip-engine/transport/listen-address.ts';
import type { Command, Context } from '../command.ts';
import type { Given } from '../given.ts';
import { UsageError } from '../usage-error.ts';

const DRAIN_SECONDS = 5;
const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** A SIP server for drachtio applications, alone: no database, no Redis, no platform. */
export const sipEngineCommand: Command = {
  about: 'The SIP server alone, for any drachtio application.',
  actions: {
    '': {
      about: [
        'Serves until SIGTERM or Ctrl-C, then ends its calls with a BYE; a second signal ends it at once, SIGHUP reads the certificate again.',
        '--drain-seconds N   after SIGTERM new calls get 503, and those there are may go on this long (5)',
        '--session-expires N, --min-se N   session timer for calls nobody asks one for, in seconds (0: none), and the shortest agreed to (90)',
        '--sip ADDRESS       udp/0.0.0.0:5060, tcp/…, tls/…, ws/…, wss/…, IPv6 in brackets, ;external=address[:port] behind it; may be repeated',
        '--control ADDRESS   where applications connect (127.0.0.1:9022)',
        '--secret TEXT       what they have to say; others may see it in the list of processes: better --secret-file, or DIALPLANE_SIP_SECRET',
        '--external ADDRESS  told to peers in place of the bound address, but not to those of --local-network',
        '--tls-cert, --tls-key, --tls-ca   PEM files, read again when they change; --tls-insecure believes any server',
        '--nat off|private|always   callers reached where their UDP requests came from in place of their Contact (private: where that is private)',
        '--udp-max BYTES     larger requests go over TCP where they may (0: never)',
        '--trace-bytes N     keeps the latest messages of calls for applications that ask by the command `trace` (0: none)',
        '--hep HOST:PORT     tells a HEP3 collector every message, as --hep-id N; the password comes from HEP_PASSWORD',
      ].join('\n    '),
      options: {
        sip: { type: 'string', multiple: true },
        control: { type: 'string' },
        secret: { type: 'string' },
        'secret-file': { type: 'string' },
        external: { type: 'string' },
        'local-network': { type: 'string', multiple: true },
        'tls-cert': { type: 'string' },
        'tls-key': { type: 'string' },
        'tls-ca': { type: 'string' },
        'tls-insecure': { type: 'boolean' },
        'ws-origin': { type: 'string', multiple: true },
        dns: { type: 'string', multiple: true },
        nat: { type: 'string' },
        'udp-max': { type: 'string' },
        'drain-seconds': { type: 'string' },
        'session-expires': { type: 'string' },
        'min-se': { type: 'string' },
        'trace-bytes': { type: 'string' },
        hep: { type: 'string' },
        'hep-id': { type: 'string' },
        'log-level': { type: 'string' },
      },
      run: serve,
    },
  },
};

async function serve({ given, env, output }: Context): Promise<void> {
  const log = jsonLogger(given.choice('log-level', LOG_LEVELS) ?? 'warn', { role: 'sip-engine', pid: process.pid });
  const options: EngineOptions = { ...optionsOf(given, env), log };
  const drainMs = 1000 * (bounded(given, 'drain-seconds', 0, 86_400) ?? DRAIN_SECONDS);
  const running = await runEngine(options, log).catch((error: unknown) => {
    // An address, a certificate or a network that cannot be used: who wrote the line can mend it.
    throw new UsageError(`sip-engine: ${error instanceof Error ? error.message : String(error)}`);
  });
  const { engine, health } = running;
  const facts = { sip: engine.listeners, control: `${engine.control.host}:${engine.control.port}`, metrics: `${health.url}/metrics` };
  await output.told(facts, `SIP engine serves ${facts.sip.join(' ')}\ncontrol ${facts.control}, metrics ${facts.metrics}\n`);
  await untilToldToEnd(running, drainMs);
}

function untilToldToEnd({ leave }: RunningEngine, drainMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let told = false;
    const end = (signal: NodeJS.Signals): void => {
      if (told) process.exit(0);
      told = true;
      leave('stopped', signal === 'SIGINT' ? 0 : drainMs).then(resolve, reject);
    };
    process.on('SIGTERM', end);
    process.on('SIGINT', end);
  });
}

function optionsOf(given: Given, env: NodeJS.ProcessEnv): Omit<EngineOptions, 'log'> {
  const listen = given.texts('sip');
  if (listen.length === 0) throw new UsageError('sip-engine: --sip transport/address:port is needed, such as --sip udp/0.0.0.0:5060');
  for (const text of listen) {
    const read = parseListenAddress(text);
    if (!read.ok) throw new UsageError(`sip-engine: --sip ${read.error}`);
  }
  const [certificateFile, keyFile, authoritiesFile] = [given.text('tls-cert'), given.text('tls-key'), given.text('tls-ca')];
  if (listen.some((text) => /^(tls|wss)\//i.test(text)) && (certificateFile === undefined || keyFile === undefined)) {
    throw new UsageError('sip-engine: tls and wss addresses need --tls-cert and --tls-key');
  }
  const external = given.text('external');
  const [sessionExpires, minSe] = [bounded(given, 'session-expires', 0, 86_400), bounded(given, 'min-se', 90, 86_400)];
  const nat = given.choice('nat', ['off', 'private', 'always'] as const);
  const [origins, servers] = [given.texts('ws-origin'), given.texts('dns')];
  return {
    listen,
    ...controlOf(given.text('control') ?? '127.0.0.1:9022'),
    controlSecret: secretOf(given, env),
    ...(external === undefined ? {} : { externalAddress: external }),
    localNetworks: given.texts('local-network'),
    tls: { certificateFile, keyFile, authoritiesFile, verifyServers: !given.has('tls-insecure') },
    ...(origins.length === 0 ? {} : { wsOrigins: origins }),
    ...(servers.length === 0 ? {} : { dnsServers: servers }),
    ...(nat === undefined ? {} : { nat }),
    ...(sessionExpires === undefined ? {} : { sessionExpiresS: sessionExpires }),
    ...(minSe === undefined ? {} : { minSeS: minSe }),
    limits: limitsOf(given),
    ...hepOf(given, env),
  };
}

function limitsOf(given: Given): Partial<EngineLimits> {
  const [udpMax, traceMax] = [bounded(given, 'udp-max', 0, 65_535), bounded(given, 'trace-bytes', 0, 2 ** 32)];
  return {
    ...(udpMax === undefined ? {} : { udpRequestBytesMax: udpMax }),
    ...(traceMax === undefined ? {} : { traceBytesMax: traceMax }),
  };
}

function bounded(given: Given, name: string, min: number, max: number): number | undefined {
  const value = given.integer(name);
  if (value !== undefined && (value < min || value > max)) throw new UsageError(`sip-engine: --${name} is ${min} to ${max}`);
  return value;
}

function hepOf(given: Given, env: NodeJS.ProcessEnv): Pick<EngineOptions, 'hep'> {
  const target = given.text('hep');
  if (target === undefined) return {};
  const captureId = bounded(given, 'hep-id', 0, 0xffff_ffff) ?? 1;
  const password = env.HEP_PASSWORD;
  return { hep: { target, captureId, ...(password === undefined || password === '' ? {} : { password }) } };
}

function controlOf(text: string): { controlHost: string; controlPort: number } {
  const [, host, port] = /^\[?([0-9A-Za-z.:-]+?)\]?:([0-9]{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) throw new UsageError('sip-engine: --control is address:port');
  return { controlHost: host, controlPort: Number(port) };
}

/** The secret from the line, a file or the environment; there is no default, because whoever knows it makes calls. */
function secretOf(given: Given, env: NodeJS.ProcessEnv): string {
  const file = given.text('secret-file');
  let secret = given.text('secret') ?? env.DIALPLANE_SIP_SECRET ?? '';
  if (file !== undefined) {
    try {
      secret = readFileSync(file, 'utf8').trim();
    } catch {
      throw new UsageError(`sip-engine: --secret-file ${file} cannot be read`);
    }
  }
  if (secret === '') throw new UsageError('sip-engine: --secret, --secret-file or DIALPLANE_SIP_SECRET is needed');
  if (/[|\r\n#]/.test(secret)) throw new UsageError('sip-engine: the secret may hold no | and no line break');
  return secret;
}
