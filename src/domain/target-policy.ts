import { CLOSED_NETWORKS, type ClosedNetwork, LOOPBACK, networkOf } from './closed-networks.ts';
import { type IpAddress, type IpPrefix, parseIp, prefixHolds } from './ip-address.ts';
import type { SourceIndex } from './source-index.ts';

/** Where a request would really be sent, after DNS resolution (decision C6). */
export interface TargetAddress {
  readonly ip: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
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
export type TargetRefusal = 'unreadable_address' | 'own_address' | 'gateway_address' | 'carrier_address' | 'loopback' | ClosedNetwork;

const NAT64 = networkOf('64:ff9b::/96');
const SIX_TO_FOUR = networkOf('2002::/16');
const COMPATIBLE = networkOf('::/96');

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
  return CLOSED_NETWORKS.find(([, prefix]) => prefixHolds(prefix, address))?.[0] ?? null;
}

function formatReached(target: TargetAddress, written: IpAddress, address: IpAddress): string {
  if (written.family === address.family) return target.ip;
  return [24n, 16n, 8n, 0n].map((shift) => String((address.value >> shift) & 255n)).join('.');
}
