import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { StreamFramer } from './stream-framer.ts';

/** The transports the party speaks. */
export type Transport = 'udp' | 'tcp';

/** An address to send to. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Where a message goes or came from; `socket` is the connection it came on (RFC 3261 §18.2.2). */
export interface Flow extends HostPort {
  readonly transport: Transport;
  readonly socket?: Socket;
}

/** How to open a wire. With `listenTcp` false, TCP connections leave from the wire's own port instead of an ephemeral one. */
export interface WireOptions {
  readonly host: string;
  readonly port?: number;
  readonly listenTcp?: boolean;
  readonly onBytes: (bytes: Buffer, flow: Flow) => void;
}

const bindTriesMax = 20;
const connectTimeoutMs = 3000;

/** One UDP socket and one TCP listener on the same port of one loopback address. */
export class Wire {
  readonly host: string;
  readonly port: number;
  readonly #udp: UdpSocket;
  readonly #server: Server | undefined;
  readonly #onBytes: WireOptions['onBytes'];
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Map<string, Promise<Socket>>();
  #closed = false;

  constructor(udp: UdpSocket, server: Server | undefined, options: WireOptions) {
    this.host = options.host;
    this.port = udp.address().port;
    this.#udp = udp;
    this.#server = server;
    this.#onBytes = options.onBytes;
    udp.on('message', (bytes, from) => options.onBytes(bytes, { transport: 'udp', host: from.address, port: from.port }));
    udp.on('error', () => undefined);
    server?.on('connection', (socket) => this.#adopt(socket));
    server?.on('error', () => undefined);
  }

  /** Sockets and listeners still open. */
  get openCount(): number {
    return this.#closed ? this.#sockets.size : this.#sockets.size + 1;
  }

  /** Sends bytes; rejects when a TCP connection cannot be made. */
  async send(bytes: Buffer, flow: Flow): Promise<void> {
    if (this.#closed) return;
    if (flow.transport === 'udp') this.#udp.send(bytes, flow.port, flow.host, () => undefined);
    else if (flow.socket !== undefined && !flow.socket.destroyed) flow.socket.write(bytes);
    else (await this.#connection(flow)).write(bytes);
  }

  /** Closes every socket and waits until they are closed. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#connections.values());
    const ends = [...this.#sockets].map((socket) => once(socket, 'close'));
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server !== undefined) {
      ends.push(once(this.#server, 'close'));
      this.#server.close();
    }
    ends.push(once(this.#udp, 'close'));
    this.#udp.close();
    await Promise.all(ends);
  }

  /** Breaks every TCP connection, as a failing peer would. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #connection(to: HostPort): Promise<Socket> {
    const key = `${to.host}:${to.port}`;
    const known = this.#connections.get(key);
    if (known !== undefined) return known;
    const localPort = this.#server === undefined ? { localPort: this.port } : {};
    const socket = connect({ host: to.host, port: to.port, localAddress: this.host, ...localPort });
    this.#adopt(socket);
    socket.once('close', () => this.#connections.delete(key));
    const ready = once(socket, 'connect', { signal: AbortSignal.timeout(connectTimeoutMs) }).then(() => socket);
    ready.catch(() => socket.destroy());
    this.#connections.set(key, ready);
    return ready;
  }

  #adopt(socket: Socket): void {
    const framer = new StreamFramer();
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      const flow: Flow = { transport: 'tcp', host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0, socket };
      for (const bytes of framer.push(chunk)) this.#onBytes(bytes, flow);
    });
  }
}

async function bindUdp(host: string, port: number): Promise<UdpSocket> {
  const udp = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1 << 20 });
  udp.bind(port, host);
  await once(udp, 'listening');
  return udp;
}

async function listenTcp(host: string, port: number): Promise<Server | undefined> {
  const server = createServer();
  server.listen(port, host);
  return once(server, 'listening').then(
    () => server,
    () => undefined,
  );
}

/** Binds UDP and TCP on one port the kernel chose (or the given one); tries again when TCP has that port taken. */
export async function openWire(options: WireOptions): Promise<Wire> {
  for (let tries = 0; tries < bindTriesMax; tries += 1) {
    const udp = await bindUdp(options.host, options.port ?? 0);
    if (options.listenTcp === false) return new Wire(udp, undefined, options);
    const server = await listenTcp(options.host, udp.address().port);
    if (server !== undefined) return new Wire(udp, server, options);
    udp.close();
  }
  throw new Error(`no port of ${options.host} is free on both UDP and TCP`);
}
