import { resealSecrets } from '../../compose/reseal-secrets.ts';
import { loadConfig } from '../../config/load-config.ts';
import { silentLogger } from '../../kit/log.ts';
import type { Command } from '../command.ts';
import { readState } from '../connection.ts';
import { Failure } from '../failure.ts';
import { UsageError } from '../usage-error.ts';

const TOKENS = 'tokens must be said anew (identify_by.token.value) before SEALING_KEY_PREVIOUS goes, of the trunk groups';

/** `dialplane reseal`: the step behind a new SEALING_KEY after which the one before it is needed no more. */
export const resealCommand: Command = {
  about: 'Seals stored secrets with SEALING_KEY that a key of SEALING_KEY_PREVIOUS sealed.',
  actions: {
    '': {
      about: 'In DATABASE_URL, else the database of the daemon that runs on DATA_DIR. May be begun again at any time; calls go on.',
      async run({ output, env, cwd }) {
        const { postgres, auth } = loadConfig(env, cwd);
        const url = postgres.url ?? readState(env, cwd)?.database_url;
        if (url === undefined) throw new UsageError('DATABASE_URL is not set and no daemon runs on DATA_DIR');
        const { sealingKey: current, sealingKeyPrevious: previous } = auth;
        if (current === undefined) throw new UsageError('SEALING_KEY is not set: it is the key to seal with');
        const text = (so: Awaited<ReturnType<typeof resealSecrets>>): string =>
          `sealed anew: ${so.logins} logins, ${so.trunkGroups} trunk groups, ${so.webhooks} webhooks, ${so.endpoints} endpoints`;
        const done = await resealSecrets(url, { current, previous }, silentLogger, (so) => output.progress(text(so)));
        await output.told(done, `${text(done)}\n`);
        const left = [
          ...(done.unreadable > 0 ? [`${done.unreadable} secrets are sealed with a key that is not given`] : []),
          ...(done.tokens.length > 0 ? [`${done.tokens.length} ${TOKENS}: ${done.tokens.join(' ')}`] : []),
        ];
        if (left.length > 0) throw new Failure(left.join('; '));
      },
    },
  },
};
