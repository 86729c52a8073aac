import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './image.ts';

/** A service of config/compose.yaml, variables put in. */
export interface Service {
  readonly image: string;
  readonly build?: { readonly context: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
  readonly read_only?: boolean;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, object>>;
}

export const CONFIG = join(ROOT, 'config');

/** The lines of an env file that set something. */
export function readEnvFile(name: string): Record<string, string> {
  const lines = readFileSync(join(CONFIG, name), 'utf8').split('\n');
  const pairs = lines
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** config/compose.yaml as Compose reads it with these variables; throws where it insists on one that is empty. */
export function readCompose(variables: Readonly<Record<string, string>>): {
  readonly file: ComposeFile;
  readonly used: ReadonlySet<string>;
} {
  const used = new Set<string>();
  const text = (value: string): string =>
    value.replaceAll(/\$(?:(\$)|\{([A-Z_]+)(?::([-?])([^}]*))?\})/g, (_, dollar?: string, name = '', kind?: string, rest = '') => {
      if (dollar !== undefined) return '$';
      used.add(name);
      const given = variables[name] ?? '';
      if (given !== '') return given;
      if (kind === '?') throw new Error(`${name}: ${rest}`);
      return kind === '-' ? rest : '';
    });
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]));
  };
  return { file: walk(parse(readFileSync(join(CONFIG, 'compose.yaml'), 'utf8'), { merge: true })) as ComposeFile, used };
}
