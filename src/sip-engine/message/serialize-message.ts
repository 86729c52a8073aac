import { headerName } from './header-names.ts';
import type { SipHeader, SipMessage } from './sip-message.ts';

const VERSION = 'SIP/2.0';
const EMPTY = Buffer.alloc(0);

/** Bytes of a message: start line, headers in order, a right Content-Length last, body. Header text is latin1. */
export function serialize(startLine: string, headers: readonly SipHeader[], body: Buffer = EMPTY): Buffer {
  let text = `${startLine}\r\n`;
  for (const line of headers) {
    if (line.id !== 'content-length') text += `${line.name}: ${line.value}\r\n`;
  }
  text += `Content-Length: ${body.length}\r\n\r\n`;
  const bytes = Buffer.allocUnsafe(text.length + body.length);
  bytes.write(text, 0, 'latin1');
  body.copy(bytes, text.length);
  return bytes;
}

/** The first line of a request. */
export const requestLine = (method: string, uri: string): string => `${method} ${uri} ${VERSION}`;

/** The first line of a response. */
export const statusLine = (status: number, reason: string): string => `${VERSION} ${status} ${reason}`;

/** One header line with its canonical name. */
export const makeHeader = (name: string, value: string): SipHeader => ({ id: name.toLowerCase(), name, value });

/** The bytes an application is shown: as received when it can read them, else rewritten with long header names. */
export function bytesForApplication(message: SipMessage): Buffer {
  if (message.raw !== undefined) return message.raw;
  const start = message.kind === 'request' ? requestLine(message.method, message.uri) : statusLine(message.status, message.reason);
  const headers = message.headers.map((line) => ({
    id: line.id,
    name: line.id === line.name.toLowerCase() ? line.name : headerName(line.id),
    value: line.value,
  }));
  return serialize(start, headers, message.body);
}
