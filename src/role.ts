import { createLogger } from './compose/logger.ts';
import type { RunningRole } from './compose/running-role.ts';
import { startRole } from './compose/start-role.ts';
import { ConfigError } from './config/config-error.ts';
import { type Config, loadConfig } from './config/load-config.ts';
import { announceReady, onSupervisorGone, onSupervisorMessage, tellSupervisor } from './kit/child-process.ts';
import { bounded } from './kit/lifecycle.ts';

type Role = Parameters<typeof startRole>[0];

/** A child ends within 2 s when its supervisor vanishes (decision C18). */
const ORPHAN_MS = 1500;
const STOP_MS = 4000;

for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const running: RunningRole[] = [];
let drained: Promise<unknown> | undefined;
let ending = false;

const drain = (deadlineMs: number): Promise<unknown> => {
  drained ??= Promise.allSettled(running.map((role) => bounded(role.drain(deadlineMs), deadlineMs + 500, 'drain')));
  return drained;
};

async function end(code: number, stopMs: number): Promise<void> {
  if (ending) return;
  ending = true;
  await bounded(Promise.allSettled(running.map((role) => role.stop())), stopMs, 'stop').catch(() => {});
  process.exit(code);
}

onSupervisorGone(() => void end(1, ORPHAN_MS));
onSupervisorMessage((message) => {
  if (message.type === 'drain') void drain(message.deadlineMs).then(() => tellSupervisor({ type: 'drained' }));
});
// The supervisor alone orders the shutdown; an operator's SIGTERM to one child drains that child.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {
  const already = drained !== undefined || running.length === 0;
  void (already ? Promise.resolve() : drain(config().process.drainSeconds * 1000)).then(() => end(0, STOP_MS));
});

let loaded: Config | undefined;
function config(): Config {
  loaded ??= loadConfig(process.env, process.cwd());
  return loaded;
}

/** Several roles in one process (PROCESS=single): only the first may have HTTP_PORT and OPS_PORT. */
function behindFront(all: Config): Config {
  const inner = { host: '127.0.0.1', port: 0 };
  return { ...all, http: { ...all.http, ...inner }, ops: all.ops.port === undefined ? all.ops : { ...all.ops, ...inner } };
}

try {
  const roles = (process.env.DIALPLANE_ROLE ?? '').split(',') as Role[];
  const log = createLogger(config().process.logLevel, { role: process.env.DIALPLANE_INSTANCE ?? roles.join('+') });
  const fault = (error: unknown): void => {
    log.error('fault', { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    void end(1, ORPHAN_MS);
  };
  process.on('uncaughtException', fault);
  process.on('unhandledRejection', fault);
  for (const [index, role] of roles.entries()) {
    const own = index === 0 ? config() : behindFront(config());
    running.push(await startRole(role, own, roles.length === 1 ? log : log.child({ part: role })));
  }
  announceReady(Object.assign({}, ...running.toReversed().map((role) => role.info)) as Record<string, unknown>);
} catch (error) {
  const setUp = error instanceof ConfigError || (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  tellSupervisor({ type: 'failed', message: error instanceof Error ? error.message : String(error), exitCode: setUp ? 2 : 1 });
  await end(setUp ? 2 : 1, ORPHAN_MS);
}
