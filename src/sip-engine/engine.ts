import type { Logger } from '../kit/log.ts';
import type { Protocol } from '../kit/sip-names/sip-transport.ts';
import type { ControlConnection } from './control/control-connection.ts';
import { startControlServer } from './control/control-server.ts';
import { RouteTable } from './control/route-table.ts';
import { runCommand } from './control/run-command.ts';
import { type EngineCounters, type OperatorCounters, Tally } from './counters.ts';
import { createCore } from './create-core.ts';
import { endCalls, offerAgain } from './dialog/abandon-application.ts';
import type { Core } from './dialog/core.ts';
import { defaultLimits, type EngineLimits, type LostInvites, type NatPolicy, type SilentInvites } from './settings.ts';
import type { HepSettings } from './trace/hep-exporter.ts';
import type { Timer } from './transaction/scheduler.ts';
import type { SipTimers } from './transaction/sip-timers.ts';
import type { TlsSettings } from './transport/certificates.ts';
import type { Listener, SentBy } from './transport/listener.ts';
import type { TransportLayer } from './transport/transport-layer.ts';

export type { Protocol } from '../kit/sip-names/sip-transport.ts';
export type { EngineCounters } from './counters.ts';
export type { EngineLimits, NatPolicy, SilentInvites } from './settings.ts';
export type { HepSettings } from './trace/hep-exporter.ts';
export type { SipTimers } from './transaction/sip-timers.ts';
export type { TlsSettings } from './transport/certificates.ts';

/** How to start an engine. */
export interface EngineOptions {
  /** Default 127.0.0.1. */
  readonly sipHost?: string;
  /** UDP and TCP; 0 picks one number that is free on both. Default 5060. */
  readonly sipPort?: number;
  /** Where to listen in place of `sipHost` and `sipPort`: `udp/0.0.0.0:5060`, `tls/[::]:5061;external=203.0.113.5` … */
  readonly listen?: readonly string[];
  /** CIDRs whose members are told bound addresses and never external ones. */
  readonly localNetworks?: readonly string[];
  readonly tls?: TlsSettings;
  /** Origins of web pages whose scripts may connect by WebSocket; without it any. */
  readonly wsOrigins?: readonly string[];
  /** Name servers as `address[:port]`; without it the system's, its hosts file and its search domains. */
  readonly dnsServers?: readonly string[];
  /** Default 127.0.0.1: the control protocol is plain text and belongs on loopback. */
  readonly controlHost?: string;
  readonly controlPort?: number;
  readonly controlSecret: string;
  /** What peers are told in Via and Contact in place of the bound address, where a listener has no external address of its own. */
  readonly externalAddress?: string;
  /** How long an application may be gone before its calls are ended (decision C9). */
  readonly graceMs?: number;
  readonly timers?: Partial<SipTimers>;
  readonly limits?: Partial<EngineLimits>;
  /** Default `private`: peers with a private Contact are called back where their request came from. */
  readonly nat?: NatPolicy;
  readonly silentInvites?: SilentInvites;
  /** INVITEs about which a lost application had not said a word: another one gets them, or, `refuse`, they end with its calls. */
  readonly lostInvites?: LostInvites;
  /** Session-Expires to ask for where neither an application nor the far side does (RFC 4028); 0, the default: none. */
  readonly sessionExpiresS?: number;
  /** Min-SE: shorter sessions get 422. Default and least 90. */
  readonly minSeS?: number;
  /** Requests that show one of these words are not answered; default: names of known scanners. */
  readonly scanners?: readonly string[];
  /** What they hear: nothing, the default, or 603, as drachtio-server can be told to say. */
  readonly scannersGet?: 'silence' | 603;
  /** A collector that is told every message by HEP3; without it nobody. */
  readonly hep?: HepSettings;
  readonly log: Logger;
}

/** A running engine. */
export interface Engine {
  /** The first listener. */
  readonly sip: { readonly host: string; readonly port: number };
  /** Every listener as `EngineOptions.listen` takes it, with the bound port. */
  readonly listeners: readonly string[];
  /** The bound port of the first listener of that transport; undefined when there is none. */
  portOf(protocol: Protocol): number | undefined;
  readonly control: { readonly host: string; readonly port: number };
  counters(): EngineCounters;
  /** Reads the certificate files again for new connections; false when they are bad, and the old ones stay. */
  reloadCertificates(): boolean;
  /** Closes every socket and forgets everything; nothing is sent any more. */
  stop(): Promise<void>;
  /** Takes no new requests from the network: they get 503 with Retry-After, and what there is lives to its end (decision C19). */
  drain(on: boolean): void;
  /** Ends every call on both sides; resolves when all have answered, at the latest after Timer F. */
  byeAll(reason: string): Promise<void>;
}

