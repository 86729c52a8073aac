import type { Logger } from '../kit/log.ts';
import type { ControlConnection } from './control/control-connection.ts';
import { startControlServer } from './control/control-server.ts';
import { RouteTable } from './control/route-table.ts';
import { runCommand } from './control/run-command.ts';
import { type EngineCounters, Tally } from './counters.ts';
import { createCore } from './create-core.ts';
import { endCalls } from './dialog/abandon-application.ts';
import type { Core } from './dialog/core.ts';
import { defaultLimits, type EngineLimits, type NatPolicy, type SilentInvites } from './settings.ts';
import type { Timer } from './transaction/scheduler.ts';
import type { SipTimers } from './transaction/sip-timers.ts';

export type { EngineCounters } from './counters.ts';
export type { EngineLimits, NatPolicy, SilentInvites } from './settings.ts';
export type { SipTimers } from './transaction/sip-timers.ts';

/** How to start an engine. */
export interface EngineOptions {
  readonly sipHost: string;
  /** UDP and TCP; 0 picks one number that is free on both. */
  readonly sipPort: number;
  /** Default 127.0.0.1: the control protocol is plain text and belongs on loopback. */
  readonly controlHost?: string;
  readonly controlPort?: number;
  readonly controlSecret: string;
  /** What peers are told in Via and Contact in place of the bound address. */
  readonly externalAddress?: string;
  /** How long an application may be gone before its calls are ended (decision C9). */
  readonly graceMs?: number;
  readonly timers?: Partial<SipTimers>;
  readonly limits?: Partial<EngineLimits>;
  /** Default `private`: peers with a private Contact are called back where their request came from. */
  readonly nat?: NatPolicy;
  readonly silentInvites?: SilentInvites;
  /** Requests that show one of these words are not answered; default: names of known scanners. */
  readonly scanners?: readonly string[];
  readonly log: Logger;
}

/** A running engine. */
export interface Engine {
  readonly sip: { readonly host: string; readonly port: number };
  readonly control: { readonly host: string; readonly port: number };
  counters(): EngineCounters;
  /** Closes every socket and forgets everything; nothing is sent any more. */
  stop(): Promise<void>;
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
  const { core, transport, stop } = await createCore(options, limits, tally, routes);
  const graces = new Map<ControlConnection, Timer>();
  const left = (connection: ControlConnection): void => {
    routes.removeAll(connection);
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
    hello: () => hello(core, options.sipHost),
    command: (connection, command) => runCommand(core, routes, connection, command),
    joined: (connection) => options.log.info('application connected', { application: connection.id }),
    left: (connection) => {
      options.log.info('application gone', { application: connection.id });
      left(connection);
    },
    drop: (reason) => tally.drop(reason),
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    sip: { host: options.sipHost, port: transport.port },
    control: { host: control.host, port: control.port },
    counters: () => count(core, tally, { connections: transport.connections, applications: control.applications, routes: routes.size }),
    byeAll: (reason) => endCalls(core, 'all', reason, core.timers.requestTimeoutMs),
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

function hello(core: Core, sipHost: string): string {
  const external = core.hostFor('192.0.2.1');
  const list = (host: string): string => `tcp/${host}:${core.port},udp/${host}:${core.port}`;
  return `${list(external)}|${VERSION}|${list(sipHost)}`;
}

function count(core: Core, tally: Tally, sizes: { connections: number; applications: number; routes: number }): EngineCounters {
  return {
    messages: tally.messages,
    retransmissions: tally.retransmissions,
    drops: new Map(tally.drops),
    transactions: core.transactions.size,
    dialogs: core.dialogs.size,
    pending: core.work.size + [...core.invites.values()].filter((invite) => !invite.settled).length,
    timers: core.scheduler.size,
    ...sizes,
  };
}
