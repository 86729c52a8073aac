import type { RemoteInfo, Socket as UdpSocket } from 'node:dgram';
import { listenerMark } from '../../kit/sip-names/listener-mark.ts';
import type { Protocol } from '../../kit/sip-names/sip-transport.ts';
import { type Parsed, parseDatagram } from '../message/parse-message.ts';
import type { AcceptDeps } from './accept-streams.ts';
import { Certificates, type TlsSettings } from './certificates.ts';
import { connectStream } from './connect-stream.ts';
import type { Connection, ConnectionEvents, ConnectionLimits, LostRequest } from './connection.ts';
import { ConnectionGate, type GateLimits } from './connection-gate.ts';
import { ConnectionTable } from './connection-table.ts';
import type { ListenAddress } from './listen-address.ts';
import { chooseListener, type Listener, type SentBy } from './listener.ts';
import { type LocalNetworks, localNetworks } from './local-networks.ts';
import { closeListener, type OpenListener, openListeners } from './open-listeners.ts';
import type { Peer } from './peer.ts';
import { TransportTally } from './transport-tally.ts';

/** Bounds of the transport layer. */
export interface TransportLimits extends ConnectionLimits, GateLimits {}

/** What the transport layer hands up. */
export interface TransportEvents {
  message(parsed: Parsed & { kind: 'message' }, from: Peer): void;
  drop(reason: string): void;
  warn(text: string, facts: Readonly<Record<string, unknown>>): void;
  /** True for a source whose connections are not taken. */
  banned(address: string): boolean;
  /** A datagram too short to be SIP. */
  short(bytes: Buffer): void;
}

/** Where to listen and how. */
export interface TransportSettings {
  readonly listen: readonly ListenAddress[];
  /** CIDRs whose members see bound addresses instead of external ones. */
  readonly localNetworks?: readonly string[] | undefined;
  readonly tls?: TlsSettings | undefined;
  readonly wsOrigins?: readonly string[] | undefined;
}

/** SIP over UDP, TCP, TLS and WebSocket. What leaves over UDP leaves from a listener's own socket. */
export class TransportLayer {
  readonly tally = new TransportTally();
  readonly #limits: TransportLimits;
  readonly #events: TransportEvents;
  readonly #table: ConnectionTable;
  readonly #gate: ConnectionGate;
  readonly #certificates: Certificates | undefined;
  readonly #udp = new Map<Listener, UdpSocket>();
  readonly #connectionEvents: ConnectionEvents;
  #open: readonly OpenListener[] = [];
  #listeners: readonly Listener[] = [];
  #stopped = false;

