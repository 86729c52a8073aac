import type { Logger } from '../../../src/kit/log.ts';
import { type EngineCounters, type EngineLimits, type SilentInvites, startEngine } from '../../../src/sip-engine/engine.ts';
import { DRACHTIO_BIN, startDrachtioServer } from '../../support/drachtio-server.ts';

/** The SIP server of a stage. */
export interface StageEngine {
  readonly sip: { readonly host: string; readonly port: number };
  readonly control: { readonly host: string; readonly port: number };
  /** What the embedded engine counts; throws on a drachtio-server, which tells its counts every 20 s at best. */
  counters(): EngineCounters;
  /** Whether no dialog is left; on a drachtio-server the parties' own look at their legs has to do. */
  hasNoDialogs(): boolean;
  stop(): Promise<void>;
}

export interface StageEngineOptions {
  readonly secret: string;
  readonly graceMs: number;
  readonly timers: { readonly t1Ms: number; readonly t2Ms: number; readonly t4Ms: number; readonly applicationSilenceMs?: number };
  readonly silentInvites?: SilentInvites;
  readonly limits?: Partial<EngineLimits>;
  /** Of the embedded engine; 127.0.0.1 when absent. */
  readonly sipHost?: string;
  /** For a test that compares them; else it is as `DRACHTIO_BIN` says. */
  readonly server?: 'embedded' | 'drachtio';
  readonly log: Logger;
}

// A machine that stands still is no overload; what overload does has tests of its own.
const CALM = { queueDelayMsMax: 60_000 };

/** Starts the embedded engine, or the drachtio-server that `DRACHTIO_BIN` names: this is the one place that decides for stages. */
export async function startStageEngine({
  secret,
  graceMs,
  timers,
  silentInvites,
  limits = {},
  log,
  ...options
}: StageEngineOptions): Promise<StageEngine> {
  if (DRACHTIO_BIN !== undefined && options.server !== 'embedded') {
    const server = await startDrachtioServer(DRACHTIO_BIN, { secret, timers });
    const counters = (): never => {
      throw new Error('a drachtio-server has no such counters: see only-on.ts');
    };
    return { ...server, counters, hasNoDialogs: () => true };
  }
  const invites = { ...(silentInvites === undefined ? {} : { silentInvites }), lostInvites: 'refuse' } as const;
  const engine = await startEngine({
    sipHost: options.sipHost ?? '127.0.0.1',
    sipPort: 0,
    controlSecret: secret,
    graceMs,
    timers,
    limits: { ...CALM, ...limits },
    ...invites,
    log,
  });
  return { ...engine, hasNoDialogs: () => engine.counters().dialogs === 0 };
}
