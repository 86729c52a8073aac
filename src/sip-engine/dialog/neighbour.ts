import { defaultPort, hostPort, type Protocol } from '../../kit/sip-names/sip-transport.ts';
import type { SipUri } from '../message/uri.ts';
import type { Via } from '../message/via.ts';
import type { Peer } from '../transport/peer.ts';
import { protocolOf } from './next-hop.ts';

/** Who gave us the request or the answer that made a dialog, on the stream it came by. */
export interface Neighbour {
  readonly peer: Peer;
  /** `host:port` it calls itself by (RFC 3261 §18.1.1); an answer does not say. */
  readonly sentBy: string | undefined;
  /** It has asked for requests by the stream it opened (RFC 5923 §5). */
  readonly aliased: boolean;
}

/** The neighbour of a dialog that a request (with its topmost Via) or an answer makes; undefined: it came by a datagram. */
export function neighbourOf(from: Peer, via: Via | undefined): Neighbour | undefined {
  const { protocol, address, port, listener, connection, serverName } = from;
  if (connection === undefined) return undefined;
  const sentBy = via === undefined ? undefined : nameOf(via, protocol);
  return { peer: { protocol, address, port, listener, connection, serverName }, sentBy, aliased: via?.parameters.has('alias') === true };
}

/**
 * The open stream to use for a dialog's next hop instead of a new one, which a proxy behind a NAT or under a name of its own could never
 * prove itself on. It is for that hop when the hop is what the neighbour calls itself in the very request whose first Record-Route it
 * wrote: who passes as somebody else there gets nothing but his own call. Who asks for it may prove by his certificate that the hop is
 * his, too. Without TLS a new one needs no proof, and is used unless the neighbour asks for this one.
 */
export function streamFor(neighbour: Neighbour | undefined, hop: SipUri | undefined): Peer | undefined {
  if (neighbour === undefined || hop === undefined) return undefined;
  const { peer, sentBy, aliased } = neighbour;
  const { connection, protocol } = peer;
  if (connection?.open !== true || streamProtocolOf(hop) !== protocol) return undefined;
  const host = hop.parameters.get('maddr') ?? hop.host;
  const isItself = sentBy === nameOf({ host, port: hop.port }, protocol);
  if (!aliased) return isItself && protocol === 'tls' ? peer : undefined;
  return isItself || connection.proves(unbracketed(host)) ? peer : undefined;
}

/**
 * The same of a hop that was resolved: where a stream we opened leads there already it is the one to use, by whatever name the neighbour
 * goes in its Record-Route. It has proved the one it was called by, and that the other is at the same address is not its own word.
 */
export function byStream(neighbour: Neighbour | undefined, target: Peer): Peer {
  const known = neighbour?.peer;
  const isThere = known?.protocol === target.protocol && known.address === target.address && known.port === target.port;
  return isThere && known.connection?.open === true && !known.connection.inbound ? known : target;
}

// RFC 3261 §26.2.2: sips without more is TLS.
function streamProtocolOf(hop: SipUri): Protocol | undefined {
  const protocol = protocolOf(hop);
  if (protocol === 'any') return hop.scheme === 'sips' ? 'tls' : undefined;
  return protocol;
}

const nameOf = ({ host, port }: Pick<SipUri, 'host' | 'port'>, protocol: Protocol): string =>
  hostPort(unbracketed(host).toLowerCase(), port ?? defaultPort(protocol));

const unbracketed = (host: string): string => (host.startsWith('[') ? host.slice(1, -1) : host);
