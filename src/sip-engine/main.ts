import { announceReady, onSupervisorGone, tellSupervisor } from '../kit/child-process.ts';
import { jsonLogger } from '../kit/log.ts';
import type { EngineOptions } from './engine.ts';
import { runEngine } from './run-engine.ts';

/** What the supervisor hands over in `DIALPLANE_ENGINE`: the engine's options as JSON, without the logger. */
export interface EngineProcessOptions extends Omit<EngineOptions, 'log'> {
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
}

const GRACE_MS = 5000;

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
  const { engine, health, leave } = await runEngine({ ...options, log }, log);
  let leaving = false;
  const end = (why: string, waitMs: number): void => {
    // A second signal: now.
    if (leaving) process.exit(0);
    leaving = true;
    void leave(why, waitMs).then(() => process.exit(0));
  };
  process.on('SIGTERM', () => end('stopped', 0));
  process.on('SIGINT', () => end('stopped', 0));
  // It outlives its supervisor so that callers hear a BYE instead of silence (decision C9).
  onSupervisorGone(() => end('supervisor lost', options.graceMs ?? GRACE_MS));
  announceReady({
    sip_host: engine.sip.host,
    sip_port: engine.sip.port,
    sip_listen: engine.listeners,
    control_host: engine.control.host,
    control_port: engine.control.port,
    metrics_url: `${health.url}/metrics`,
  });
  log.info('engine serves', { sip: engine.listeners.join(' '), control: `${engine.control.host}:${engine.control.port}` });
}

run().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  // An address or a certificate that cannot be used is the operator's to mend, not ours to try again.
  tellSupervisor({ type: 'failed', message: `sip engine: ${message}`, exitCode: 2 });
  process.stderr.write(`sip engine: ${message}\n`);
  // The word to the supervisor has to leave first.
  setTimeout(() => process.exit(1), 100);
});
