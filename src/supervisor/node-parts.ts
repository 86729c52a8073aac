import { join } from 'node:path';
import type { Config } from '../config/load-config.ts';
import type { Logger } from '../kit/log.ts';
import type { DataDir } from './data-dir.ts';
import { engineOptions } from './engine-options.ts';
import { forkChild } from './fork-child.ts';
import type { Incarnation, PartSpec } from './keep-running.ts';
import type { Secrets } from './secrets.ts';

/** What every Node child needs to be started. */
export interface NodePartFacts {
  readonly config: Config;
  /** The environment the supervisor was started with; children read the same settings from it. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly dataDir: DataDir;
  readonly secrets: Secrets;
  readonly output: 'inherit' | number;
  readonly onChange: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const READY_TIMEOUT_MS = 60_000;

/** The embedded SIP engine as a part (decision C9); it keeps its SIP and control ports across restarts. */
export function enginePart(facts: NodePartFacts): PartSpec {
  const { config } = facts;
  const launch = (last: Incarnation['info'] | undefined, signal: AbortSignal): Promise<Incarnation> => {
    const settings = engineOptions(config, facts.secrets.controlSecret, last);
    // Nothing but what it is told: the engine needs none of the other secrets.
    const env = { PATH: facts.env.PATH, TZ: facts.env.TZ, DIALPLANE_ENGINE: JSON.stringify(settings) };
    return forkChild({ ...common(facts, 'engine'), entry: 'sip-engine/main', env, stopTimeoutMs: config.engine.graceMs + 2000, signal });
  };
  return { name: 'engine', launch, onChange: facts.onChange, log: facts.log, signal: facts.signal };
}

/** Where the services of this system are, as the roles must know it. */
export interface ServiceAddresses {
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string;
  readonly drachtioUrl: string | undefined;
  readonly sipHost: string;
  readonly sipPort: number;
}

/** One child that runs `roles` (one, or all of them when PROCESS=single) as a part. */
export function rolePart(
  facts: NodePartFacts,
  name: string,
  roles: readonly string[],
  ownsHttpPort: boolean,
  at: ServiceAddresses,
): PartSpec {
  const launch = (last: Incarnation['info'] | undefined, signal: AbortSignal): Promise<Incarnation> => {
    const env = { ...facts.env, ...roleEnv(facts, at), DIALPLANE_ROLE: roles.join(','), DIALPLANE_INSTANCE: name };
    Object.assign(env, ownsHttpPort ? { DIALPLANE_FRONT: 'true', ...keptPorts(facts.config, last) } : innerPorts(facts.config));
    return forkChild({ ...common(facts, name), entry: 'role', env, stopTimeoutMs: 5000, signal });
  };
  return { name, launch, onChange: facts.onChange, log: facts.log, signal: facts.signal };
}

/** A child that is not the front listens where only this machine reaches it; OPS_PORT is the front's alone (decision C18). */
const innerPorts = ({ ops }: Config): NodeJS.ProcessEnv => ({
  HTTP_HOST: '127.0.0.1',
  HTTP_PORT: '0',
  ...(ops.port === undefined ? {} : { OPS_HOST: '127.0.0.1', OPS_PORT: '0' }),
});

/** The next life of the front listens where the last one did, also where the kernel chose. */
function keptPorts({ ops }: Config, last: Incarnation['info'] | undefined): NodeJS.ProcessEnv {
  if (last === undefined) return {};
  const own = { HTTP_PORT: portOf(String(last.probe_url)) };
  return ops.port === undefined ? own : { ...own, OPS_PORT: portOf(String(last.metrics_url)) };
}

const common = (facts: NodePartFacts, name: string) => ({
  name,
  cwd: facts.cwd,
  pidFile: join(facts.dataDir.runDir, `${name}.pid`),
  output: facts.output,
  readyTimeoutMs: READY_TIMEOUT_MS,
});

function roleEnv(facts: NodePartFacts, at: ServiceAddresses): NodeJS.ProcessEnv {
  const { config, secrets } = facts;
  return {
    DATA_DIR: config.process.dataDir,
    ADMIN_API_KEY: secrets.adminApiKey,
    SEALING_KEY: secrets.sealingKey,
    REDIS_URL: at.redisUrl,
    SIP_HOST: at.sipHost,
    SIP_PORT: String(at.sipPort),
    ...(at.databaseUrl === undefined ? {} : { DATABASE_URL: at.databaseUrl }),
    ...(at.drachtioUrl === undefined ? {} : { DRACHTIO_URL: at.drachtioUrl }),
    // The clock was judged against the user's own DATABASE_URL (decision B16); the embedded one may be moved in time.
    ...(config.process.clock === 'test' ? { ALLOW_TEST_CLOCK: 'true' } : {}),
  };
}

function portOf(url: string): string {
  const { port, protocol } = new URL(url);
  return port || (protocol === 'https:' ? '443' : '80');
}
