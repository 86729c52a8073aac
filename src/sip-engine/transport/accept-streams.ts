import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { WebSocketServer } from 'ws';
import type { Protocol } from '../../kit/sip-names/sip-transport.ts';
import type { Certificates } from './certificates.ts';
import type { Connection, ConnectionEvents, ConnectionFacts, ConnectionLimits } from './connection.ts';
import type { ConnectionGate } from './connection-gate.ts';
import type { Listener } from './listener.ts';
import { StreamConnection } from './stream-connection.ts';
import { WsConnection } from './ws-connection.ts';

/** Why a peer was not let in, as it is counted. */
export type RefusalReason = 'banned' | 'limit' | 'source_limit' | 'handshake' | 'not_sip';

/** What accepting needs. */
export interface AcceptDeps {
  readonly limits: ConnectionLimits;
  readonly gate: ConnectionGate;
  readonly certificates: Certificates | undefined;
  /** Origins of web pages whose scripts may connect; undefined: any. */
  readonly wsOrigins: readonly string[] | undefined;
  readonly events: ConnectionEvents;
  accepted(connection: Connection): void;
  refused(listener: Listener, why: RefusalReason): void;
}

/** The server for a listener's transport, not listening yet. */
export function createStreamServer(protocol: Exclude<Protocol, 'udp'>, deps: AcceptDeps): Server {
  const limits = { headersTimeout: deps.limits.tcpConnectMs, requestTimeout: deps.limits.tcpConnectMs, connectionsCheckingInterval: 1000 };
  if (protocol === 'tcp') return createServer();
  if (protocol === 'ws') return createHttpServer(limits);
  return protocol === 'tls' ? createTlsServer(tlsOptions(deps)) : createHttpsServer({ ...tlsOptions(deps), ...limits });
}

/** Starts taking connections from `server`. */
export function acceptStreams(server: Server, listener: Listener, deps: AcceptDeps): void {
  server.on('error', () => deps.events.garbage(`${listener.protocol}_error`));
  if (listener.protocol === 'tcp') {
    server.on('connection', (socket) => {
      if (deps.gate.admit(socket, listener)) take(socket, listener, deps);
    });
    return;
  }
  server.prependListener('connection', (socket) => deps.gate.admit(socket, listener));
  server.on('tlsClientError', (_error, socket: TLSSocket) => {
    deps.refused(listener, 'handshake');
    // After a time-out Node leaves it open.
    socket.destroy();
  });
  if (listener.protocol === 'tls') server.on('secureConnection', (socket: TLSSocket) => take(socket, listener, deps));
  else acceptWebSockets(server as HttpServer, listener, deps);
}

function tlsOptions({ certificates, limits }: AcceptDeps): TlsOptions {
  if (certificates?.settings.certificateFile === undefined || certificates.settings.keyFile === undefined)
    throw new Error('tls and wss listeners need a certificate and its key');
  const { clientCertificates = 'no', authoritiesFile } = certificates.settings;
  // Without it Node would take any publicly issued certificate.
  if (clientCertificates === 'require' && authoritiesFile === undefined)
    throw new Error('client certificates can only be required with a file of their authorities');
  return {
    ...certificates.options,
    handshakeTimeout: limits.tcpConnectMs,
    requestCert: clientCertificates !== 'no',
    rejectUnauthorized: clientCertificates === 'require',
  };
}

function take(socket: Socket, listener: Listener, deps: AcceptDeps): void {
  const facts = factsOf(socket, listener);
  if (facts === undefined) return void socket.destroy();
  deps.accepted(new StreamConnection(socket, undefined, { ...facts, inbound: true, serverName: undefined }, deps.limits, deps.events));
}

function factsOf({ remoteAddress, remotePort }: Socket, listener: Listener): Omit<ConnectionFacts, 'inbound' | 'serverName'> | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return { protocol: listener.protocol, address: remoteAddress, port: remotePort, listener };
}

function acceptWebSockets(server: HttpServer, listener: Listener, deps: AcceptDeps): void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compression costs memory for each peer and helps an attacker more than SIP (RFC 7692 §8).
    perMessageDeflate: false,
    maxPayload: deps.limits.messageBytesMax,
    handleProtocols: () => 'sip',
  });
  server.on('request', (_request, response) => {
    deps.refused(listener, 'not_sip');
    response.writeHead(426, { upgrade: 'websocket', connection: 'close', 'content-length': 0 }).end();
  });
  server.on('clientError', (_error, socket) => {
    deps.refused(listener, 'not_sip');
    socket.destroy();
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {});
    const why = refusalOf(request, deps.wsOrigins);
    if (why !== undefined) {
      deps.refused(listener, 'not_sip');
      socket.end(`HTTP/1.1 ${why}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const facts = factsOf(request.socket, listener);
      if (facts === undefined) webSocket.terminate();
      else deps.accepted(new WsConnection(webSocket, facts, deps.limits, deps.events));
    });
  });
}

/** The status line that refuses an upgrade: the client has to offer the subprotocol `sip` (RFC 7118 §4.1). */
function refusalOf(request: IncomingMessage, origins: readonly string[] | undefined): string | undefined {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim().toLowerCase());
  if (!offered.includes('sip')) return '400 Bad Request';
  const { origin } = request.headers;
  if (origins === undefined || origin === undefined || origins.includes(origin.toLowerCase())) return undefined;
  return '403 Forbidden';
}
