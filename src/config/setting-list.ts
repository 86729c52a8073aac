import type { z } from 'zod';
import { configSchema } from './schema.ts';
import { type SettingMeta, settingMeta } from './setting.ts';

/** One setting with all its names. */
export interface SettingEntry {
  /** The part of `Config` it is in, and its key there. */
  readonly part: string;
  readonly key: string;
  /** Its path in a file: `http.body_bytes_max`. */
  readonly path: string;
  /** Its one name in the environment. */
  readonly env: string;
  readonly about: string;
  readonly meta: SettingMeta;
  readonly schema: z.ZodType;
}

/** `bodyBytesMax` as files spell it: `body_bytes_max`. */
export const snakeCase = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Every setting in the order of the schema. */
export const settingList: readonly SettingEntry[] = Object.entries(configSchema.shape).flatMap(([part, section]) =>
  Object.entries(section.shape as Record<string, z.ZodType>).map(([key, schema]) => {
    const meta = settingMeta.get(schema as never) as SettingMeta | undefined;
    if (meta === undefined) throw new Error(`${part}.${key} is declared without setting.ts`);
    const path = `${snakeCase(part)}.${snakeCase(key)}`;
    return { part, key, path, env: meta.env ?? path.replace('.', '_').toUpperCase(), about: schema.description ?? '', meta, schema };
  }),
);
