import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const PROMETHEUS = join(ROOT, 'config/prometheus');
export const promtool = (process.env.PATH ?? '').split(':').some((dir) => existsSync(join(dir, 'promtool')));

/** An alert or a recording rule. */
export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const rules: readonly Rule[] = (
  parse(readFileSync(join(PROMETHEUS, 'rules.yml'), 'utf8')) as { groups: { rules: Rule[] }[] }
).groups.flatMap((group) => group.rules);

/** A panel's expressions, those of panels inside rows too. */
export function dashboardExpressions(): readonly string[] {
  interface Panel {
    readonly targets?: readonly { readonly expr: string }[];
    readonly panels?: readonly Panel[];
  }
  const { panels } = JSON.parse(readFileSync(join(ROOT, 'config/grafana/dialplane.json'), 'utf8')) as { panels: Panel[] };
  const all = (list: readonly Panel[]): readonly string[] =>
    list.flatMap(({ targets = [], panels: inner = [] }) => [...targets.map(({ expr }) => expr), ...all(inner)]);
  return all(panels);
}

/** The names of series an expression reads, and the labels it asks of each in braces or by grouping. */
export function namesIn(expression: string): readonly string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\b(?:by|on|ignoring|without)\s*\([^)]*\)/g, '')
    .replaceAll(/\[[^\]]*\]/g, '');
  return [...bare.matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*/g)]
    .map(([name]) => name)
    .filter((name) => /^(?:dialplane|process|nodejs)_|:/.test(name));
}

/** The labels an expression selects or groups by. */
export function labelsIn(expression: string): readonly string[] {
  const bare = expression.replaceAll(/"[^"]*"/g, '""');
  const selected = [...bare.matchAll(/\{([^}]*)\}/g)].flatMap(([, inner = '']) =>
    [...inner.matchAll(/([a-z_]+)\s*[=!]/g)].map(([, label = '']) => label),
  );
  const grouped = [...bare.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, inner = '']) =>
    inner.split(',').map((label) => label.trim()),
  );
  return [...selected, ...grouped];
}
