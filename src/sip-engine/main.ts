import { announceReady, onSupervisorGone } from '../kit/child-process.ts';
import { bounded } from '../kit/lifecycle.ts';
import { jsonLogger, type Logger } from '../kit/log.ts';
import { type Engine, type EngineOptions, startEngine } from './engine.ts';
import { type HealthServer, startHealthServer } from './health-server.ts';

/** What the supervisor hands over in `DIALPLANE_ENGINE`: the engine's options as JSON, without the logger. */
export interface EngineProcessOptions extends Omit<EngineOptions, 'log'> {
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
}

const GRACE_MS = 5000;
const END_CALLS_MS = 4000;

function readOptions(): EngineProcessOptions {
  const text = process.env.DIALPLANE_ENGINE;
  // It holds the secret: no child and no crash report shall inherit it.
  delete process.env.DIALPLANE_ENGINE;
  if (text === undefined) throw new Error('DIALPLANE_ENGINE is not set');
  return JSON.parse(text) as EngineProcessOptions;
}

async function run(): Promise<void> {
  const options = readOptions();
  const log = jsonLogger(options.logLevel ?? 'info', { role: 'engine', pid: process.pid });
  const engine = await startEngine({ ...options, log });
  let draining = false;
  const health = await startHealthServer(
    () => engine.counters(),
    () => draining,
  );
  const leave = async (why: string, waitMs: number): Promise<void> => {
    if (draining) process.exit(0);
    draining = true;
    log.info('engine ends', { why });
    await idleFor(engine, waitMs);
    await close(engine, health, why, log);
    process.exit(0);
  };
  process.on('SIGTERM', () => void leave('stopped', 0));
  process.on('SIGINT', () => void leave('stopped', 0));
  // It outlives its supervisor so that callers hear a BYE instead of silence (decision C9).
  onSupervisorGone(() => void leave('supervisor lost', options.graceMs ?? GRACE_MS));
  announceReady({
    sip_host: engine.sip.host,
    sip_port: engine.sip.port,
    control_host: engine.control.host,
    control_port: engine.control.port,
    metrics_url: `${health.url}/metrics`,
  });
  log.info('engine serves', { sip: `${engine.sip.host}:${engine.sip.port}`, control: `${engine.control.host}:${engine.control.port}` });
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

run().catch((error: unknown) => {
  process.stderr.write(`sip engine: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
