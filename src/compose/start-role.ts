import type { Config } from '../config/load-config.ts';
import type { Logger } from '../kit/log.ts';
import type { RunningRole } from './running-role.ts';

/** Starts one role in this process, which loads the modules of that role only: an agent needs none of the HTTP faces. */
export async function startRole(role: 'api' | 'agent' | 'worker', config: Config, log: Logger): Promise<RunningRole> {
  if (role === 'api') return (await import('./start-api.ts')).startApi(config, log);
  if (role === 'agent') return (await import('./start-agent.ts')).startAgent(config, log);
  return (await import('./start-worker.ts')).startWorker(config, log);
}
