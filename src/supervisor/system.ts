import { rmSync } from 'node:fs';
import type { Config } from '../config/load-config.ts';
import type { ChildStatus, SupervisorMessage } from '../kit/child-process.ts';
import type { Logger } from '../kit/log.ts';
import { stopLeftovers } from '../local/leftovers.ts';
import { migrate } from '../store/migrate.ts';
import type { DataDir } from './data-dir.ts';
import { postgresPart, redisPart } from './embedded-services.ts';
import { engineUrl } from './engine-options.ts';
import { type KeptPart, keepRunning, type PartSpec } from './keep-running.ts';
import { enginePart, type NodePartFacts, rolePart, type ServiceAddresses } from './node-parts.ts';
import { writePrivateJson } from './private-json.ts';
import { describeState, type State } from './state.ts';

/** What a system is started from. */
export interface SystemFacts extends Omit<NodePartFacts, 'onChange' | 'signal'> {
  readonly onStep: (step: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** The started parts and what can be done with all of them. */
export interface System {
  readonly state: () => State;
  readonly children: () => Record<string, ChildStatus>;
  stop(): Promise<void>;
  abandon(): void;
}

/** Ends what a killed daemon left on this DATA_DIR; the engine is given its grace to say BYE first (decision C9). */
export async function endLeftovers(config: Config, dataDir: DataDir, log: Logger): Promise<void> {
  const selfMs = (name: string): number => (name === 'engine' ? config.engine.graceMs + 4500 : 2500);
  await stopLeftovers(dataDir.runDir, { selfMs, termMs: 3000 }, log);
}

/** Starts every part in order; on a failure or an abort ends what was started and throws. */
export async function startSystem(facts: SystemFacts): Promise<System> {
  const crew = new Crew(facts);
  try {
    await crew.startServices();
    await crew.startRoles();
  } catch (error) {
    await crew.stop(0);
    throw error;
  }
  return {
    state: () => crew.state(),
    children: () => crew.children(),
    stop: () => crew.stop(facts.config.process.drainSeconds * 1000),
    abandon: () => crew.abandon(),
  };
}

/** Stop order (decision C18): those who take calls first, those who hold data last. */
const RANK = ['agent', 'api', 'worker', 'roles', 'engine', 'redis', 'postgres'];
const rankOf = (name: string): number => RANK.indexOf(name.replace(/-\d+$/, ''));

class Crew {
  readonly #facts: SystemFacts;
  readonly #parts = new Map<string, KeptPart>();
  readonly #roleNames = new Set<string>();
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #startedAt = new Date();
  #complete = false;
  #stopping: Promise<void> | undefined;

  constructor(facts: SystemFacts) {
    this.#facts = facts;
    this.#signal = facts.signal === undefined ? this.#failed.signal : AbortSignal.any([this.#failed.signal, facts.signal]);
  }

  async startServices(): Promise<void> {
    const { config, onStep } = this.#facts;
    const facts = { ...this.#facts, ...this.#hooks() };
    const needsEngine = config.process.roles.includes('agent') && config.sip.drachtioUrl === undefined;
    const specs = [postgresPart(config, facts), redisPart(config, facts), needsEngine ? enginePart(facts) : undefined];
    onStep('starting PostgreSQL, Redis and the SIP engine');
    await this.#startAll(specs.filter((spec) => spec !== undefined));
    const databaseUrl = this.#addresses().databaseUrl;
    if (databaseUrl === undefined) return;
    onStep('bringing the schema up to date');
    await orAbort(migrate(databaseUrl, { log: this.#facts.log }), this.#signal);
  }

  async startRoles(): Promise<void> {
    const { config, onStep } = this.#facts;
    const facts = { ...this.#facts, ...this.#hooks() };
    const groups = config.process.mode === 'single' ? [{ name: 'roles', roles: config.process.roles }] : instances(config.process.roles);
    const owner = groups.find(({ roles }) => roles.includes('api')) ?? groups[0];
    for (const { name } of groups) this.#roleNames.add(name);
    onStep(`starting ${groups.map(({ name }) => name).join(', ')}`);
    await this.#startAll(groups.map((group) => rolePart(facts, group.name, group.roles, group === owner, this.#addresses())));
    this.#complete = true;
    this.#publish();
  }

  state(): State {
    const { config, secrets } = this.#facts;
    const infos = Object.fromEntries([...this.#parts].map(([name, part]) => [name, part.current()?.info ?? {}]));
    return describeState({ config, secrets, startedAt: this.#startedAt, addresses: this.#addresses(), children: this.children(), infos });
  }

  children(): Record<string, ChildStatus> {
    return Object.fromEntries([...this.#parts].map(([name, part]) => [name, part.status()]));
  }

  stop(drainMs: number): Promise<void> {
    this.#stopping ??= this.#stopAll(drainMs);
    return this.#stopping;
  }

  abandon(): void {
    this.#stopping ??= Promise.resolve();
    for (const [name, part] of this.#parts) {
      const pid = part.current()?.pid;
      // The engine sees us vanish and ends its calls within its grace; the watchdogs end Postgres and Redis cleanly.
      if (pid !== undefined && this.#roleNames.has(name)) process.kill(pid, 'SIGKILL');
    }
    rmSync(this.#facts.dataDir.stateFile, { force: true });
  }

  async #stopAll(drainMs: number): Promise<void> {
    const { log, dataDir } = this.#facts;
    this.#failed.abort();
    const roles = [...this.#parts.values()].filter((part) => this.#roleNames.has(part.name));
    if (drainMs > 0) await Promise.all(roles.map((part) => part.current()?.drain?.(drainMs)));
    for (const part of [...this.#parts.values()].sort((a, b) => rankOf(a.name) - rankOf(b.name))) {
      await part.stop().catch((error: Error) => log.error('part did not stop', { part: part.name, reason: error.message }));
    }
    rmSync(dataDir.stateFile, { force: true });
  }

  /** Starts parts side by side; the first failure calls the others off. */
  async #startAll(specs: readonly PartSpec[]): Promise<void> {
    let first: unknown;
    await Promise.all(
      specs.map(async (spec) => {
        try {
          this.#parts.set(spec.name, await keepRunning(spec));
        } catch (error) {
          first ??= error;
          this.#failed.abort();
        }
      }),
    );
    if (first !== undefined) throw first;
    this.#signal.throwIfAborted();
  }

  #hooks() {
    return { onChange: () => this.#publish(), signal: this.#signal };
  }

  /** Tells the children about each other, and the outside through state.json, once there is something to tell. */
  #publish(): void {
    if (!this.#complete || this.#stopping !== undefined) return;
    const message: SupervisorMessage = { type: 'children', children: this.children() };
    for (const name of this.#roleNames) this.#parts.get(name)?.current()?.send?.(message);
    try {
      writePrivateJson(this.#facts.dataDir.stateFile, this.state());
    } catch (error) {
      // A full disk is no reason to end the calls: the old state.json stays, with one pid that is out of date.
      this.#facts.log.error('state.json was not written', { reason: (error as Error).message });
    }
  }

  #addresses(): ServiceAddresses {
    const { config, secrets } = this.#facts;
    const info = (name: string): Readonly<Record<string, unknown>> | undefined => this.#parts.get(name)?.lastInfo();
    const engine = info('engine');
    return {
      databaseUrl: config.postgres.url ?? (info('postgres')?.url as string | undefined),
      redisUrl: config.redis.url ?? (info('redis')?.url as string),
      drachtioUrl: engine === undefined ? config.sip.drachtioUrl : engineUrl(secrets.controlSecret, engine.control_port),
      sipHost: (engine?.sip_host as string | undefined) ?? config.sip.host,
      sipPort: (engine?.sip_port as number | undefined) ?? config.sip.port,
    };
  }
}

/** Waits for `work`, or throws as soon as the start is called off: a migration may wait long for another starter's. */
async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new Error('start abandoned'));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  work.catch(() => {});
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** `agent, agent, worker` → processes named `agent`, `agent-2`, `worker`. */
function instances(roles: readonly string[]): { name: string; roles: readonly string[] }[] {
  const seen = new Map<string, number>();
  return roles.map((role) => {
    const nth = (seen.get(role) ?? 0) + 1;
    seen.set(role, nth);
    return { name: nth === 1 ? role : `${role}-${nth}`, roles: [role] };
  });
}
