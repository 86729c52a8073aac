import { err, ok, type Result } from '../../kit/result.ts';
import { headerName } from '../message/header-names.ts';
import { formatNameAddr, parseNameAddr, parseNameAddrs } from '../message/name-addr.ts';
import { parseHead } from '../message/parse-head.ts';
import { makeHeader } from '../message/serialize-message.ts';
import { header, headerLines, type SipHeader, type SipMessage } from '../message/sip-message.ts';

const APP_LIMITS = { messageBytesMax: 99_999, headerLineBytesMax: 65_535, headersMax: 500 };
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** Reads SIP text of an application. Its body is everything behind the first empty line, whatever its Content-Length says. */
export function readAppMessage(bytes: Buffer): Result<SipMessage, string> {
  const end = bytes.indexOf(END_OF_HEAD);
  const headEnd = end < 0 ? bytes.length : end;
  const body = end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 4);
  const head = parseHead(bytes.toString('latin1', 0, headEnd).trimEnd(), APP_LIMITS);
  if (head === undefined) return err('invalid SIP message');
  // Characters count, not bytes, in drachtio-srf's Content-Length: only that fault is forgiven.
  if (head.fault !== undefined && !head.fault.includes('Content-Length')) return err(`invalid SIP message: ${head.fault}`);
  const parts = { headers: head.headers, body, raw: undefined };
  return ok(
    head.start.kind === 'request'
      ? { kind: 'request', method: head.start.method.toUpperCase(), uri: head.start.uri, ...parts }
      : { kind: 'response', status: head.start.status, reason: head.start.reason, ...parts },
  );
}

/** Headers an application never sets (drachtio-server discards the same). */
const DISCARDED = new Set(['via', 'route', 'rseq', 'record-route', 'content-length']);
/** Headers that hold `@localhost` for the engine to fill in. */
const LOCAL_HOST = new Set(['from', 'to', 'contact', 'p-asserted-identity']);
/** Headers the engine writes itself from what it knows. */
export const OWNED: ReadonlySet<string> = new Set(['from', 'to', 'call-id', 'cseq', 'contact', 'rack']);

/** The application's further headers as they go out. `own` names what the engine writes itself. */
export function furtherHeaders(message: SipMessage, localHostPort: string, own: ReadonlySet<string> = OWNED): SipHeader[] {
  const lines: SipHeader[] = [];
  for (const line of message.headers) {
    if (DISCARDED.has(line.id) || own.has(line.id)) continue;
    lines.push({
      id: line.id,
      name: headerName(line.name),
      value: LOCAL_HOST.has(line.id) ? fillLocalHost(line.value, localHostPort) : line.value,
    });
  }
  return lines;
}

/** `@localhost` becomes our address: that is how drachtio-srf asks for it. */
export function fillLocalHost(value: string, localHostPort: string): string {
  if (!value.includes('localhost')) return value;
  return value.replace(/(@|sips?:)localhost(?::[0-9]+)?(?![\w.-])/g, `$1${localHostPort}`);
}

/** An address header of the application as name-addr, or undefined when it cannot be read. */
export function addressHeader(
  message: SipMessage,
  id: string,
  localHostPort: string,
): { readonly text: string; readonly tag: string } | undefined {
  const value = header(message, id);
  const read = value === undefined ? undefined : parseNameAddr(fillLocalHost(value, localHostPort));
  return read === undefined ? undefined : { text: formatNameAddr(read), tag: read.parameters.get('tag') ?? '' };
}

/**
 * The application's Contact as it goes out, or `fallback` when it gave none that can be read. Where it left the host to us
 * it left the transport too: without `;transport=` the peer would call us over UDP.
 */
export function contactHeader(message: SipMessage, localHostPort: string, fallback: string): string {
  // A 200 to a REGISTER has one of them for each contact.
  const value = headerLines(message, 'contact').join(', ');
  if (value === '') return fallback;
  if (value === '*') return value;
  const filled = fillLocalHost(value, localHostPort);
  const list = parseNameAddrs(filled);
  if (list === undefined) return fallback;
  const transport = filled === value ? undefined : /;transport=\w+/.exec(fallback)?.[0];
  const complete = (uri: string): string => (transport === undefined || /;transport=/i.test(uri) ? uri : `${uri}${transport}`);
  return list.map((item) => formatNameAddr({ ...item, uri: complete(item.uri) })).join(', ');
}

/** Adds `application/sdp` to a body that is SDP; any other body needs its own Content-Type. */
export function withContentType(headers: SipHeader[], body: Buffer): Result<SipHeader[], string> {
  if (body.length === 0 || headers.some((line) => line.id === 'content-type')) return ok(headers);
  if (body.toString('latin1', 0, 3) !== 'v=0') return err('missing content-type');
  return ok([...headers, makeHeader('Content-Type', 'application/sdp')]);
}
