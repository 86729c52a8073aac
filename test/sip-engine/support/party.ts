import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket as TcpSocket } from 'node:net';
import { responseText, SipText } from './sip-text.ts';

type Match = (message: SipText) => boolean;

/** Collects messages; tests take them in the order they ask for them. */
class Inbox {
  readonly all: SipText[] = [];
  readonly #queue: SipText[] = [];
  readonly #waiting: { readonly match: Match; readonly take: (message: SipText) => void }[] = [];

  add(message: SipText): void {
    this.all.push(message);
    const at = this.#waiting.findIndex((waiter) => waiter.match(message));
    if (at < 0) this.#queue.push(message);
    else this.#waiting.splice(at, 1)[0]?.take(message);
  }

  next(match: Match, what: string, deadlineMs: number): Promise<SipText> {
    const at = this.#queue.findIndex(match);
    const found = at < 0 ? undefined : this.#queue.splice(at, 1)[0];
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const seen = (): string => this.all.map((message) => `${message.startLine} [${message.header('cseq')}]`).join('; ');
      const timer = setTimeout(() => reject(new Error(`no ${what} within ${deadlineMs} ms; seen: ${seen()}`)), deadlineMs);
      this.#waiting.push({
        match,
        take: (message) => {
          clearTimeout(timer);
          resolve(message);
        },
      });
    });
  }
}

/** How long an event is waited for: a busy machine may pause for seconds. */
const DEADLINE_MS = 20_000;

/** A raw SIP party: sends text, waits for messages. */
export abstract class Party {
  readonly inbox = new Inbox();
  abstract readonly port: number;
  abstract readonly transport: 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';
  /** As it stands in a URI. */
  host = '127.0.0.1';
  abstract send(text: string, port: number): void;
  abstract close(): Promise<void>;
  /** Lone CRLFs received on streams. */
  pongs = 0;

  /** The next request of this method. */
  request(method: string, deadlineMs = DEADLINE_MS): Promise<SipText> {
    return this.inbox.next((message) => message.method === method, method, deadlineMs);
  }

  /** The next response with this status, to this method and of this call when given. */
  response(status: number, method?: string, callId?: string): Promise<SipText> {
    const match = (message: SipText): boolean =>
      message.status === status &&
      (method === undefined || message.cseqMethod === method) &&
      (callId === undefined || message.header('call-id') === callId);
    return this.inbox.next(match, `${status} ${method ?? ''}`, DEADLINE_MS);
  }

  /** How many messages matched so far, taken or not. */
  count(match: Match): number {
    return this.inbox.all.filter(match).length;
  }

  answer(request: SipText, port: number, status: number, options: Parameters<typeof responseText>[2] = {}): void {
    this.send(responseText(request, status, options), port);
  }

  get contact(): string {
    return `<sip:party@${this.host}:${this.port}${this.transport === 'UDP' ? '' : `;transport=${this.transport.toLowerCase()}`}>`;
  }

  /** A Via value of this party. */
  via(branch: string): string {
    return `SIP/2.0/${this.transport} ${this.host}:${this.port};branch=${branch}`;
  }
}

class UdpParty extends Party {
  readonly transport = 'UDP';
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    if (socket.address().family === 'IPv6') this.host = '[::1]';
    socket.on('message', (bytes) => this.inbox.add(new SipText(bytes.toString('latin1'))));
  }

  get port(): number {
    return this.#socket.address().port;
  }

  send(text: string, port: number): void {
    this.#socket.send(Buffer.from(text, 'latin1'), port, this.host.replace(/[[\]]/g, ''));
  }

  close(): Promise<void> {
    return new Promise((done) => this.#socket.close(() => done()));
  }
}

/** A party on a UDP port of its own. */
export async function udpParty(host = '127.0.0.1', port = 0): Promise<Party> {
  const socket = createSocket(host === '::1' ? 'udp6' : 'udp4');
  socket.bind(port, host);
  await once(socket, 'listening');
  return new UdpParty(socket);
}

/** How a party that speaks over streams connects. */
type Dial = (port: number) => TcpSocket;

/** A party on streams: listens on a port of its own and connects out from others. */
export class TcpParty extends Party {
  readonly transport: 'TCP' | 'TLS';
  readonly sockets = new Set<TcpSocket>();
  readonly #server: Server;
  readonly #outgoing = new Map<number, TcpSocket>();

  readonly #dial: Dial;

  constructor(server: Server, transport: 'TCP' | 'TLS', dial: Dial) {
    super();
    this.#server = server;
    this.transport = transport;
    this.#dial = dial;
    server.on(transport === 'TLS' ? 'secureConnection' : 'connection', (socket: TcpSocket) => this.#read(socket));
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  send(text: string, port: number): void {
    let socket = this.#outgoing.get(port);
    if (socket === undefined) {
      socket = this.#dial(port);
      this.#outgoing.set(port, socket);
      this.#read(socket);
    }
    socket.write(Buffer.from(text, 'latin1'));
  }

  override answer(request: SipText, port: number, status: number, options: Parameters<typeof responseText>[2] = {}): void {
    const back = [...this.sockets].find((socket) => socket.remotePort !== port) ?? this.#outgoing.get(port);
    back?.write(Buffer.from(responseText(request, status, options), 'latin1'));
  }

  close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((done) => this.#server.close(() => done()));
  }

  #read(socket: TcpSocket): void {
    this.sockets.add(socket);
    let held = '';
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('data', (chunk) => {
      held += chunk.toString('latin1');
      for (;;) {
        while (held.startsWith('\r\n')) {
          held = held.slice(2);
          this.pongs += 1;
        }
        const end = held.indexOf('\r\n\r\n');
        if (end < 0) return;
        const length = Number(/content-length:\s*(\d+)/i.exec(held.slice(0, end))?.[1] ?? 0);
        if (held.length < end + 4 + length) return;
        this.inbox.add(new SipText(held.slice(0, end + 4 + length)));
        held = held.slice(end + 4 + length);
      }
    });
  }
}

/** A party that listens on a TCP port of its own and connects out from others. */
export async function tcpParty(host = '127.0.0.1'): Promise<TcpParty> {
  const server = createServer();
  server.listen(0, host);
  await once(server, 'listening');
  const party = new TcpParty(server, 'TCP', (port) => connect(port, host));
  party.host = host === '::1' ? '[::1]' : host;
  return party;
}
