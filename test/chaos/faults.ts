import type { FaultKind, PlannedFault } from './schedule.ts';
import type { Site } from './site.ts';
import type { World } from './world.ts';

/** What faults need beside the system: how the product's clock is moved, and who is to know of what. */
export interface FaultDeps {
  readonly site: Site;
  readonly world: World;
  advanceClock(ms: number): Promise<void>;
  /** Redis is killed: it may come back without its newest writes. */
  doubtRedis(): void;
  agentKilled(): void;
}

/** Does one fault and resolves when its cause is over; the product may still be recovering then. */
export async function doFault(deps: FaultDeps, fault: PlannedFault): Promise<void> {
  await ACTS[fault.kind](deps, fault);
}

type Act = (deps: FaultDeps, fault: PlannedFault) => Promise<void>;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Signals a process by its pid alone; one that ended by itself is no fault. */
function signal(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const pidOf = (site: Site, part: string, nth: number): number | undefined => {
  const { pids } = site.state();
  return nth === 1 ? (pids[`${part}-2`] ?? pids[part]) : pids[part];
};

const killRole =
  (part: string): Act =>
  async ({ site }, { nth }) =>
    signal(pidOf(site, part, nth), 'SIGKILL');

/** SIGSTOP and SIGCONT of the same process; `pids` is asked once. */
const pausing =
  (pids: (site: Site, nth: number) => number | undefined): Act =>
  async ({ site }, { nth, holdMs }) => {
    const pid = pids(site, nth);
    signal(pid, 'SIGSTOP');
    await pause(holdMs);
    signal(pid, 'SIGCONT');
  };

const pauseRole = (part: string): Act => pausing((site, nth) => pidOf(site, part, nth));

const weather =
  (store: 'redis' | 'postgres', how: 'cut' | 'stall' | 'slow'): Act =>
  async ({ site }, { holdMs }) => {
    const { proxy } = site[store];
    if (how === 'slow') proxy.slow(100 + (holdMs % 400));
    else proxy[how]();
    await pause(holdMs);
    proxy.heal();
  };

const killRedis: Act = async ({ site, doubtRedis }) => {
  site.redis.proxy.cut();
  doubtRedis();
  await site.redis.killAndRestart();
  site.redis.proxy.heal();
};

const flush: Act = async ({ site }) => {
  await site.redisClient.flushall();
};

const killAgent: Act = async (deps, fault) => {
  await killRole('agent')(deps, fault);
  deps.agentKilled();
};

const loseSip: Act = async ({ world }, { holdMs }) => {
  Object.assign(world.line, { rates: { loss: 0.25, duplicate: 0.1, reorder: 0.2, reorderDelayMs: 60 } });
  await pause(holdMs);
  Object.assign(world.line, { rates: { loss: 0, duplicate: 0, reorder: 0, reorderDelayMs: 60 } });
};

const ACTS: Readonly<Record<FaultKind, Act>> = {
  'kill-api': killRole('api'),
  'kill-agent': killAgent,
  'kill-worker': killRole('worker'),
  'kill-engine': killRole('engine'),
  'kill-redis': killRedis,
  'kill-postgres': ({ site }) => site.postgres.killAndRestart(),
  'pause-api': pauseRole('api'),
  'pause-agent': pauseRole('agent'),
  'pause-worker': pauseRole('worker'),
  'pause-engine': pauseRole('engine'),
  'pause-redis': pausing((site) => site.redis.pid()),
  'pause-postgres': pausing((site) => site.postgres.pid()),
  flush,
  'cut-redis': weather('redis', 'cut'),
  'stall-redis': weather('redis', 'stall'),
  'slow-redis': weather('redis', 'slow'),
  'forget-redis': async ({ site }) => site.redis.proxy.forget(),
  'cut-postgres': weather('postgres', 'cut'),
  'stall-postgres': weather('postgres', 'stall'),
  'slow-postgres': weather('postgres', 'slow'),
  'lose-sip': loseSip,
  clock: ({ advanceClock }, { holdMs }) => advanceClock(holdMs),
};
