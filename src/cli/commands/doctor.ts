import { ConfigError } from '../../config/config-error.ts';
import { type Config, loadConfig } from '../../config/load-config.ts';
import { isAlive } from '../../local/process-identity.ts';
import type { Command } from '../command.ts';
import { readState } from '../connection.ts';
import { type Check, looked } from '../doctor/check.ts';
import { checkDaemon, checkFreePorts } from '../doctor/check-daemon.ts';
import { checkNode } from '../doctor/check-node.ts';
import { checkPostgres } from '../doctor/check-postgres.ts';
import { checkRedis } from '../doctor/check-redis.ts';
import { checkSipServer } from '../doctor/check-sip-server.ts';
import { FailedCheck } from '../failed-check.ts';

/** `dialplane doctor`: whether the daemon would start here, or is well. */
export const doctorCommand: Command = {
  about: 'Looks whether the daemon would start here, or is well where it runs.',
  actions: {
    '': {
      about: 'Node, configuration, Postgres, Redis, SIP server and ports; exit code 1 when one of them is bad.',
      async run({ output, env, cwd }) {
        const checks: Check[] = [checkNode(process.versions.node)];
        const config = readConfig(env, cwd, checks);
        const found = readState(env, cwd);
        // A daemon that was killed leaves its state behind.
        const state = found?.pid !== undefined && isAlive(found.pid) ? found : null;
        if (config !== null) {
          checks.push(
            ...(await Promise.all([
              looked('postgres', () => checkPostgres(config.postgres.url ?? state?.database_url)),
              looked('redis', () => checkRedis(config.redis.url ?? state?.redis_url, env.PATH ?? '')),
              looked('sip server', () => checkSipServer(config, state)),
              looked('daemon', () => (state === null ? checkFreePorts(config) : checkDaemon(state))),
            ])),
          );
        }
        await output.list(checks, ['check', 'status', 'detail']);
        if (checks.some(({ status }) => status === 'bad')) throw new FailedCheck();
      },
    },
  },
};

function readConfig(env: NodeJS.ProcessEnv, cwd: string, checks: Check[]): Config | null {
  try {
    const config = loadConfig(env, cwd);
    checks.push({ check: 'configuration', status: 'ok', detail: `DATA_DIR ${config.process.dataDir}` });
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    checks.push({ check: 'configuration', status: 'bad', detail: error.message });
    return null;
  }
}
