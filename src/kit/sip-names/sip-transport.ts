/** Transports of SIP. */
export type Protocol = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** Every transport there is. */
export const PROTOCOLS: readonly Protocol[] = ['udp', 'tcp', 'tls', 'ws', 'wss'];

/** An address a request may be sent to; IPv6 without brackets. */
export interface Target {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
  /** The name its certificate has to be for; without one its address (RFC 5922 §7.2). */
  readonly serverName?: string | undefined;
}

/** RFC 3261 §19.1.2, RFC 7118 §5.1. */
export function defaultPort(protocol: Protocol): number {
  if (protocol === 'tls') return 5061;
  if (protocol === 'ws') return 80;
  return protocol === 'wss' ? 443 : 5060;
}

/** The address as it stands in a URI or Via. */
export const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** `address:port`, IPv6 in brackets. */
export const hostPort = (address: string, port: number): string => `${bracketed(address)}:${port}`;
