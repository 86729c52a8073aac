import { createSocket } from 'node:dgram';

/** A name server on loopback: says the same addresses of every name, or nothing at all. */
export interface NameServer {
  /** `address:port`. */
  readonly address: string;
  /** How many questions came. */
  asked(): number;
  close(): Promise<void>;
}

/** RFC 1035 §3.2.2 and RFC 3596 §2.1, by type of record. */
const RDATA = new Map([
  [1, Buffer.from([192, 0, 2, 7])],
  [28, Buffer.from('20010db8000000000000000000000007', 'hex')],
]);

export async function openNameServer({ silent }: { readonly silent: boolean }): Promise<NameServer> {
  let asked = 0;
  const socket = createSocket('udp4');
  socket.on('error', () => {});
  socket.on('message', (query, from) => {
    asked += 1;
    if (!silent) socket.send(answerTo(query), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked: () => asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** The question again, and one record of its type (RFC 1035 §4.1). */
function answerTo(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const type = query.readUInt16BE(end - 4);
  const data = RDATA.get(type) ?? Buffer.alloc(0);
  const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  const record = Buffer.from([0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]);
  return Buffer.concat([header, query.subarray(12, end), record, data]);
}
