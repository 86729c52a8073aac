import { loadConfig } from '../../config/load-config.ts';
import { migrate } from '../../store/migrate.ts';
import type { Command } from '../command.ts';
import { readState } from '../connection.ts';
import { UsageError } from '../usage-error.ts';

/** `dialplane migrate`: the schema brought up to date, as every start of the daemon does. */
export const migrateCommand: Command = {
  about: 'Brings the schema of DATABASE_URL up to date.',
  actions: {
    '': {
      about: 'DATABASE_URL, else the database of the daemon that runs on DATA_DIR. Others who start at the same time wait.',
      async run({ output, env, cwd }) {
        const url = loadConfig(env, cwd).postgres.url ?? readState(env, cwd)?.database_url;
        if (url === undefined) throw new UsageError('DATABASE_URL is not set and no daemon runs on DATA_DIR');
        const { applied } = await migrate(url);
        await output.told({ applied }, applied.length === 0 ? 'the schema is up to date\n' : `${applied.join('\n')}\n`);
      },
    },
  },
};
