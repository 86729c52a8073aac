import type { IncomingMessage } from 'node:http';
import type { OutboundAnswer } from '../app/ports/outbound-http.ts';

/** Headers that are kept of an answer, in characters of names and values together. */
const HEADERS_MAX = 10_240;

/** Reads an answer to at most `bytesMax` bytes of body, and lets go of the connection there. */
export async function readAnswer(message: IncomingMessage, bytesMax: number): Promise<OutboundAnswer> {
  const parts: Buffer[] = [];
  let length = 0;
  let isWhole = true;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    parts.push(chunk.subarray(0, bytesMax - length));
    length += chunk.length;
    if (length <= bytesMax) continue;
    isWhole = false;
    break;
  }
  message.destroy();
  return { kind: 'answered', status: message.statusCode ?? 0, headers: headersOf(message), body: Buffer.concat(parts), isWhole };
}

function headersOf({ rawHeaders }: IncomingMessage): readonly (readonly [string, string])[] {
  const headers: (readonly [string, string])[] = [];
  let left = HEADERS_MAX;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at]?.toLowerCase(), rawHeaders[at + 1]];
    left -= name.length + value.length;
    if (left < 0) break;
    headers.push([name, value]);
  }
  return headers;
}
