import type { MessageLimits } from './message-limits.ts';
import { type Head, parseHead } from './parse-head.ts';
import type { SipMessage } from './sip-message.ts';

/** What came off the wire: not SIP, or a message with the first fault found in it. */
export type Parsed =
  | { readonly kind: 'garbage'; readonly why: string }
  | {
      readonly kind: 'message';
      readonly message: SipMessage;
      readonly fault: string | undefined;
      readonly version: string;
      /** As it came in. */
      readonly bytes: Buffer;
    };

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** Where start line and headers end: the index of the empty line's CRLFCRLF, or -1. */
export const findEndOfHead = (bytes: Buffer): number => bytes.indexOf(END_OF_HEAD);

/** Reads one datagram: exactly one message; what follows its Content-Length is ignored (RFC 3261 §18.3). */
export function parseDatagram(bytes: Buffer, limits: MessageLimits): Parsed {
  if (bytes.length > limits.messageBytesMax) return { kind: 'garbage', why: 'too_large' };
  let start = 0;
  while (bytes[start] === 0x0d && bytes[start + 1] === 0x0a) start += 2;
  const whole = start === 0 ? bytes : bytes.subarray(start);
  const end = findEndOfHead(whole);
  if (end < 0) return { kind: 'garbage', why: 'unparsable' };
  const head = parseHead(whole.toString('latin1', 0, end), limits);
  if (head === undefined) return { kind: 'garbage', why: 'unparsable' };
  const available = whole.length - end - 4;
  const length = head.contentLength ?? available;
  const tooShort = length > available;
  const bodyEnd = end + 4 + (tooShort ? available : length);
  return assemble(head, whole, end + 4, bodyEnd, tooShort ? 'Content-Length Mismatch' : undefined);
}

/** Puts head and body together; `bytes` holds exactly the head from 0 and the body from `bodyStart` to `bodyEnd`. */
export function assemble(head: Head, bytes: Buffer, bodyStart: number, bodyEnd: number, bodyFault?: string): Parsed {
  const fault = head.fault ?? bodyFault;
  // drachtio-srf needs a right Content-Length to find the body.
  const own = bytes.subarray(0, bodyEnd);
  const raw = head.clean && fault === undefined && head.contentLength !== undefined ? own : undefined;
  const parts = { headers: head.headers, body: bytes.subarray(bodyStart, bodyEnd), raw };
  const message: SipMessage =
    head.start.kind === 'request'
      ? { kind: 'request', method: head.start.method, uri: head.start.uri, ...parts }
      : { kind: 'response', status: head.start.status, reason: head.start.reason, ...parts };
  return { kind: 'message', message, fault, version: head.start.kind === 'request' ? head.start.version : '2.0', bytes: own };
}
