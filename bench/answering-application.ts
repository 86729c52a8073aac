/**
 * The least an application of a SIP server can do: answers every INVITE and every BYE with 200 by frames put together by hand, so that
 * a call costs the server and next to nothing else. A child of the suite `engine`, told by `BENCH_ANSWER` which server to join.
 */
import { connect } from 'node:net';

interface Wanted {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

const { host, port, secret } = JSON.parse(process.env['BENCH_ANSWER'] ?? '{}') as Wanted;
const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 41000 RTP/AVP 8\r\n';
const ACCEPT = `SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\nContent-Length: ${SDP.length}\r\n\r\n${SDP}`;
const OK = 'SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n';
const HASH = 0x23;
const BAR = 0x7c;
/** Where a frame from the network names its transaction (drachtio.md §1.4). */
const TRANSACTION_TOKEN = 8;

const socket = connect(port, host);
let waiting = '';
let count = 0;
let held: Buffer = Buffer.alloc(0);

function send(text: string): void {
  count += 1;
  const payload = `m${count}|${text}`;
  if (waiting === '') setImmediate(flush);
  waiting += `${payload.length}#${payload}`;
}

function flush(): void {
  socket.write(waiting, 'latin1');
  waiting = '';
}

function take(frame: Buffer): void {
  const kind = frame.indexOf(BAR) + 1;
  if (frame.toString('latin1', kind, kind + 4) !== 'sip|') return;
  const lineEnd = frame.indexOf('\r\n');
  const method = frame.toString('latin1', lineEnd + 2, lineEnd + 6);
  if (method !== 'INVI' && method !== 'BYE ') return;
  const txnId = frame.toString('latin1', 0, lineEnd).split('|')[TRANSACTION_TOKEN] ?? '';
  send(`sip|${txnId}||\r\n${method === 'BYE ' ? OK : ACCEPT}`);
}

socket.on('data', (chunk) => {
  held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
  for (;;) {
    const hash = held.indexOf(HASH);
    const length = hash < 0 ? Number.NaN : Number(held.toString('latin1', 0, hash));
    if (Number.isNaN(length) || held.length < hash + 1 + length) return;
    take(held.subarray(hash + 1, hash + 1 + length));
    held = held.subarray(hash + 1 + length);
  }
});
socket.on('error', () => process.exit(1));
socket.on('close', () => process.exit(0));
socket.on('connect', () => {
  socket.setNoDelay(true);
  send(`authenticate|${secret}`);
  for (const verb of ['invite', 'ack', 'bye']) send(`route|${verb}`);
  setTimeout(() => process.send?.('ready'), 200);
});
process.once('disconnect', () => process.exit(0));
