import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Certificates } from './certificates.ts';
import type { Connection, ConnectionEvents, ConnectionLimits } from './connection.ts';
import type { Listener } from './listener.ts';
import { isLoopback, isWildcard } from './local-address.ts';
import type { Peer } from './peer.ts';
import { StreamConnection } from './stream-connection.ts';

/** Opens a TCP or TLS connection to a peer, from the listener's address where it has one. */
export function connectStream(
  to: Peer,
  listener: Listener,
  certificates: Certificates | undefined,
  limits: ConnectionLimits,
  events: ConnectionEvents,
): Connection {
  const { protocol, address, port } = to;
  const facts = { protocol, address, port, listener, inbound: false, serverName: to.serverName };
  const from = isWildcard(listener.host) || isLoopback(listener.host) ? {} : { localAddress: listener.host };
  const at = { host: address, port, ...from };
  if (protocol === 'tcp') return new StreamConnection(connect(at), 'connect', facts, limits, events);
  const name = to.serverName ?? address;
  const socket = connectTls({
    ...at,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    rejectUnauthorized: certificates?.settings.verifyServers ?? true,
    // The certificate has to be for the domain that was asked for, not for the host an SRV record named (RFC 5922 §7.1).
    ...(certificates === undefined ? {} : { secureContext: certificates.client }),
  });
  return new StreamConnection(socket, 'secureConnect', facts, limits, events);
}
