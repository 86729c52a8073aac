import { parseNameAddr } from './name-addr.ts';
import { headerText, statusLine, withBody } from './serialize-message.ts';
import type { RequestEcho, SipHeader, SipRequest } from './sip-message.ts';
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
  request.echo ??= echoOf(request, address, port);
  const { echo } = request;
  const tag = parts.toTag === '' || echo.toTagged ? '' : `;tag=${parts.toTag}`;
  const text =
    `${statusLine(parts.status, parts.reason)}\r\n${parts.recordRoute === true ? echo.viaAndRoutes : echo.via}${echo.from}` +
    `${echo.to === '' ? '' : `${echo.to}${tag}\r\n`}${echo.callIdAndCseq}${parts.status === 100 ? echo.timestamp : ''}`;
  return withBody(parts.headers === undefined ? text : text + headerText(parts.headers), parts.body);
}

function echoOf(request: SipRequest, address: string, port: number): RequestEcho {
  const echo = { viaAndRoutes: '', via: '', from: '', to: '', toTagged: false, callIdAndCseq: '', timestamp: '' };
  let routes = '';
  // A request that has one of these twice is refused: the answer has each once.
  let callId = '';
  let cseq = '';
  for (const { id, value } of request.headers) {
    if (id === 'via') echo.via += `Via: ${echo.via === '' ? stampTop(value, address, port) : value}\r\n`;
    else if (id === 'record-route') routes += `Record-Route: ${value}\r\n`;
    else if (id === 'from') echo.from ||= `From: ${value}\r\n`;
    else if (id === 'to') {
      if (echo.to !== '') continue;
      echo.to = `To: ${value}`;
      echo.toTagged = hasTag(value);
    } else if (id === 'call-id') callId ||= `Call-ID: ${value}\r\n`;
    else if (id === 'cseq') cseq ||= `CSeq: ${value}\r\n`;
    else if (id === 'timestamp') echo.timestamp += `Timestamp: ${value}\r\n`;
  }
  return { ...echo, callIdAndCseq: callId + cseq, viaAndRoutes: echo.via + routes };
}

function stampTop(value: string, address: string, port: number): string {
  const via = parseVia(value);
  return via === undefined ? value : stampVia(value, via, address, port);
}

// The parameter may be in any case and with blanks around it; the header's own parameters start behind the last `>`.
function hasTag(value: string): boolean {
  if (!/;[ \t]*tag[ \t]*=/i.test(value.slice(value.lastIndexOf('>') + 1))) return false;
  // A quoted value may look like one, or hold a `>`.
  return !value.includes('"') || parseNameAddr(value)?.parameters.has('tag') !== false;
}
