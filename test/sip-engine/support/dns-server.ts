import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** Records of the tiny name server by name and type; a name without any does not exist. */
export interface Zone {
  [name: string]: {
    a?: readonly string[];
    aaaa?: readonly string[];
    srv?: readonly (readonly [priority: number, weight: number, port: number, target: string])[];
    naptr?: readonly (readonly [order: number, preference: number, service: string, replacement: string])[];
  };
}

/** A name server on loopback that answers from a zone, over UDP alone (RFC 1035 §4). */
export interface DnsServer {
  readonly address: string;
  /** Questions asked so far, as `TYPE name`. */
  readonly questions: string[];
  /** While set it hears and says nothing. */
  silent: boolean;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA', 33: 'SRV', 35: 'NAPTR' };

/** Starts a name server; every record lives `ttl` seconds. */
export async function dnsServer(zone: Zone, ttl = 60): Promise<DnsServer> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const server: DnsServer = {
    address: `127.0.0.1:${socket.address().port}`,
    questions: [],
    silent: false,
    close: () => new Promise((done) => socket.close(() => done())),
  };
  socket.on('message', (query, from) => {
    const { name, type, end } = readQuestion(query);
    server.questions.push(`${TYPES[type]} ${name}`);
    if (server.silent) return;
    const answers = recordsOf(zone[name] ?? {}, type);
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8580 | (zone[name] === undefined ? 3 : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(answers.length, 6);
    const records = answers.map((data) => {
      const head = Buffer.alloc(12);
      head.writeUInt16BE(0xc00c, 0);
      head.writeUInt16BE(type, 2);
      head.writeUInt16BE(1, 4);
      head.writeUInt32BE(ttl, 6);
      head.writeUInt16BE(data.length, 10);
      return Buffer.concat([head, data]);
    });
    socket.send(Buffer.concat([header, query.subarray(12, end), ...records]), from.port, from.address);
  });
  return server;
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function recordsOf({ a = [], aaaa = [], srv = [], naptr = [] }: Zone[string], type: number): Buffer[] {
  if (type === 1) return a.map((address) => Buffer.from(address.split('.').map(Number)));
  if (type === 28) return aaaa.map(() => Buffer.from([...new Array(15).fill(0), 1]));
  if (type === 33) return srv.map(([priority, weight, port, target]) => Buffer.concat([numbers(priority, weight, port), nameOf(target)]));
  if (type !== 35) return [];
  return naptr.map(([order, preference, service, replacement]) =>
    Buffer.concat([numbers(order, preference), text('s'), text(service), text(''), nameOf(replacement)]),
  );
}

const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
const nameOf = (name: string): Buffer =>
  Buffer.concat([
    ...name
      .split('.')
      .filter((label) => label !== '')
      .map(text),
    Buffer.from([0]),
  ]);

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, 2 * index);
  return bytes;
}
