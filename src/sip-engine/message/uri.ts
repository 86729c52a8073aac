import { isHost, isToken, readNumber } from './characters.ts';

/** Longest URI taken from the network; longer ones are refused (drachtio-srf scans URIs with a backtracking pattern). */
export const URI_LENGTH_MAX = 2048;

/** A sip or sips URI. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  /** User info as written, with escapes and password; '' when absent. */
  readonly user: string;
  /** Host as written; IPv6 in brackets. */
  readonly host: string;
  readonly port: number | undefined;
  /** Parameters by lower-case name; '' without a value. */
  readonly parameters: ReadonlyMap<string, string>;
  /** True with a `?` part, which no Request-URI may have (RFC 3261 §19.1.1). */
  readonly hasHeaders: boolean;
}

/** What kind of URI a text is: a valid sip/sips one, another known scheme, an unknown scheme, or none. */
export type UriKind =
  | { readonly kind: 'sip'; readonly uri: SipUri }
  | { readonly kind: 'tel' }
  | { readonly kind: 'other' }
  | { readonly kind: 'bad' };

/** The same URIs come again and again, in each message of a call and from call to call: the last ones are remembered. */
const REMEMBERED_MAX = 2048;
const REMEMBERED_LENGTH_MAX = 128;
const remembered = new Map<string, UriKind>();

/** Reads any URI; blanks, angle brackets, quotes, control and non-ASCII characters make it bad. */
export function classifyUri(text: string): UriKind {
  if (text.length > REMEMBERED_LENGTH_MAX) return readUri(text);
  const before = remembered.get(text);
  if (before !== undefined) return before;
  const read = readUri(text);
  // Emptied as a whole: cheaper than an order of use, and URIs that are in use are back at once.
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(text, read);
  return read;
}

function readUri(text: string): UriKind {
  if (text.length === 0 || text.length > URI_LENGTH_MAX || hasForbidden(text)) return { kind: 'bad' };
  const colon = text.indexOf(':');
  if (colon <= 0) return { kind: 'bad' };
  const scheme = text.slice(0, colon).toLowerCase();
  if (scheme === 'sip' || scheme === 'sips') {
    const uri = parseSip(scheme, text, colon + 1);
    return uri === undefined ? { kind: 'bad' } : { kind: 'sip', uri };
  }
  if (scheme === 'tel') return text.length > colon + 1 ? { kind: 'tel' } : { kind: 'bad' };
  return isToken(scheme) ? { kind: 'other' } : { kind: 'bad' };
}

/** The sip or sips URI in `text`, or undefined. */
export function parseSipUri(text: string): SipUri | undefined {
  const read = classifyUri(text);
  return read.kind === 'sip' ? read.uri : undefined;
}

function hasForbidden(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    // Blank and control characters, `"`, `<`, `>`, `|`, and everything beyond ASCII.
    if (code <= 0x20 || code >= 0x7f || code === 0x22 || code === 0x3c || code === 0x3e || code === 0x7c) return true;
  }
  return false;
}

function parseSip(scheme: 'sip' | 'sips', text: string, start: number): SipUri | undefined {
  const at = text.indexOf('@', start);
  const user = at < 0 ? '' : text.slice(start, at);
  const hostStart = at < 0 ? start : at + 1;
  if (at === start || text.indexOf('@', hostStart) >= 0) return undefined;
  const headersAt = text.indexOf('?', hostStart);
  const end = headersAt < 0 ? text.length : headersAt;
  const semicolon = text.indexOf(';', hostStart);
  const hostEnd = semicolon < 0 || semicolon > end ? end : semicolon;
  const hostPort = splitHostPort(text.slice(hostStart, hostEnd));
  if (hostPort === undefined) return undefined;
  const parameters = hostEnd === end ? NO_PARAMETERS : readUriParameters(text.slice(hostEnd + 1, end));
  if (parameters === undefined) return undefined;
  return { scheme, user, host: hostPort.host, port: hostPort.port, parameters, hasHeaders: headersAt >= 0 };
}

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

function readUriParameters(text: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const item of text.split(';')) {
    const equals = item.indexOf('=');
    const name = (equals < 0 ? item : item.slice(0, equals)).toLowerCase();
    if (name === '' || equals === item.length - 1) return undefined;
    if (!parameters.has(name)) parameters.set(name, equals < 0 ? '' : item.slice(equals + 1));
  }
  return parameters;
}

/** Splits `host[:port]`; undefined when either is malformed. IPv6 needs brackets. */
export function splitHostPort(text: string): { readonly host: string; readonly port: number | undefined } | undefined {
  const bracket = text.lastIndexOf(']');
  const colon = text.indexOf(':', bracket < 0 ? 0 : bracket);
  const host = colon < 0 ? text : text.slice(0, colon);
  if (!isHost(host)) return undefined;
  if (colon < 0) return { host, port: undefined };
  const port = readNumber(text.slice(colon + 1), 65_535);
  return port === undefined || port === 0 ? undefined : { host, port };
}
