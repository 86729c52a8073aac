import { isToken, skipBlanks, skipQuoted } from './characters.ts';

/** Parameters by lower-case name; a parameter without a value is the empty string. Quoted values keep their quotes. */
export type Parameters = ReadonlyMap<string, string>;

const NONE: Parameters = new Map();

/**
 * Reads `;name[=value]…` from `at` until the end or a comma.
 * @returns the parameters and where they end, or undefined when the text is no parameter list.
 */
export function readParameters(text: string, at: number): { readonly parameters: Parameters; readonly end: number } | undefined {
  let i = skipBlanks(text, at);
  if (i >= text.length || text.charCodeAt(i) !== 0x3b)
    return i >= text.length || text.charCodeAt(i) === 0x2c ? { parameters: NONE, end: i } : undefined;
  const parameters = new Map<string, string>();
  while (i < text.length && text.charCodeAt(i) === 0x3b) {
    const nameStart = skipBlanks(text, i + 1);
    const nameEnd = endOfItem(text, nameStart);
    const name = text.slice(nameStart, nameEnd).toLowerCase();
    if (!isToken(name)) return undefined;
    i = skipBlanks(text, nameEnd);
    let value = '';
    if (text.charCodeAt(i) === 0x3d) {
      const valueStart = skipBlanks(text, i + 1);
      const valueEnd = text.charCodeAt(valueStart) === 0x22 ? skipQuoted(text, valueStart) : endOfItem(text, valueStart);
      if (valueEnd <= valueStart) return undefined;
      value = text.slice(valueStart, valueEnd);
      i = skipBlanks(text, valueEnd);
    }
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return i >= text.length || text.charCodeAt(i) === 0x2c ? { parameters, end: i } : undefined;
}

/** Where the first parameter of this (lower-case) name stands, from its `;` to behind its value, in a list that starts at `at`. */
export function findParameter(text: string, at: number, name: string): { readonly start: number; readonly end: number } | undefined {
  let i = at;
  while (i >= 0 && i < text.length && text.charCodeAt(i) === 0x3b) {
    const start = i;
    const nameStart = skipBlanks(text, i + 1);
    let end = endOfItem(text, nameStart);
    const found = text.slice(nameStart, end).toLowerCase() === name;
    i = skipBlanks(text, end);
    if (text.charCodeAt(i) === 0x3d) {
      const valueStart = skipBlanks(text, i + 1);
      end = text.charCodeAt(valueStart) === 0x22 ? skipQuoted(text, valueStart) : endOfItem(text, valueStart);
      if (end < 0) return undefined;
      i = skipBlanks(text, end);
    }
    if (found) return { start, end };
  }
  return undefined;
}

function endOfItem(text: string, from: number): number {
  let i = from;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    // `;` `=` `,` blank tab `"` `<` `>`
    if (
      code === 0x3b ||
      code === 0x3d ||
      code === 0x2c ||
      code === 0x20 ||
      code === 0x09 ||
      code === 0x22 ||
      code === 0x3c ||
      code === 0x3e
    )
      break;
    i += 1;
  }
  return i;
}
