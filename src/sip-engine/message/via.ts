import { isToken, skipBlanks } from './characters.ts';
import { findParameter, type Parameters, readParameters } from './parameters.ts';
import { splitHostPort } from './uri.ts';

/** One Via value: RFC 3261 §20.42. */
export interface Via {
  /** Upper case: UDP, TCP … */
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly branch: string;
  readonly parameters: Parameters;
  /** Where this value ends in its header line (a comma or the end). */
  readonly end: number;
}

/** The start of every branch made by RFC 3261 §8.1.1.7. */
export const MAGIC_COOKIE = 'z9hG4bK';

/** Reads the first Via value of a header line; undefined when malformed. */
export function parseVia(text: string, from = 0): Via | undefined {
  const sentProtocol = readSentProtocol(text, from);
  if (sentProtocol === undefined) return undefined;
  const hostStart = skipBlanks(text, sentProtocol.end);
  if (hostStart === sentProtocol.end) return undefined;
  let hostEnd = hostStart;
  while (hostEnd < text.length && text.charCodeAt(hostEnd) !== 0x3b && text.charCodeAt(hostEnd) !== 0x2c) hostEnd += 1;
  // Blanks around the colon are legal (RFC 4475 §3.1.1.1).
  const sentBy = splitHostPort(text.slice(hostStart, hostEnd).replace(/[ \t]/g, ''));
  if (sentBy === undefined) return undefined;
  const rest = readParameters(text, hostEnd);
  if (rest === undefined) return undefined;
  const branch = rest.parameters.get('branch') ?? '';
  if (branch !== '' && !isToken(branch)) return undefined;
  return { transport: sentProtocol.transport, host: sentBy.host, port: sentBy.port, branch, parameters: rest.parameters, end: rest.end };
}

/** True when every Via value of the line is well formed. */
export function isViaLine(text: string): boolean {
  let at = 0;
  for (;;) {
    const via = parseVia(text, at);
    if (via === undefined) return false;
    if (via.end >= text.length) return true;
    at = via.end + 1;
  }
}

function readSentProtocol(text: string, from: number): { readonly transport: string; readonly end: number } | undefined {
  const start = skipBlanks(text, from);
  const firstSlash = text.indexOf('/', start);
  const secondSlash = firstSlash < 0 ? -1 : text.indexOf('/', firstSlash + 1);
  if (secondSlash < 0) return undefined;
  if (text.slice(start, firstSlash).trim().toUpperCase() !== 'SIP' || text.slice(firstSlash + 1, secondSlash).trim() !== '2.0')
    return undefined;
  const nameStart = skipBlanks(text, secondSlash + 1);
  let end = nameStart;
  while (end < text.length && text.charCodeAt(end) !== 0x20 && text.charCodeAt(end) !== 0x09) end += 1;
  const transport = text.slice(nameStart, end).toUpperCase();
  return isToken(transport) ? { transport, end } : undefined;
}

/** The Via line with `received` and `rport` filled in for the answer's way back (RFC 3261 §18.2.1, RFC 3581 §4). */
export function stampVia(line: string, via: Via, address: string, port: number): string {
  const first = line.slice(0, via.end);
  let stamped = first;
  if (via.parameters.has('rport')) stamped = replaceParameter(stamped, 'rport', String(port));
  const host = via.host.startsWith('[') ? via.host.slice(1, -1) : via.host;
  if (host !== address || via.parameters.has('rport')) {
    const received = address;
    stamped = via.parameters.has('received') ? replaceParameter(stamped, 'received', received) : `${stamped};received=${received}`;
  }
  return stamped + line.slice(via.end);
}

function replaceParameter(text: string, name: string, value: string): string {
  const found = findParameter(text, text.indexOf(';'), name);
  if (found === undefined) return `${text};${name}=${value}`;
  return `${text.slice(0, found.start)};${name}=${value}${text.slice(found.end)}`;
}
