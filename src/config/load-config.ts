import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { isJsonObject } from '../kit/json-object.ts';
import { checkTogether } from './check-together.ts';
import { ConfigError } from './config-error.ts';
import type { configSchema } from './schema.ts';
import { type SettingEntry, settingList } from './setting-list.ts';

type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** All settings, by part, checked and frozen. Optional ones are undefined when unset. `process.dataDir` is absolute. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;

/** Where a raw value was written, to name it in an error. */
interface RawValue {
  readonly key: string;
  readonly value: unknown;
}

const DEFAULTS = fileURLToPath(new URL('../../config/default.json', import.meta.url));

/** Reads config/default.json < the file named by CONFIG_FILE < the environment; throws ConfigError naming the first bad key. */
export function loadConfig(env: NodeJS.ProcessEnv, cwd: string): Config {
  const raw = new Map<string, RawValue>();
  readFile(DEFAULTS, raw);
  if (env.CONFIG_FILE) readFile(resolve(cwd, env.CONFIG_FILE), raw);
  for (const setting of settingList) {
    const text = env[setting.env];
    // An empty variable is an unset one, as in `HTTP_PORT= npm start` and in compose files.
    if (text !== undefined && text !== '') raw.set(setting.path, { key: setting.env, value: setting.meta.fromText(text) });
  }
  const parts: Record<string, Record<string, unknown>> = {};
  for (const setting of settingList) {
    const part = parts[setting.part] ?? {};
    part[setting.key] = judge(setting, raw.get(setting.path));
    parts[setting.part] = part;
  }
  const config = parts as unknown as { -readonly [Part in keyof Config]: Config[Part] };
  config.process = { ...config.process, dataDir: resolve(cwd, config.process.dataDir) };
  checkTogether(config, (path) => raw.get(path)?.key ?? path);
  return deepFreeze(config);
}

function judge(setting: SettingEntry, raw: RawValue | undefined): unknown {
  if (raw === undefined) throw new ConfigError(setting.path, 'has no default in config/default.json');
  const result = setting.schema.safeParse(raw.value);
  if (result.success) return result.data;
  const problem = result.error.issues[0]?.message ?? 'is not valid';
  // A secret may be mistyped by one character: its value never goes to a terminal or a log.
  const shown = setting.meta.secret === undefined ? `, got ${JSON.stringify(raw.value)?.slice(0, 80)}` : '';
  throw new ConfigError(raw.key, `${problem}${shown}`);
}

function readFile(path: string, into: Map<string, RawValue>): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is not JSON' : `cannot be read (${(error as NodeJS.ErrnoException).code})`;
    throw new ConfigError(path, reason);
  }
  if (!isJsonObject(parsed)) throw new ConfigError(path, 'must hold a JSON object');
  for (const [part, section] of Object.entries(parsed)) {
    if (!settingList.some((setting) => setting.path.startsWith(`${part}.`))) throw unknownKey(part, path);
    if (!isJsonObject(section)) throw new ConfigError(part, `must be an object in ${path}`);
    for (const [key, value] of Object.entries(section)) {
      const name = `${part}.${key}`;
      if (!settingList.some((setting) => setting.path === name)) throw unknownKey(name, path);
      into.set(name, { key: name, value });
    }
  }
}

function unknownKey(key: string, path: string): ConfigError {
  const last = key.split('.').at(-1);
  const meant = settingList.find((setting) => setting.env === key || setting.path.split('.').at(-1) === last);
  return new ConfigError(key, `unknown key in ${path}${meant === undefined ? '' : `, did you mean ${meant.path}?`}`);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
