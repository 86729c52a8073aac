import type { TcpConnection } from './tcp-connection.ts';

/** Transports the engine speaks. */
export type Protocol = 'udp' | 'tcp';

/** Where a message goes to or came from. `address` is numeric; IPv6 without brackets. */
export interface Peer {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
  /** The stream it came in on; used again while it is open. */
  readonly connection?: TcpConnection | undefined;
  /** Never opens a stream: who is there takes none. */
  readonly onlyFlow?: boolean;
}

/** `address:port`, IPv6 in brackets. */
export const hostPort = (address: string, port: number): string => `${bracketed(address)}:${port}`;

/** The address as it stands in a URI or Via. */
export const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);
