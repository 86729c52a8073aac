/** A message of RFC 4475 or RFC 5118 and what is right to make of it. */
export interface TortureMessage {
  /** Its name in the RFC. */
  readonly name: string;
  readonly clause: string;
  readonly bytes: Buffer;
}

/** An SDP body as most messages there have one. */
export const sdp = (owner: string, connection = owner, time = '0 0'): string =>
  `v=0\no=mhandley 29739 7272939 IN IP4 ${owner}\ns=-\nc=IN IP4 ${connection}\nt=${time}\nm=audio 49217 RTP/AVP 0 12\nm=video 3227 RTP/AVP 31\na=rtpmap:31 LPC\n`;

/**
 * Bytes of a message: head and body with lines ended by CRLF. As the RFCs do, bytes that cannot be printed stand as hexadecimal,
 * here `{x:0D0A}`, and what is repeated as `{20*long}`. A head that is to be measured says `{length}`.
 */
export function bytesOf(head: string, body: string | Buffer = ''): Buffer {
  const bodyBytes = typeof body === 'string' ? expand(body) : body;
  return Buffer.concat([expand(`${head.replace('{length}', String(bodyBytes.length))}\n\n`), bodyBytes]);
}

function expand(text: string): Buffer {
  const long = text
    .replace(/\{(\d+)\*([^}]*)\}/g, (_all, times: string, what: string) => what.repeat(Number(times)))
    .replaceAll('\n', '\r\n');
  const parts = long.split(/\{x:([0-9A-F]+)\}/);
  return Buffer.concat(parts.map((part, index) => Buffer.from(part, index % 2 === 0 ? 'utf8' : 'hex')));
}
