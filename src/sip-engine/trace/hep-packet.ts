/** One message with its ends, as a capture server wants it. */
export interface CapturedMessage {
  /** Milliseconds since 1970, with a fraction. */
  readonly at: number;
  /** The stream transports all count as TCP. */
  readonly datagram: boolean;
  readonly source: { readonly address: string; readonly port: number };
  readonly destination: { readonly address: string; readonly port: number };
  readonly payload: Buffer;
  /** What belongs together has the same one: the Call-ID. */
  readonly correlationId: string;
}

/** Who captures. */
export interface Captor {
  readonly captureId: number;
  readonly password?: string | undefined;
}

const CHUNK_HEAD = 6;
const AF_INET = 2;
const AF_INET6 = 10;
const UDP = 17;
const TCP = 6;
const SIP = 1;

/** Chunk types of vendor 0, as HEP version 3 numbers them. */
const TYPE = {
  family: 1,
  protocol: 2,
  source4: 3,
  destination4: 4,
  source6: 5,
  destination6: 6,
  sourcePort: 7,
  destinationPort: 8,
  seconds: 9,
  microseconds: 10,
  payloadType: 11,
  captureId: 12,
  password: 14,
  payload: 15,
  correlationId: 17,
} as const;

function chunk(type: number, content: Buffer): Buffer {
  const head = Buffer.alloc(CHUNK_HEAD);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(CHUNK_HEAD + content.length, 4);
  return Buffer.concat([head, content]);
}

function number(type: number, bytes: 1 | 2 | 4, value: number): Buffer {
  const content = Buffer.alloc(bytes);
  content.writeUIntBE(value, 0, bytes);
  return chunk(type, content);
}

/** One HEP3 packet. The payload must leave it below 65,536 bytes: lengths have two. */
export function hepPacket(message: CapturedMessage, captor: Captor): Buffer {
  const { at, datagram, source, destination, payload, correlationId } = message;
  const v6 = source.address.includes(':') || destination.address.includes(':');
  const seconds = Math.floor(at / 1000);
  const chunks = [
    number(TYPE.family, 1, v6 ? AF_INET6 : AF_INET),
    number(TYPE.protocol, 1, datagram ? UDP : TCP),
    chunk(v6 ? TYPE.source6 : TYPE.source4, addressBytes(source.address, v6)),
    chunk(v6 ? TYPE.destination6 : TYPE.destination4, addressBytes(destination.address, v6)),
    number(TYPE.sourcePort, 2, source.port),
    number(TYPE.destinationPort, 2, destination.port),
    number(TYPE.seconds, 4, seconds),
    number(TYPE.microseconds, 4, Math.floor((at - seconds * 1000) * 1000)),
    number(TYPE.payloadType, 1, SIP),
    number(TYPE.captureId, 4, captor.captureId),
    ...(captor.password === undefined ? [] : [chunk(TYPE.password, Buffer.from(captor.password, 'utf8'))]),
    chunk(TYPE.correlationId, Buffer.from(correlationId, 'latin1')),
    chunk(TYPE.payload, payload),
  ];
  const head = Buffer.from('HEP3\0\0', 'latin1');
  const packet = Buffer.concat([head, ...chunks]);
  packet.writeUInt16BE(packet.length, 4);
  return packet;
}

function addressBytes(address: string, v6: boolean): Buffer {
  if (!v6) return Buffer.from(address.split('.').map(Number));
  const bytes = Buffer.alloc(16);
  if (!address.includes(':')) {
    // RFC 4291 §2.5.5.2.
    bytes.writeUInt16BE(0xffff, 10);
    bytes.set(addressBytes(address, false), 12);
    return bytes;
  }
  const [head = '', tail] = withoutDots(address.split('%')[0] ?? '').split('::');
  const groups = (text: string | undefined): number[] => (text ? text.split(':').map((group) => Number.parseInt(group, 16)) : []);
  const [left, right] = [groups(head), groups(tail)];
  for (const [at, group] of left.entries()) bytes.writeUInt16BE(group, 2 * at);
  for (const [at, group] of right.entries()) bytes.writeUInt16BE(group, 2 * (8 - right.length + at));
  return bytes;
}

/** `::ffff:192.0.2.7` with its last four bytes as two groups. */
function withoutDots(address: string): string {
  if (!address.includes('.')) return address;
  const at = address.lastIndexOf(':') + 1;
  const [a = 0, b = 0, c = 0, d = 0] = address.slice(at).split('.').map(Number);
  return `${address.slice(0, at)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
