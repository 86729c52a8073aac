/** One value of Contact, Path or Route: its URI and the parameters behind it (names in lower case). */
export interface AddressValue {
  readonly uri: string;
  readonly params: Readonly<Record<string, string>>;
}

const PARAMS_MAX = 16;

/** Cuts at `separator` outside of quotes and angle brackets; null where one of them is left open. */
function cut(text: string, separator: string): string[] | null {
  const parts: string[] = [];
  let [quoted, angled, from] = [false, false, 0];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char === '\\') at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"' && !angled) quoted = true;
    else if (char === '<') angled = true;
    else if (char === '>') angled = false;
    else if (char === separator && !angled) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return quoted || angled ? null : parts;
}

function paramsOf(parts: readonly string[]): Record<string, string> {
  const params: Record<string, string> = {};
  for (const part of parts.slice(0, PARAMS_MAX)) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    const value = equals < 0 ? '' : part.slice(equals + 1).trim();
    if (name === '' || name === '__proto__' || Object.hasOwn(params, name)) continue;
    params[name] = value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  }
  return params;
}

/** Where the first angle bracket outside of quotes opens; -1: there is none. */
function openBracket(text: string): number {
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\' && quoted) at += 1;
    else if (text[at] === '"') quoted = !quoted;
    else if (text[at] === '<' && !quoted) return at;
  }
  return -1;
}

function addressOf(text: string): AddressValue | null {
  // Without brackets the parameters are the field's, not the URI's (RFC 3261 §20.10).
  const [first = '', ...rest] = cut(text, ';') ?? [];
  const open = openBracket(first);
  const close = open < 0 ? first.length : first.indexOf('>', open);
  const uri = first.slice(open + 1, close).trim();
  return uri === '' ? null : { uri, params: paramsOf(rest) };
}

/** Reads a comma-separated list of addresses; null where it cannot be read, or has more than `countMax` values. */
export function parseAddressList(field: string, countMax: number): readonly AddressValue[] | null {
  const parts = cut(field, ',');
  if (parts === null || parts.length > countMax) return null;
  const values = parts.map(addressOf);
  return values.every((value) => value !== null) ? values : null;
}
