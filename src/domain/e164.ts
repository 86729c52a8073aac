/** A number in ITU-T E.164 form with its plus sign; made only by `parseE164`. */
export type E164 = string & { readonly __brand: 'E164' };

/** ITU-T E.164 §6.2.1: at most 15 digits. Below 7 no country hands out subscriber numbers. */
export const E164_DIGITS_MIN = 7;
export const E164_DIGITS_MAX = 15;

const PLUS = 43;
const ZERO = 48;
const NINE = 57;

/** Reads exactly `+` and 7 to 15 digits, the first of them 1 to 9; null for anything else, separators included. */
export function parseE164(text: string): E164 | null {
  if (text.length < E164_DIGITS_MIN + 1 || text.length > E164_DIGITS_MAX + 1) return null;
  if (text.charCodeAt(0) !== PLUS || text.charCodeAt(1) === ZERO) return null;
  for (let i = 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < ZERO || code > NINE) return null;
  }
  return text as E164;
}

/** The digits without the plus sign, as route prefixes are compared. */
export const digitsOf = (e164: E164): string => e164.slice(1);
