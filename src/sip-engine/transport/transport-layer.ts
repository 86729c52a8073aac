import type { RemoteInfo } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { type Parsed, parseDatagram } from '../message/parse-message.ts';
import { type BoundSockets, bindSockets } from './bind-sockets.ts';
import { LocalAddress } from './local-address.ts';
import { bracketed, hostPort, type Peer } from './peer.ts';
import { type ConnectionEvents, type ConnectionLimits, TcpConnection } from './tcp-connection.ts';

/** Bounds of the transport layer. */
export interface TransportLimits extends ConnectionLimits {
  readonly connectionsMax: number;
}

/** What the transport layer hands up. */
export interface TransportEvents {
  message(parsed: Parsed & { kind: 'message' }, from: Peer): void;
  drop(reason: string): void;
  /** A datagram too short to be SIP. */
  short(bytes: Buffer): void;
}

/** SIP over UDP and TCP on one port. Everything that leaves over UDP leaves from that port. */
export class TransportLayer {
  readonly host: string;
  readonly port: number;
  readonly #bound: BoundSockets;
  readonly #limits: TransportLimits;
  readonly #local: LocalAddress;
  readonly #connections = new Set<TcpConnection>();
  readonly #byPeer = new Map<string, TcpConnection>();
  readonly #events: TransportEvents;
  readonly #connectionEvents: ConnectionEvents;
  #stopped = false;

  private constructor(bound: BoundSockets, host: string, external: string | undefined, limits: TransportLimits, events: TransportEvents) {
    this.#bound = bound;
    this.host = host;
    this.port = bound.port;
    this.#local = new LocalAddress(host, external);
    this.#limits = limits;
    this.#events = events;
    this.#connectionEvents = {
      message: (parsed, from) => events.message(parsed, from),
      broken: (why) => events.drop(why),
      closed: (connection) => this.#forget(connection),
    };
    bound.udp.on('message', (bytes, from) => this.#datagram(bytes, from));
    bound.udp.on('error', () => events.drop('udp_error'));
    bound.tcp.on('connection', (socket) => this.#accept(socket));
    bound.tcp.on('error', () => events.drop('tcp_error'));
  }

  /** Binds `port` (0: one number free on both transports) and starts reading. */
  static async start(
    at: { readonly host: string; readonly port: number; readonly external: string | undefined },
    limits: TransportLimits,
    events: TransportEvents,
  ): Promise<TransportLayer> {
    return new TransportLayer(await bindSockets(at.host, at.port), at.host, at.external, limits, events);
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Our address as `peerAddress` should see it; IPv6 in brackets. */
  hostFor(peerAddress: string): string {
    return bracketed(this.#local.towards(peerAddress));
  }

  /** Sends one message; `failed` is called when it certainly did not leave. */
  send(bytes: Buffer, to: Peer, failed?: (why: string) => void): void {
    if (this.#stopped) return void failed?.('stopped');
    if (to.protocol === 'udp') {
      // Without a callback the socket tells of an error by its event; only who has to know gets a callback made.
      if (failed === undefined) this.#bound.udp.send(bytes, to.port, to.address);
      else this.#bound.udp.send(bytes, to.port, to.address, (error) => this.#sent(error, failed));
      return;
    }
    const connection = this.#connectionTo(to);
    if (connection === undefined) return void failed?.('too many connections');
    connection.send(bytes, failed);
  }

  /** Closes every socket. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const connection of this.#connections) connection.destroy();
    await Promise.all([
      new Promise<void>((done) => this.#bound.udp.close(() => done())),
      new Promise<void>((done) => this.#bound.tcp.close(() => done())),
    ]);
  }

  #sent(error: Error | null, failed: (why: string) => void): void {
    if (error === null) return;
    this.#events.drop('udp_send');
    failed(error.message);
  }

  #datagram(bytes: Buffer, from: RemoteInfo): void {
    // Keep-alives: CRLFCRLF, a lone NUL, STUN-like probes.
    if (bytes.length < 10) {
      this.#events.short(bytes);
      return;
    }
    const parsed = parseDatagram(bytes, this.#limits);
    if (parsed.kind === 'garbage') {
      this.#events.drop(parsed.why);
      return;
    }
    this.#events.message(parsed, { protocol: 'udp', address: from.address, port: from.port });
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    if (this.#stopped || remoteAddress === undefined || remotePort === undefined || this.#connections.size >= this.#limits.connectionsMax) {
      this.#events.drop('connection_limit');
      socket.destroy();
      return;
    }
    this.#remember(new TcpConnection(socket, remoteAddress, remotePort, this.#limits, this.#connectionEvents));
  }

  #connectionTo(to: Peer): TcpConnection | undefined {
    if (to.connection?.open) return to.connection;
    const known = this.#byPeer.get(hostPort(to.address, to.port));
    if (known?.open) return known;
    if (this.#connections.size >= this.#limits.connectionsMax) return undefined;
    const socket = connect({ host: to.address, port: to.port });
    return this.#remember(new TcpConnection(socket, to.address, to.port, this.#limits, this.#connectionEvents));
  }

  #remember(connection: TcpConnection): TcpConnection {
    this.#connections.add(connection);
    this.#byPeer.set(hostPort(connection.address, connection.port), connection);
    return connection;
  }

  #forget(connection: TcpConnection): void {
    this.#connections.delete(connection);
    const key = hostPort(connection.address, connection.port);
    if (this.#byPeer.get(key) === connection) this.#byPeer.delete(key);
  }
}
