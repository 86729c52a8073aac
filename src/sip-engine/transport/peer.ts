import type { Protocol, Target } from '../../kit/sip-names/sip-transport.ts';
import type { Connection } from './connection.ts';
import type { Listener } from './listener.ts';

/** Where a message goes to or came from. `address` is numeric; IPv6 without brackets. */
export interface Peer extends Target {
  /** The stream it came in on; used again while it is open. */
  readonly connection?: Connection | undefined;
  /** Never opens a stream: who is there takes none. */
  readonly onlyFlow?: boolean;
  /** The listener it came in by; what goes back leaves by it. */
  readonly listener?: Listener | undefined;
  /** Where an answer goes when the stream its request came on is closed (RFC 3261 §18.2.2). */
  readonly returnPort?: number | undefined;
}

/** A peer that cannot be reached: its name has no address. */
export const NOWHERE: Peer = { protocol: 'udp', address: '0.0.0.0', port: 0 };

/** True where a message either arrives or fails: no retransmission by timers (RFC 3261 §17). */
export const isReliable = (protocol: Protocol): boolean => protocol !== 'udp';

/** The peer without what is only of its stream, as it may be kept for long. */
export const addressOf = ({ protocol, address, port, listener }: Peer): Peer => ({ protocol, address, port, listener });
