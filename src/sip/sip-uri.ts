/** The parts of a SIP or tel URI; one pass over a bounded text, nothing unescaped. */
export interface UriParts {
  readonly scheme: 'sip' | 'sips' | 'tel';
  /** Empty where there is none; with its parameters and without its password. */
  readonly user: string;
  /** Lower case, IPv6 without brackets; empty for `tel`. */
  readonly host: string;
  readonly port: number | null;
  readonly params: Readonly<Record<string, string>>;
}

const URI_MAX = 512;
const PARAMS_MAX = 16;
const HOST = /^[a-z0-9._-]+$/;
const IPV6 = /^[0-9a-f:.]+$/;

function readParams(text: string): Record<string, string> {
  const params: Record<string, string> = {};
  for (const part of text.split(';').slice(0, PARAMS_MAX)) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name === '' || name === '__proto__' || Object.hasOwn(params, name)) continue;
    params[name] = equals < 0 ? '' : part.slice(equals + 1).trim();
  }
  return params;
}

function readHostPort(text: string): { host: string; port: number | null } | null {
  const bracket = text.startsWith('[') ? text.indexOf(']') : -1;
  const colon = bracket > 0 ? text.indexOf(':', bracket) : text.indexOf(':');
  const written = (colon < 0 ? text : text.slice(0, colon)).toLowerCase();
  const portText = colon < 0 ? null : text.slice(colon + 1);
  const host = bracket > 0 ? written.slice(1, bracket) : written;
  if (!(bracket > 0 ? IPV6 : HOST).test(host)) return null;
  if (portText === null) return { host, port: null };
  if (!/^\d{1,5}$/.test(portText)) return null;
  const port = Number(portText);
  return port >= 1 && port <= 65_535 ? { host, port } : null;
}

/** Takes a URI apart; null for anything that is no SIP, SIPS or tel URI. */
export function parseUri(text: string): UriParts | null {
  if (text.length > URI_MAX) return null;
  const colon = text.indexOf(':');
  const scheme = text.slice(0, colon).toLowerCase();
  if (scheme === 'tel') return { scheme, user: text.slice(colon + 1), host: '', port: null, params: {} };
  if (scheme !== 'sip' && scheme !== 'sips') return null;
  const [rest = ''] = text.slice(colon + 1).split('?', 1);
  const at = rest.lastIndexOf('@');
  const [user = ''] = (at < 0 ? '' : rest.slice(0, at)).split(':', 1);
  const tail = rest.slice(at + 1);
  const semicolon = tail.indexOf(';');
  const hostPort = readHostPort(semicolon < 0 ? tail : tail.slice(0, semicolon));
  if (hostPort === null) return null;
  return { scheme, user, ...hostPort, params: semicolon < 0 ? {} : readParams(tail.slice(semicolon + 1)) };
}

/** The address of a From-like field: display name and URI of its first value; null where there is no URI. */
export interface AddressParts {
  readonly display: string;
  readonly uri: string;
}

/** Reads `"Display" <uri>;params`, `Display <uri>` or a bare URI. */
export function parseAddress(field: string): AddressParts | null {
  const text = field.slice(0, 1024).trim();
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\\' && quoted) at += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === '<' && !quoted) {
      const end = text.indexOf('>', at);
      if (end < 0) return null;
      return { display: unquote(text.slice(0, at).trim()), uri: text.slice(at + 1, end).trim() };
    } else if (char === ',' && !quoted) break;
  }
  if (quoted) return null;
  const [uri = ''] = text.split(/[;,\s]/, 1);
  return uri === '' ? null : { display: '', uri };
}

const unquote = (text: string): string =>
  text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text;

/** User part of the first address of a field; undefined where the field or its URI is missing. */
export function userOf(field: string | undefined): string | undefined {
  const address = field === undefined ? null : parseAddress(field);
  return address === null ? undefined : parseUri(address.uri)?.user;
}

/** A display name between quotes, bounded, safe to put into a field. */
export const quoteDisplay = (text: string): string => `"${text.slice(0, 64).replaceAll(/[\\"]/g, (char) => `\\${char}`)}"`;

// RFC 3261 §25.1 user = unreserved / escaped / user-unreserved.
/**
 * A user part as it was received, with everything escaped that may not stand there and escapes left as they are; half a character
 * pair (a text cut short) becomes U+FFFD.
 */
export const escapeUser = (text: string): string =>
  text.replaceAll(/%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/gu, (part) =>
    part.length === 3 && part.startsWith('%') ? part : escapeBytes(part),
  );

const escapeBytes = (char: string): string =>
  [...Buffer.from(char, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