  private constructor(settings: TransportSettings, limits: TransportLimits, events: TransportEvents) {
    this.#limits = limits;
    this.#events = events;
    const { tcpIdleMs, tcpConnectMs, tcpStallMs, tcpMessageMs, tcpFirstMessageMs, keepAliveMs, pongMs } = limits;
    const bounds = [tcpIdleMs, tcpConnectMs, tcpStallMs, tcpMessageMs, tcpFirstMessageMs, keepAliveMs || tcpIdleMs, pongMs];
    this.#table = new ConnectionTable(Math.min(...bounds));
    this.#gate = new ConnectionGate(
      limits,
      () => this.#table.outgoing,
      (listener, why) => this.#refused(listener, why),
      (address) => events.banned(address),
    );
    const { tls } = settings;
    this.#certificates = tls === undefined ? undefined : this.#openCertificates(tls);
    this.#connectionEvents = {
      message: (parsed, from) => events.message(parsed, from),
      garbage: (why) => events.drop(why),
      lost: (request, connection) => this.#sendAgain(request, connection),
      closed: (connection, why) => {
        this.#table.remove(connection);
        this.tally.count(connection.protocol, `closed_${why}`);
      },
    };
  }

  /** Binds every address and starts reading; rejects when one cannot be bound or the certificate is not usable. */
  static async start(settings: TransportSettings, limits: TransportLimits, events: TransportEvents): Promise<TransportLayer> {
    const layer = new TransportLayer(settings, limits, events);
    await layer.#listen(settings.listen, localNetworks(settings.localNetworks ?? []), settings.wsOrigins).catch((error: unknown) => {
      layer.#certificates?.stop();
      throw error;
    });
    return layer;
  }

  /** In the order they were given. */
  get listeners(): readonly Listener[] {
    return this.#listeners;
  }

  get connections(): number {
    return this.#table.size;
  }

  get connectionsByProtocol(): Map<Protocol, number> {
    return this.#table.byProtocol;
  }

  /** The listener that messages to this peer leave by; undefined when none can reach it. */
  listenerFor(peer: Peer): Listener | undefined {
    return peer.connection?.listener ?? peer.listener ?? chooseListener(this.#listeners, peer.protocol, peer.address);
  }

  /** How this peer is told to reach us. */
  localFor(peer: Peer): SentBy {
    return (this.listenerFor(peer) ?? (this.#listeners[0] as Listener)).towards(peer.address);
  }

  /** True when something is bound that reaches such peers: without one its transport is not available. WebSocket peers call us. */
  reaches(protocol: Protocol, family: 4 | 6): boolean {
    return protocol !== 'ws' && protocol !== 'wss' && this.#listeners.some((item) => item.protocol === protocol && item.family === family);
  }

  /** The stream by which a WebSocket peer has called us; its URI says ws whether it is secured or not (RFC 7118 §5.1). */
  webSocketTo(peer: Peer): Peer {
    const connection = this.#table.find(peer) ?? this.#table.find({ ...peer, protocol: 'wss' });
    return connection === undefined ? peer : { ...peer, protocol: connection.protocol, connection, listener: connection.listener };
  }

  /** The peer at the other end of an open stream that is at least `ageMs` old, whoever opened it; undefined: there is none. */
  flowTo(protocols: readonly Protocol[], address: string, port: number, ageMs: number): Peer | undefined {
    const connection = this.#table.findAt(protocols, address, port, ageMs);
    if (connection === undefined) return undefined;
    const { protocol, listener, serverName } = connection;
    return { protocol, address, port, connection, listener, serverName };
  }

  /** The UDP listener that such a peer knows by this mark (`listenerMark`). */
  udpListenerFor(mark: string, address: string): Listener | undefined {
    const markOf = ({ host, port }: SentBy): string => listenerMark(`${host}:${port}`);
    return this.#listeners.find((item) => item.protocol === 'udp' && markOf(item.towards(address)) === mark);
  }

  /** True when a message to this peer would come back to us. */
  isSelf(peer: Peer): boolean {
    return this.#listeners.some((listener) => listener.protocol === peer.protocol && listener.isAt(peer.address, peer.port));
  }

  /** Sends one message; `failed` is called when it most likely did not reach the peer. */
  send(bytes: Buffer, to: Peer, failed?: (why: string) => void): void {
    if (this.#stopped) return void failed?.('stopped');
    if (to.protocol !== 'udp') {
      const connection = this.#connectionTo(to);
      if (typeof connection === 'string') return void failed?.(connection);
      connection.send(bytes, failed);
      return;
    }
    const listener = this.listenerFor(to);
    const socket = listener === undefined ? undefined : this.#udp.get(listener);
    if (socket === undefined) return void failed?.('no listener of that address family');
    try {
      // Without a callback the socket tells of an error by its event; only who has to know gets a callback made.
      if (failed === undefined) socket.send(bytes, to.port, to.address);
      else socket.send(bytes, to.port, to.address, (error) => this.#sent(error, failed));
    } catch (error) {
      // A port or an address that is none is thrown, not told.
      this.#sent(error as Error, failed);
    }
  }

  /** A request to this peer timed out without any answer. */
  unanswered(to: Peer): void {
    if (to.protocol === 'udp') return;
    const connection = to.connection ?? this.#table.find(to);
    connection?.unanswered();
  }

  /** Reads the certificate files again; false when they are bad or there are none. */
  reloadCertificates(): boolean {
    return this.#certificates?.reload() ?? false;
  }

  /** Closes every socket. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#certificates?.stop();
    const closed = this.#open.map(closeListener);
    this.#table.destroyAll('closed');
    this.#gate.stop();
    await Promise.all(closed);
  }

  async #listen(list: readonly ListenAddress[], local: LocalNetworks, wsOrigins: readonly string[] | undefined): Promise<void> {
    const deps: AcceptDeps = {
      limits: this.#limits,
      gate: this.#gate,
      certificates: this.#certificates,
      wsOrigins: wsOrigins?.map((origin) => origin.toLowerCase()),
      events: this.#connectionEvents,
      accepted: (connection) => this.#accepted(connection),
      refused: (listener, why) => this.#refused(listener, why),
    };
    this.#open = await openListeners(list, local, deps);
    this.#listeners = this.#open.map(({ listener }) => listener);
    for (const item of this.#open) {
      if (!('udp' in item)) continue;
      const { listener, udp } = item;
      this.#udp.set(listener, udp);
      udp.on('message', (bytes, from) => this.#datagram(listener, bytes, from));
      udp.on('error', () => this.#events.drop('udp_error'));
    }
  }

  #openCertificates(tls: TlsSettings): Certificates {
    const renew = (options: Certificates['options']): void => {
      for (const item of this.#open) {
        if ('server' in item && 'setSecureContext' in item.server) (item.server as TlsServer).setSecureContext(options);
      }
      this.#events.warn('certificates were read again', {});
    };
    return new Certificates(tls, renew, (reason) => this.#events.warn('certificates could not be read: the old ones stay', { reason }));
  }

  #accepted(connection: Connection): void {
    this.tally.count(connection.protocol, 'accepted');
    if (this.#stopped) connection.destroy();
    else this.#table.add(connection);
  }

  #refused(listener: Listener, why: Parameters<AcceptDeps['refused']>[1]): void {
    this.tally.count(listener.protocol, `refused_${why}`);
    this.#events.drop(why === 'limit' ? 'connection_limit' : why === 'banned' ? why : `connection_${why}`);
  }

  #sent(error: Error | null, failed: ((why: string) => void) | undefined): void {
    if (error === null) return;
    this.#events.drop('udp_send');
    failed?.(error.message);
  }

  #datagram(listener: Listener, bytes: Buffer, from: RemoteInfo): void {
    // Nobody can be answered there: only forged datagrams come from port 0 (RFC 768: the port of one who awaits no reply).
    if (from.port === 0) {
      this.#events.drop('bad_source');
      return;
    }
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
    this.#events.message(parsed, { protocol: 'udp', address: from.address, port: from.port, listener });
  }

  /** An open connection to the peer, or why there is none. */
  #connectionTo(to: Peer): Connection | string {
    if (to.connection?.open) return to.connection;
    if (to.onlyFlow === true) return 'flow failed';
    // The far end of a stream it opened listens elsewhere: only its answers know where (RFC 3261 §18.2.2).
    const port = to.connection?.inbound === true ? to.returnPort : to.port;
    if (port === undefined || to.protocol === 'ws' || to.protocol === 'wss') return 'connection closed';
    const target: Peer = { ...to, port, connection: undefined };
    const known = this.#table.find(target);
    if (known !== undefined) return known;
    const listener = this.listenerFor(target);
    if (listener === undefined) return 'no listener of that address family';
    if (!this.#gate.roomToConnect) return 'too many connections';
    const connection = connectStream(target, listener, this.#certificates, this.#limits, this.#connectionEvents);
    this.tally.count(to.protocol, 'opened');
    this.#table.add(connection);
    return connection;
  }

  /** A peer may close a stream just as we use it again: the request goes out once more, absorbed as a copy if it had been read. */
  #sendAgain({ bytes, failed }: LostRequest, lost: Connection): void {
    if (this.#stopped || lost.inbound) {
      failed('connection closed');
      return;
    }
    this.tally.count(lost.protocol, 'reused_lost');
    const { protocol, address, port, listener, serverName } = lost;
    const connection = this.#connectionTo({ protocol, address, port, listener, serverName });
    if (typeof connection === 'string') failed(connection);
    else connection.send(bytes, failed);
  }
}

interface TlsServer {
  setSecureContext(options: Certificates['options']): void;
}
