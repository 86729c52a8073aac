import { type IpPrefix, parsePrefix } from './ip-address.ts';

/** Kinds of networks that are not part of the public Internet, besides loopback. */
export type ClosedNetwork = 'unspecified' | 'link_local' | 'private' | 'multicast' | 'reserved';

/** The network that a constant writes; throws on anything that is none. */
export const networkOf = (text: string): IpPrefix => {
  const prefix = parsePrefix(text);
  if (prefix === null) throw new Error(`not a prefix: ${text}`);
  return prefix;
};

/** Addresses of the own machine. */
export const LOOPBACK: readonly IpPrefix[] = ['127.0.0.0/8', '::1/128'].map(networkOf);

/** RFC 6890 special-purpose registries, as far as SIP could abuse them. */
export const CLOSED_NETWORKS: readonly (readonly [ClosedNetwork, IpPrefix])[] = (
  [
    ['unspecified', ['0.0.0.0/8', '::/128']],
    ['link_local', ['169.254.0.0/16', 'fe80::/10']],
    ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fec0::/10']],
    ['multicast', ['224.0.0.0/4', 'ff00::/8']],
    ['reserved', ['192.0.0.0/24', '198.18.0.0/15', '240.0.0.0/4', '100::/64', '2001::/32', '64:ff9b:1::/48']],
  ] as const
).flatMap(([reason, networks]) => networks.map((text) => [reason, networkOf(text)] as const));
