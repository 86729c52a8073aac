import { makeHeader, serialize, statusLine } from './serialize-message.ts';
import type { SipHeader, SipRequest } from './sip-message.ts';
import { parseVia, stampVia } from './via.ts';

/** What a response says beyond what it copies from its request. */
export interface ResponseParts {
  readonly status: number;
  readonly reason: string;
  /** Added to the To header when the request's has no tag; '' adds none. */
  readonly toTag: string;
  readonly headers?: readonly SipHeader[];
  readonly body?: Buffer;
  /** Copy Record-Route, for responses that make a dialog (RFC 3261 §12.1.1). */
  readonly recordRoute?: boolean;
}

/** Bytes of a response to `request`, which came from `address:port` (RFC 3261 §8.2.6). */
export function buildResponse(request: SipRequest, address: string, port: number, parts: ResponseParts): Buffer {
  const headers: SipHeader[] = [];
  let top = true;
  for (const line of request.headers) {
    if (line.id === 'via') {
      headers.push(top ? makeHeader('Via', stampTop(line.value, address, port)) : makeHeader('Via', line.value));
      top = false;
    } else if (line.id === 'from') headers.push(makeHeader('From', line.value));
    else if (line.id === 'to') headers.push(makeHeader('To', withTag(line.value, parts.toTag)));
    else if (line.id === 'call-id') headers.push(makeHeader('Call-ID', line.value));
    else if (line.id === 'cseq') headers.push(makeHeader('CSeq', line.value));
    else if (line.id === 'record-route' && parts.recordRoute === true) headers.push(makeHeader('Record-Route', line.value));
    else if (line.id === 'timestamp' && parts.status === 100) headers.push(makeHeader('Timestamp', line.value));
  }
  if (parts.headers !== undefined) headers.push(...parts.headers);
  return serialize(statusLine(parts.status, parts.reason), headers, parts.body);
}

function stampTop(value: string, address: string, port: number): string {
  const via = parseVia(value);
  return via === undefined ? value : stampVia(value, via, address, port);
}

// The parameter may be in any case and with blanks around it; the header's own parameters start behind the last `>`.
function withTag(value: string, tag: string): string {
  if (tag === '') return value;
  const parameters = value.slice(value.lastIndexOf('>') + 1).toLowerCase();
  return /;[ \t]*tag[ \t]*=/.test(parameters) ? value : `${value};tag=${tag}`;
}
