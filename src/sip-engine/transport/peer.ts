import type { Connection } from './connection.ts';
import type { Listener } from './listener.ts';

/** Transports the engine speaks. */
export type Protocol = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** Every transport there is. */
export const PROTOCOLS: readonly Protocol[] = ['udp', 'tcp', 'tls', 'ws', 'wss'];

/** Where a message goes to or came from. `address` is numeric; IPv6 without brackets. */
export interface Peer {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
  /** The stream it came in on; used again while it is open. */
  readonly connection?: Connection | undefined;
  /** Never opens a stream: who is there takes none. */
  readonly onlyFlow?: boolean;
  /** The listener it came in by; what goes back leaves by it. */
  readonly listener?: Listener | undefined;
  /** The name its certificate has to be for; without one its address (RFC 5922 §7.2). */
  readonly serverName?: string | undefined;
  /** Where an answer goes when the stream its request came on is closed (RFC 3261 §18.2.2). */
  readonly returnPort?: number | undefined;
}

/** A peer that cannot be reached: its name has no address. */
export const NOWHERE: Peer = { protocol: 'udp', address: '0.0.0.0', port: 0 };

/** True where a message either arrives or fails: no retransmission by timers (RFC 3261 §17). */
export const isReliable = (protocol: Protocol): boolean => protocol !== 'udp';

/** RFC 3261 §19.1.2, RFC 7118 §5.1. */
export function defaultPort(protocol: Protocol): number {
  if (protocol === 'tls') return 5061;
  if (protocol === 'ws') return 80;
  return protocol === 'wss' ? 443 : 5060;
}

/** `address:port`, IPv6 in brackets. */
export const hostPort = (address: string, port: number): string => `${bracketed(address)}:${port}`;

/** The address as it stands in a URI or Via. */
export const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** The peer without what is only of its stream, as it may be kept for long. */
export const addressOf = ({ protocol, address, port, listener }: Peer): Peer => ({ protocol, address, port, listener });