const GRACE_MS = 5000;
// A version of at least 0.8.2 makes drachtio-srf ping.
const VERSION = 'v0.9.10-embedded';

/** Starts a SIP server for drachtio applications. Rejects when an address cannot be bound. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const limits = { ...defaultLimits, ...options.limits };
  const tally = new Tally();
  const routes = new RouteTable();
  const { core, transport, operator, stop } = await createCore(options, limits, tally, routes);
  const graces = new Map<ControlConnection, Timer>();
  const offers = options.lostInvites !== 'refuse';
  const left = (connection: ControlConnection): void => {
    routes.removeAll(connection);
    if (offers) offerAgain(core, connection);
    graces.set(
      connection,
      core.scheduler.after(options.graceMs ?? GRACE_MS, () => expire(core, connection, graces)),
    );
  };
  const control = await startControlServer({
    host: options.controlHost ?? '127.0.0.1',
    port: options.controlPort ?? 0,
    secret: options.controlSecret,
    limits,
    hello: () => hello(transport.listeners),
    command: (connection, command) => {
      const known = runCommand(core, routes, operator, connection, command);
      // Whoever comes now takes over what waits.
      if (offers && command.tokens[0] === 'route') for (const lost of graces.keys()) offerAgain(core, lost);
      return known;
    },
    joined: (connection) => options.log.info('application connected', { application: connection.id }),
    left: (connection) => {
      options.log.info('application gone', { application: connection.id });
      left(connection);
    },
    drop: (reason) => tally.drop(reason),
    fault: (error) =>
      options.log.error('command failed', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    sip: { host: transport.listeners[0]?.host ?? '', port: transport.listeners[0]?.port ?? 0 },
    listeners: transport.listeners.map(String),
    portOf: (protocol) => transport.listeners.find((listener) => listener.protocol === protocol)?.port,
    control: { host: control.host, port: control.port },
    counters: () => ({
      ...count(core, tally, transport, { applications: control.applications, routes: routes.size }),
      ...operator.counters(),
    }),
    drain: (on) => {
      core.draining = on;
    },
    byeAll: (reason) => endCalls(core, 'all', reason, core.timers.requestTimeoutMs),
    reloadCertificates: () => transport.reloadCertificates(),
    stop: async () => {
      await control.stop();
      for (const timer of graces.values()) timer.cancel();
      await stop();
    },
  };
}

function expire(core: Core, connection: ControlConnection, graces: Map<ControlConnection, Timer>): void {
  graces.delete(connection);
  void endCalls(core, connection, 'Application lost', core.timers.requestTimeoutMs);
}

/** `hostports|version|localHostPorts`: as the world is told, and as bound. */
function hello(listeners: readonly Listener[]): string {
  const list = (of: (listener: Listener) => SentBy): string =>
    listeners.map((listener) => `${listener.protocol}/${of(listener).host}:${of(listener).port}`).join(',');
  return `${list((listener) => listener.outside)}|${VERSION}|${list((listener) => listener.inside)}`;
}

function count(
  core: Core,
  tally: Tally,
  transport: TransportLayer,
  sizes: { readonly applications: number; readonly routes: number },
): Omit<EngineCounters, keyof OperatorCounters> {
  return {
    messages: tally.messages,
    messagesByTransport: tally.byTransport,
    retransmissions: tally.retransmissions,
    repeats: core.transactions.repeats,
    timeouts: tally.timeouts,
    transactionsBegun: new Map(core.transactions.begun),
    dialogsBegun: new Map(core.dialogs.begun),
    failovers: tally.failovers,
    connections: transport.connections,
    connectionEvents: new Map(transport.tally.counts),
    connectionsByProtocol: transport.connectionsByProtocol,
    drops: new Map(tally.drops),
    transactions: core.transactions.size,
    dialogs: core.dialogs.size,
    pending: core.work.size + core.proxying.size + [...core.invites.values()].filter((invite) => !invite.settled).length,
    timers: core.scheduler.size,
    ...sizes,
  };
}
