import { isIP } from 'node:net';
import { z } from 'zod';

/** What is known of a setting besides its type. */
export interface SettingMeta {
  /** Its name in the environment, when it is not made of its path (`SIP_RING_TIMEOUT_MS` for `sip.ring_timeout_ms`). */
  readonly env?: string;
  /** True: the value is never printed. `url`: its password is not. */
  readonly secret?: boolean | 'url';
  /** What may be written, for people. */
  readonly allowed: string;
  /** Turns the text of an environment variable into what the schema judges. */
  readonly fromText: (text: string) => unknown;
}

/** Facts of every setting by its schema. */
export const settingMeta = z.registry<SettingMeta>();

type Options = Pick<SettingMeta, 'env' | 'secret'>;

const numberFromText = (text: string): unknown => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text);
const flagFromText = (text: string): unknown => ({ true: true, false: false, '1': true, '0': false })[text] ?? text;
const listFromText = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** A whole number with inclusive bounds. */
export function integer(about: string, min: number, max: number, options: Options = {}) {
  const allowed = `integer ${min} to ${max}`;
  return z
    .int(`expected an ${allowed}`)
    .min(min, `expected an ${allowed}`)
    .max(max, `expected an ${allowed}`)
    .describe(about)
    .register(settingMeta, {
      ...options,
      allowed,
      fromText: numberFromText,
    });
}

/** A number that may have a fraction, with inclusive bounds. */
export function decimal(about: string, min: number, max: number, options: Options = {}) {
  const allowed = `number ${min} to ${max}`;
  return z
    .number(`expected a ${allowed}`)
    .min(min, `expected a ${allowed}`)
    .max(max, `expected a ${allowed}`)
    .describe(about)
    .register(settingMeta, {
      ...options,
      allowed,
      fromText: numberFromText,
    });
}

/** A port that may be absent (null in a file). */
export function optionalPort(about: string, options: Options = {}) {
  const allowed = 'port 0 to 65535, or nothing';
  return z
    .int(`expected a ${allowed}`)
    .min(0, `expected a ${allowed}`)
    .max(65535, `expected a ${allowed}`)
    .nullable()
    .transform((value) => value ?? undefined)
    .describe(about)
    .register(settingMeta, { ...options, allowed, fromText: numberFromText });
}

/** Yes or no. */
export function flag(about: string, options: Options = {}) {
  const allowed = 'true or false';
  return z
    .boolean(`expected ${allowed}`)
    .describe(about)
    .register(settingMeta, { ...options, allowed, fromText: flagFromText });
}

/** One of a few words. */
export function choice<const T extends readonly [string, ...string[]]>(about: string, words: T, options: Options = {}) {
  const allowed = words.join(', ');
  return z
    .enum(words, `expected one of ${allowed}`)
    .describe(about)
    .register(settingMeta, { ...options, allowed, fromText: (text) => text });
}

/** Several of a few words, at least one; a word may be repeated where that means something. */
export function choices<const T extends readonly [string, ...string[]]>(about: string, words: T, options: Options = {}) {
  const allowed = `one or more of ${words.join(', ')}`;
  return z
    .array(z.enum(words, `expected ${allowed}`), `expected ${allowed}`)
    .min(1, `expected ${allowed}`)
    .max(64, `expected at most 64 of ${words.join(', ')}`)
    .describe(about)
    .register(settingMeta, { ...options, allowed, fromText: listFromText });
}

/** Text of at most 4096 characters that passes `test`. */
export function text(about: string, allowed: string, test: (value: string) => boolean, options: Options = {}) {
  return z
    .string(`expected ${allowed}`)
    .max(4096, 'expected at most 4096 characters')
    .refine(test, `expected ${allowed}`)
    .describe(about)
    .register(settingMeta, { ...options, allowed, fromText: (value) => value });
}

/** Text that may be absent (null in a file). */
export function optionalText(about: string, allowed: string, test: (value: string) => boolean, options: Options = {}) {
  return z
    .string(`expected ${allowed}`)
    .max(4096, 'expected at most 4096 characters')
    .refine(test, `expected ${allowed}`)
    .nullable()
    .transform((value) => value ?? undefined)
    .describe(about)
    .register(settingMeta, { ...options, allowed: `${allowed}, or nothing`, fromText: (value) => value });
}

/** A list of at most 1000 texts that each pass `test`; commas separate them in the environment. */
export function texts(about: string, allowed: string, test: (value: string) => boolean, options: Options = {}) {
  return z
    .array(z.string(`expected ${allowed}`).max(256).refine(test, `expected ${allowed}`), `expected a list: ${allowed}`)
    .max(1000, 'expected at most 1000 items')
    .describe(about)
    .register(settingMeta, { ...options, allowed: `list of ${allowed}`, fromText: listFromText });
}

/** A list of objects; JSON in the environment. */
export function records<T extends z.ZodType>(about: string, item: T, allowed: string, options: Options = {}) {
  const fromText = (value: string): unknown => {
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  };
  return z
    .array(item, `expected ${allowed}`)
    .max(1000)
    .describe(about)
    .register(settingMeta, { ...options, allowed, fromText });
}

/** True for an IP address or a host name. */
export const isHost = (value: string): boolean => isIP(value) !== 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(value);

/** True for an address with or without a prefix length. */
export function isNetwork(value: string): boolean {
  const [address = '', prefix, more] = value.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

/** A test for URLs of the given schemes, written without their colon. */
export const urlWith =
  (...schemes: string[]) =>
  (value: string): boolean =>
    URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1));

/** Whatever is not empty. */
export const anyText = (value: string): boolean => value !== '';
