import { readFileSync } from 'node:fs';
import type { Config } from '../config/load-config.ts';
import { newSecret } from '../kit/ids.ts';
import { SetUpError } from '../local/set-up-error.ts';
import { writePrivateJson } from './private-json.ts';

/** Every secret a running system needs, from the settings or generated once and kept in DATA_DIR/secrets.json (mode 0600). */
export interface Secrets {
  readonly adminApiKey: string;
  readonly sealingKey: string;
  readonly postgresPassword: string;
  readonly redisPassword: string;
  readonly controlSecret: string;
}

const NAMES = {
  adminApiKey: 'admin_api_key',
  sealingKey: 'sealing_key',
  postgresPassword: 'postgres_password',
  redisPassword: 'redis_password',
  controlSecret: 'control_secret',
} as const;

/** Reads or makes the secrets; a sealing key that must outlive this directory has to be given, else SetUpError (decision B18). */
export function loadSecrets(config: Config, path: string): Secrets {
  if (config.auth.sealingKey === undefined) {
    if (config.postgres.url !== undefined) throw new SetUpError('SEALING_KEY: must be set when DATABASE_URL is (openssl rand -hex 32)');
    if (!config.process.roles.includes('api')) throw new SetUpError('SEALING_KEY: must be set for a role that runs without api');
  }
  const kept = readKept(path);
  const missing = Object.values(NAMES).filter((name) => kept[name] === undefined);
  for (const name of missing) kept[name] = newSecret();
  if (missing.length > 0) writePrivateJson(path, kept);
  const value = (name: keyof typeof NAMES): string => kept[NAMES[name]] as string;
  return {
    adminApiKey: config.auth.adminApiKey ?? value('adminApiKey'),
    sealingKey: config.auth.sealingKey ?? value('sealingKey'),
    postgresPassword: value('postgresPassword'),
    redisPassword: value('redisPassword'),
    controlSecret: value('controlSecret'),
  };
}

function readKept(path: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new SetUpError(`DATA_DIR: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    return Object.fromEntries(Object.entries(parsed).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    // Making new ones would lock us out of the database that the old ones open.
    throw new SetUpError(`DATA_DIR: ${path} is damaged; restore it or choose another DATA_DIR`);
  }
}
