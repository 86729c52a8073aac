/** A small audio SDP whose port makes it recognisable at the other end. */
export function testSdp(port = 40000, options: { host?: string; version?: number; direction?: string } = {}): string {
  const host = options.host ?? '127.0.0.1';
  return [
    'v=0',
    `o=party 1 ${options.version ?? 1} IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 8 0 101`,
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    `a=${options.direction ?? 'sendrecv'}`,
    '',
  ].join('\r\n');
}
