import { UsageError } from './usage-error.ts';

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** What was written on the command line, read with care: a bad value is a UsageError that names it. */
export interface Given {
  readonly args: readonly string[];
  /** The argument at an index; UsageError when it is missing. */
  arg(index: number): string;
  has(name: string): boolean;
  text(name: string): string | undefined;
  texts(name: string): string[];
  integer(name: string): number | undefined;
  choice<const T extends string>(name: string, words: readonly T[]): T | undefined;
  /** `on` or `off`. */
  onOff(name: string): boolean | undefined;
  /** A value, or null for `none`. */
  orNone(name: string): string | null | undefined;
}

/** Wraps the values that `parseArgs` read. */
export function createGiven(args: readonly string[], values: Values): Given {
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const choice = <const T extends string>(name: string, words: readonly T[]): T | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    const found = words.find((word) => word === value);
    if (found === undefined) throw new UsageError(`--${name} is one of ${words.join(', ')}`);
    return found;
  };
  return {
    args,
    arg(index) {
      const value = args[index];
      if (value === undefined || value === '') throw new UsageError('an argument is missing');
      return value;
    },
    has: (name) => values[name] !== undefined && values[name] !== false,
    text,
    texts: (name) => [values[name] ?? []].flat().filter((value) => typeof value === 'string'),
    integer: (name) => integerOf(text(name), `--${name}`),
    choice,
    onOff: (name) => {
      const value = choice(name, ['on', 'off']);
      return value === undefined ? undefined : value === 'on';
    },
    orNone: (name) => {
      const value = text(name);
      return value === 'none' ? null : value;
    },
  };
}

/** A whole number from text; UsageError for anything else. */
export function integerOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(text)) throw new UsageError(`${name} is a whole number`);
  return Number(text);
}
