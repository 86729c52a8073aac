import { bounded } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { type Engine, type EngineOptions, startEngine } from './engine.ts';
import { type HealthServer, startHealthServer } from './health-server.ts';

const END_CALLS_MS = 4000;

/** An engine with its operations port, as one process runs it. */
export interface RunningEngine {
  readonly engine: Engine;
  readonly health: HealthServer;
  /** Takes no new calls, waits until none is left, at most `waitMs`, ends the rest with a BYE and closes everything; a second call changes nothing. */
  leave(why: string, waitMs: number): Promise<void>;
}

/** Starts an engine and its operations port; SIGHUP reads the certificates again. */
export async function runEngine(options: EngineOptions, log: Logger): Promise<RunningEngine> {
  const engine = await startEngine(options);
  let draining: Promise<void> | undefined;
  const health = await startHealthServer(
    () => engine.counters(),
    () => draining !== undefined,
  );
  const onHangUp = (): void => void engine.reloadCertificates();
  process.on('SIGHUP', onHangUp);
  const end = async (why: string, waitMs: number): Promise<void> => {
    log.info('engine ends', { why, waits_ms: waitMs });
    engine.drain(true);
    await idleFor(engine, waitMs);
    await close(engine, health, why, log);
    process.off('SIGHUP', onHangUp);
  };
  return {
    engine,
    health,
    leave: (why, waitMs) => {
      draining ??= end(why, waitMs);
      return draining;
    },
  };
}

/** Waits `ms`, or until no call is left. */
async function idleFor(engine: Engine, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    const { dialogs, pending } = engine.counters();
    if (dialogs + pending === 0) return;
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function close(engine: Engine, health: HealthServer, why: string, log: Logger): Promise<void> {
  for (const step of [() => engine.byeAll(why), () => engine.stop(), () => health.stop()]) {
    await bounded(step(), END_CALLS_MS, 'closing the engine').catch((error: unknown) =>
      log.warn('closing failed', { error: String(error) }),
    );
  }
}
