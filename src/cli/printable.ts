/**
 * What a terminal obeys or hides instead of showing: controls (ANSI escapes begin with one), formats such as changes of direction,
 * line separators, halves of characters, unassigned ones. Stored names are written by anybody.
 */
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

const codeOf = (character: string): string => (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0');

/** Text that is safe on a terminal: everything it would obey is spelled out as `\u{001b}`. */
export const printable = (text: string): string => text.replace(OBEYED, (character) => `\\u{${codeOf(character)}}`);

/** JSON on one line; what a terminal would obey is escaped as JSON escapes, so that reading it gives the very value. */
export const safeJson = (value: unknown): string =>
  JSON.stringify(value).replace(OBEYED, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''),
  );

/** A value of an answer in one cell: nothing for null, JSON for what has parts. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return printable(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
