import { z } from 'zod';
import { anyText, choice, choices, decimal, flag, text } from './setting.ts';

/** Which processes there are, and how they live. */
export const processes = z.strictObject({
  dataDir: text('Directory of embedded data, secrets and state.json.', 'a path', anyText, { env: 'DATA_DIR' }),
  roles: choices('Roles to run; `agent` and `worker` may be given several times for several processes.', ['api', 'agent', 'worker'], {
    env: 'ROLES',
  }),
  mode: choice('One process per role, or one for all of them (tests).', ['children', 'single'], { env: 'PROCESS' }),
  drainSeconds: decimal('How long running calls and requests may take to end at shutdown, in seconds.', 0, 86_400, {
    env: 'DRAIN_SECONDS',
  }),
  logLevel: choice('Least severity that is logged.', ['debug', 'info', 'warn', 'error'], { env: 'LOG_LEVEL' }),
  clock: choice('`test` lets /admin/v1/test-clock move time; refused with DATABASE_URL.', ['system', 'test'], { env: 'CLOCK' }),
  allowTestClock: flag('Allow CLOCK=test on a PostgreSQL that is not embedded.', { env: 'ALLOW_TEST_CLOCK' }),
});
