import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { silentLogger } from '../../../src/kit/log.ts';
import { type Engine, type EngineOptions, startEngine } from '../../../src/sip-engine/engine.ts';
import { type Party, tcpParty, udpParty } from './party.ts';

// drachtio-srf's own types do not cover what it does.
// biome-ignore lint/suspicious/noExplicitAny: see above.
export type Srf = any;
const Srf: Srf = createRequire(import.meta.url)('drachtio-srf');

export const SECRET = 'test-secret';
/** 64*T1 = 1.28 s; what only absorbs copies ends earlier, so that each test can wait for empty tables. */
export const SHORT = { t1Ms: 20, t2Ms: 80, t4Ms: 60, requestLingerMs: 300, inviteLingerMs: 300, acceptedLingerMs: 400 };

/** One engine with its applications and parties; `close` proves that nothing is left behind. */
export interface Stage {
  readonly engine: Engine;
  app(): Promise<Srf>;
  /** Waits until the engine knows `routes` pairs of application and method. */
  serving(routes: number): Promise<void>;
  udp(): Promise<Party>;
  tcp(): Promise<Party>;
  /** Has this party closed with the stage. */
  keep<P extends Party>(party: P): P;
  /** Waits until no transaction, dialog, pending request or timer is left. */
  idle(deadlineMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts an engine with shortened timers on ports of the kernel's choice. */
export async function setStage(options: Partial<EngineOptions> = {}): Promise<Stage> {
  const engine = await startEngine({
    sipHost: '127.0.0.1',
    sipPort: 0,
    controlSecret: SECRET,
    graceMs: 100,
    log: silentLogger,
    ...options,
    timers: { ...SHORT, ...options.timers },
  });
  const apps: Srf[] = [];
  const parties: Party[] = [];
  const keep = <P extends Party>(party: P): P => {
    parties.push(party);
    return party;
  };
  const stage: Stage = {
    engine,
    app: async () => {
      const srf = await connectApplication(engine);
      apps.push(srf);
      return srf;
    },
    serving: (routes) =>
      until(
        () => engine.counters().routes >= routes,
        20_000,
        () => `routes ${engine.counters().routes}`,
      ),
    keep,
    udp: async () => keep(await udpParty()),
    tcp: async () => keep(await tcpParty()),
    idle: (deadlineMs = 20_000) =>
      until(
        () => isIdle(engine),
        deadlineMs,
        () => JSON.stringify(engine.counters()),
      ),
    close: async () => {
      try {
        await stage.idle();
        for (const party of parties) await party.close();
        await until(
          () => engine.counters().connections === 0,
          20_000,
          () => 'SIP connections left',
        );
      } finally {
        for (const srf of apps) vanish(srf);
        await engine.stop();
      }
    },
  };
  return stage;
}

function isIdle(engine: Engine): boolean {
  const { transactions, dialogs, pending, timers } = engine.counters();
  return transactions + dialogs + pending + timers === 0;
}

/** An unmodified drachtio-srf connected to the engine. */
export async function connectApplication(engine: Engine): Promise<Srf> {
  const srf = new Srf();
  srf.on('error', () => {});
  const connected = once(srf, 'connect');
  srf.connect({ host: '127.0.0.1', port: engine.control.port, secret: SECRET });
  await connected;
  return srf;
}

/** Polls a condition. */
export async function until(condition: () => boolean, deadlineMs: number, what: () => string): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`still not after ${deadlineMs} ms: ${what()}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

/** A text nobody used before. */
export const unique = (prefix: string): string => `${prefix}${randomBytes(6).toString('hex')}`;

/** The control connection of a drachtio-srf. */
export const socketOf = (srf: Srf): Srf => srf._app.client.mapServer.keys().next().value;

/** Sends a control command as this drachtio-srf; `reply` gets its answer's tokens. */
export function command(srf: Srf, line: string, reply: (tokens: string[]) => void = () => {}): void {
  const agent = srf._app.client;
  const id = agent.wp.send(socketOf(srf), line);
  agent.mapServer.get(socketOf(srf)).pendingRequests.set(id, reply);
}

/** Ends a drachtio-srf; `abruptly` as if its process had died. */
export function vanish(srf: Srf, abruptly = true): void {
  const socket = socketOf(srf);
  if (socket === undefined) return;
  srf.disconnect();
  if (abruptly) socket.destroy();
}
