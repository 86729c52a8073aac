import type { Config } from './load-config.ts';
import { settingList, snakeCase } from './setting-list.ts';

const HIDDEN = '[redacted]';

/** The settings as a file would spell them, secrets hidden: what may be shown, logged and pasted into an issue. */
export function printConfig(config: Config): Record<string, Record<string, unknown>> {
  const shown: Record<string, Record<string, unknown>> = {};
  for (const { part, key, meta } of settingList) {
    const value = (config as unknown as Record<string, Record<string, unknown>>)[part]?.[key];
    const section = shown[snakeCase(part)] ?? {};
    section[snakeCase(key)] = conceal(value, meta.secret);
    shown[snakeCase(part)] = section;
  }
  return shown;
}

function conceal(value: unknown, secret: boolean | 'url' | undefined): unknown {
  if (value === undefined) return null;
  if (secret === true) return HIDDEN;
  return secret === 'url' ? concealPasswords(String(value)) : value;
}

/** Hides everything between `//` (or a comma) and `@`, in lists of servers too, and what a query may carry. */
export const concealPasswords = (url: string): string =>
  url
    .split(',')
    .map((part) => {
      const at = part.lastIndexOf('@');
      if (at === -1) return part;
      const slashes = part.indexOf('//');
      return `${slashes === -1 || slashes > at ? '' : part.slice(0, slashes + 2)}${HIDDEN}${part.slice(at)}`;
    })
    .join(',')
    .replace(/\?.*$/, `?${HIDDEN}`);
