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
const HEAD = 6;
/** All there is beside password, correlation id and payload: head, heads of thirteen chunks, their numbers and two IPv6 addresses. */
const PLAIN_MAX = HEAD + 13 * CHUNK_HEAD + 3 * 1 + 2 * 2 + 3 * 4 + 2 * 16;
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

/** Writes chunks one behind the other into one piece of memory: a packet is made for every message. */
class ChunkWriter {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get length(): number {
    return this.#at;
  }

  number(type: number, bytes: 1 | 2 | 4, value: number): void {
    this.#head(type, bytes);
    this.#at = this.#bytes.writeUIntBE(value, this.#at, bytes);
  }

  content(type: number, content: Uint8Array): void {
    this.#head(type, content.length);
    this.#bytes.set(content, this.#at);
    this.#at += content.length;
  }

  // Vendor 0, type, length with this head.
  #head(type: number, length: number): void {
    this.#bytes.writeUInt16BE(0, this.#at);
    this.#bytes.writeUInt16BE(type, this.#at + 2);
    this.#bytes.writeUInt16BE(CHUNK_HEAD + length, this.#at + 4);
    this.#at += CHUNK_HEAD;
  }
}

/** One HEP3 packet. The payload must leave it below 65,536 bytes: lengths have two. */
export function hepPacket(message: CapturedMessage, captor: Captor): Buffer {
  const { at, datagram, source, destination, payload, correlationId } = message;
  const v6 = source.address.includes(':') || destination.address.includes(':');
  const seconds = Math.floor(at / 1000);
  const [password, correlation] = [Buffer.from(captor.password ?? '', 'utf8'), Buffer.from(correlationId, 'latin1')];
  const packet = Buffer.allocUnsafe(PLAIN_MAX + password.length + correlation.length + payload.length);
  packet.write('HEP3', 0, 'latin1');
  const chunks = new ChunkWriter(packet, HEAD);
  chunks.number(TYPE.family, 1, v6 ? AF_INET6 : AF_INET);
  chunks.number(TYPE.protocol, 1, datagram ? UDP : TCP);
  chunks.content(v6 ? TYPE.source6 : TYPE.source4, addressBytes(source.address, v6));
  chunks.content(v6 ? TYPE.destination6 : TYPE.destination4, addressBytes(destination.address, v6));
  chunks.number(TYPE.sourcePort, 2, source.port);
  chunks.number(TYPE.destinationPort, 2, destination.port);
  chunks.number(TYPE.seconds, 4, seconds);
  chunks.number(TYPE.microseconds, 4, Math.floor((at - seconds * 1000) * 1000));
  chunks.number(TYPE.payloadType, 1, SIP);
  chunks.number(TYPE.captureId, 4, captor.captureId);
  if (password.length > 0) chunks.content(TYPE.password, password);
  chunks.content(TYPE.correlationId, correlation);
  chunks.content(TYPE.payload, payload);
  packet.writeUInt16BE(chunks.length, 4);
  return packet.subarray(0, chunks.length);
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
