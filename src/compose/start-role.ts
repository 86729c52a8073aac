import type { Config } from '../config/load-config.ts';
import type { Logger } from '../kit/log.ts';
import type { RunningRole } from './running-role.ts';
import { startAgent } from './start-agent.ts';
import { startApi } from './start-api.ts';
import { startWorker } from './start-worker.ts';

/** Starts one role in this process. */
export function startRole(role: 'api' | 'agent' | 'worker', config: Config, log: Logger): Promise<RunningRole> {
  const start = { api: startApi, agent: startAgent, worker: startWorker }[role];
  return start(config, log);
}
