/**
 * The user part of a SIP or tel URI taken apart, before anybody asks what number it is (RFC 3261 §19.1.1, RFC 3966 §3).
 * Every function here is one pass over a bounded text.
 */
export interface DialText {
  /** Digits, `*` and `#`, without separators and without the plus sign; null when the text is no dial string. */
  readonly digits: string | null;
  readonly plus: boolean;
  /** What stands before the first `;`, unescaped. */
  readonly user: string;
  /** Parameters in lower case by name; a name without value has ''. */
  readonly params: Readonly<Record<string, string>>;
  /** True when the sender says it is a telephone number (`tel:` or `user=phone`). */
  readonly phone: boolean;
}

/** A tech prefix as it is written: digits, `*` and `#`. */
export const TECH_PREFIX_PATTERN = /^[0-9*#]{1,16}$/;

export const DIAL_TEXT_MAX = 256;
const USER_MAX = 64;
const PARAMS_MAX = 16;

/** Undoes %XX for printable ASCII; null where the escape is broken or hides anything else. */
function decodeEscapes(text: string): string | null {
  if (!text.includes('%')) return text;
  const parts = text.split('%');
  let out = parts[0] ?? '';
  for (const part of parts.slice(1)) {
    const code = /^[0-9A-Fa-f]{2}/.test(part) ? Number.parseInt(part.slice(0, 2), 16) : 0;
    if (code < 0x20 || code > 0x7e) return null;
    out += String.fromCharCode(code) + part.slice(2);
  }
  return out;
}

function readParams(parts: readonly string[]): Record<string, string> {
  const params: Record<string, string> = Object.create(null);
  for (const part of parts.slice(0, PARAMS_MAX)) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).toLowerCase();
    if (name !== '' && params[name] === undefined) params[name] = equals < 0 ? '' : part.slice(equals + 1);
  }
  return params;
}

const isDialled = (char: string): boolean => (char >= '0' && char <= '9') || char === '*' || char === '#';

// RFC 3966 §5.1.1 visual separators, and the blank that people type.
const isSeparator = (char: string): boolean => '-.() '.includes(char);

function readDigits(text: string): { digits: string; plus: boolean } | null {
  let digits = '';
  let plus = false;
  for (const char of text) {
    if (isDialled(char)) digits += char;
    else if (char === '+' && digits === '' && !plus) plus = true;
    else if (!isSeparator(char)) return null;
  }
  return digits === '' ? null : { digits, plus };
}

// RFC 3261 §25.1 user: unreserved and user-unreserved, after unescaping; a name has a letter, the rest is a number or nothing.
const USER = /^[A-Za-z0-9\-_.!~*'()&=+$,/?#:@ ]+$/;
const LETTER = /[A-Za-z]/;

/** The user part up to its first `;`, unescaped and without `tel:`, and the parameters behind it; null when too long or broken. */
function beginningOf(raw: string): { readonly tel: boolean; readonly first: string; readonly rest: readonly string[] } | null {
  if (raw.length > DIAL_TEXT_MAX) return null;
  const text = decodeEscapes(raw);
  if (text === null) return null;
  const tel = text.slice(0, 4).toLowerCase() === 'tel:';
  const [first = '', ...rest] = (tel ? text.slice(4) : text).split(';');
  return { tel, first, rest };
}

/** True where the dialled text begins with that prefix, and goes on behind it. */
export function hasTechPrefix(raw: string, techPrefix: string): boolean {
  const first = beginningOf(raw)?.first ?? '';
  return first.length > techPrefix.length && first.startsWith(techPrefix);
}

/** Takes the text apart; null when it is too long, broken or no user part at all. `techPrefix` is cut off once, before anything else. */
export function readDialText(raw: string, uriParams: Readonly<Record<string, string>>, techPrefix: string | null): DialText | null {
  const beginning = beginningOf(raw);
  if (beginning === null) return null;
  const { tel, first, rest } = beginning;
  const user = techPrefix !== null && techPrefix !== '' && first.startsWith(techPrefix) ? first.slice(techPrefix.length) : first;
  if (user === '' || user.length > USER_MAX || !USER.test(user)) return null;
  const params = readParams(rest);
  const context = params['phone-context'] ?? uriParams['phone-context'];
  if (context !== undefined) params['phone-context'] = context;
  const phone = tel || (params['user'] ?? uriParams['user'] ?? '').toLowerCase() === 'phone';
  const read = readDigits(user);
  if (read === null && !LETTER.test(user)) return null;
  return { digits: read?.digits ?? null, plus: read?.plus ?? false, user, params, phone };
}
