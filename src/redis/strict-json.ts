/** What is in Redis is not what it should be: somebody else wrote it, or it was damaged. */
export class BadValue extends Error {
  override readonly name = 'BadValue';
  constructor(what: string) {
    super(`unusable ${what}`);
  }
}

/** A parsed JSON object whose members are read by name, each with its own bound. */
export type Members = Readonly<Record<string, unknown>>;

/** Parses a JSON object; throws BadValue on anything else. */
export function parseMembers(json: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new BadValue('JSON');
  }
  return membersOf(value, 'value');
}

/** Takes a value as an object. */
export function membersOf(value: unknown, what: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadValue(what);
  return value as Members;
}

/** A string of 0 to `lengthMax` UTF-16 units, whatever is in it. */
export function anyText(value: unknown, lengthMax: number, what: string): string {
  if (typeof value !== 'string' || value.length > lengthMax) throw new BadValue(what);
  return value;
}

/** A string without control characters: it may end up in a SIP header, where CR LF would begin another. */
export function lineText(value: unknown, lengthMax: number, what: string): string {
  const text = anyText(value, lengthMax, what);
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || unit === 0x7f) throw new BadValue(what);
  }
  return text;
}

/** A whole number between `min` and `max`. */
export function wholeNumber(value: unknown, min: number, max: number, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) throw new BadValue(what);
  return value;
}

/** An array of at most `lengthMax` items. */
export function listOf(value: unknown, lengthMax: number, what: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length > lengthMax) throw new BadValue(what);
  return value;
}

/** One of the given words. */
export function oneOf<T extends string>(value: unknown, words: readonly T[], what: string): T {
  if (typeof value !== 'string' || !(words as readonly string[]).includes(value)) throw new BadValue(what);
  return value as T;
}

/** A truth value. */
export function truth(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw new BadValue(what);
  return value;
}

/** `read(value)`, or null where the value is absent or null. */
export const orNull = <T>(value: unknown, read: (present: unknown) => T): T | null =>
  value === undefined || value === null ? null : read(value);
