import { headerId, headerName, isUnreadableName } from './header-names.ts';
import type { SipHeader, SipMessage } from './sip-message.ts';

const VERSION = 'SIP/2.0';
const EMPTY = Buffer.alloc(0);

/** Bytes of a message: start line, headers in order, a right Content-Length last, body. Header text is latin1. */
export function serialize(startLine: string, headers: readonly SipHeader[], body: Buffer = EMPTY): Buffer {
  return withBody(`${startLine}\r\n${headerText(headers)}`, body);
}

/** Header lines as text, Content-Length left out: `withBody` writes a right one. */
export function headerText(headers: readonly SipHeader[]): string {
  let text = '';
  for (const line of headers) if (line.id !== 'content-length') text += `${line.name}: ${line.value}\r\n`;
  return text;
}

/** Bytes of a message whose start line and headers are `text`, latin1, each with its CRLF. */
export function withBody(text: string, body: Buffer = EMPTY): Buffer {
  const head = `${text}Content-Length: ${body.length}\r\n\r\n`;
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 0, 'latin1');
  if (body.length > 0) bytes.set(body, head.length);
  return bytes;
}

/** The first line of a request. */
export const requestLine = (method: string, uri: string): string => `${method} ${uri} ${VERSION}`;

/** The first line of a response. */
export const statusLine = (status: number, reason: string): string => `${VERSION} ${status} ${reason}`;

/** One header line with its canonical name. */
export const makeHeader = (name: string, value: string): SipHeader => ({ id: headerId(name), name, value });

/** The bytes an application is shown: as received when it can read them, else rewritten with long header names. */
export function bytesForApplication(message: SipMessage): Buffer {
  if (message.raw !== undefined) return message.raw;
  const start =
    message.kind === 'request' ? requestLine(message.method, message.uri) : statusLine(message.status, readable(message.reason));
  const headers: SipHeader[] = [];
  for (const line of message.headers) {
    if (line.hidden === true || isUnreadableName(line.id)) continue;
    const name = line.id === line.name.toLowerCase() ? line.name : headerName(line.id);
    headers.push({ id: line.id, name, value: readable(line.value) });
  }
  return serialize(start, headers, message.body);
}

// Control characters stand behind a backslash, or the message would not have come this far: what databases and logs choke on.
const QUOTED_CONTROL = /\\[^\t\r\n -~\x80-\xff]/g;
const readable = (value: string): string => value.replace(QUOTED_CONTROL, '');
