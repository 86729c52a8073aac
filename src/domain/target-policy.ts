import { type IpAddress, type IpPrefix, parseIp, parsePrefix, prefixHolds } from './ip-address.ts';
import type { SourceIndex } from './source-index.ts';

/** Where a request would really be sent, after DNS resolution (decision C6). */
export interface TargetAddress {
  readonly ip: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp' | 'tls';
}

/** An address that is not for tenants; port null: every port of it. */
export interface GuardedAddress {
  readonly ip: string;
  readonly port: number | null;
}

/** What the platform knows of the addresses around it. */
export interface TargetPolicy {
  /** Where we listen, external address included. */
  readonly ownAddresses: readonly GuardedAddress[];
  readonly gatewayAddresses: readonly GuardedAddress[];
  /** Index over the source records of carrier groups only. */
  readonly carrierSources: SourceIndex;
  /** `sip.target_networks`: opens private, link-local, loopback and multicast blocks, never our own or a carrier's address. */
  readonly allowedNetworks: readonly IpPrefix[];
  readonly loopbackAllowed: boolean;
}

/** Why a target may not be dialled; for explain and the operator, never for the tenant's peer. */
export type TargetRefusal =
  | 'unreadable_address'
  | 'own_address'
  | 'gateway_address'
  | 'carrier_address'
  | 'loopback'
  | 'link_local'
  | 'private'
  | 'multicast'
  | 'reserved';

const block = (text: string): IpPrefix => {
  const prefix = parsePrefix(text);
  if (prefix === null) throw new Error(`not a prefix: ${text}`);
  return prefix;
};

const LOOPBACK: readonly IpPrefix[] = ['127.0.0.0/8', '::1/128'].map(block);

// RFC 6890 special-purpose registries, as far as a SIP target could abuse them.
const CLOSED: readonly (readonly [TargetRefusal, IpPrefix])[] = (
  [
    ['link_local', ['169.254.0.0/16', 'fe80::/10']],
    ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fec0::/10']],
    ['multicast', ['224.0.0.0/4', 'ff00::/8']],
    ['reserved', ['0.0.0.0/8', '192.0.0.0/24', '198.18.0.0/15', '240.0.0.0/4', '::/128', '100::/64', '2001::/32', '64:ff9b:1::/48']],
  ] as const
).flatMap(([reason, blocks]) => blocks.map((text) => [reason, block(text)] as const));

const NAT64 = block('64:ff9b::/96');
const SIX_TO_FOUR = block('2002::/16');
const COMPATIBLE = block('::/96');

/** The IPv4 address a translating IPv6 address leads to (RFC 6052, RFC 3056), or the address itself: no hiding of 10.0.0.1 behind `64:ff9b::`. */
function reached(address: IpAddress): IpAddress {
  if (address.family === 4) return address;
  const low = { family: 4, value: address.value & 0xffff_ffffn } as const;
  if (prefixHolds(NAT64, address)) return low;
  if (prefixHolds(SIX_TO_FOUR, address)) return { family: 4, value: (address.value >> 80n) & 0xffff_ffffn };
  return prefixHolds(COMPATIBLE, address) && address.value > 1n ? low : address;
}

function guards(list: readonly GuardedAddress[], address: IpAddress, port: number): boolean {
  return list.some((guarded) => {
    if (guarded.port !== null && guarded.port !== port) return false;
    const own = parseIp(guarded.ip);
    return own !== null && own.family === address.family && own.value === address.value;
  });
}

/** Says whether a target the platform did not write may be dialled; null: it may. Judge the address actually sent to, every time. */
export function targetRefusal(target: TargetAddress, policy: TargetPolicy): TargetRefusal | null {
  const written = parseIp(target.ip);
  if (written === null || !(target.port > 0 && target.port <= 65_535)) return 'unreadable_address';
  const address = reached(written);
  if (guards(policy.ownAddresses, address, target.port)) return 'own_address';
  if (guards(policy.gatewayAddresses, address, target.port)) return 'gateway_address';
  const loopback = LOOPBACK.some((prefix) => prefixHolds(prefix, address));
  const exempt = loopback && policy.loopbackAllowed;
  const sources = exempt ? [] : policy.carrierSources.match(formatReached(target, written, address), target.port, target.transport);
  if (sources.length > 0) return 'carrier_address';
  if (exempt || policy.allowedNetworks.some((prefix) => prefixHolds(prefix, address))) return null;
  if (loopback) return 'loopback';
  return CLOSED.find(([, prefix]) => prefixHolds(prefix, address))?.[0] ?? null;
}

function formatReached(target: TargetAddress, written: IpAddress, address: IpAddress): string {
  if (written.family === address.family) return target.ip;
  return [24n, 16n, 8n, 0n].map((shift) => String((address.value >> shift) & 255n)).join('.');
}

/** True when the target may be dialled (decision C6). */
export const targetAllowed = (target: TargetAddress, policy: TargetPolicy): boolean => targetRefusal(target, policy) === null;
