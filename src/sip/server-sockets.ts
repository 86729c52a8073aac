import { isIP } from 'node:net';
import type { GuardedAddress } from '../domain/target-policy.ts';

/** Cuts `transport/host:port`, as servers report their sockets. */
function cut(address: string): { readonly host: string; readonly port: number | null } {
  const hostPort = address.slice(address.indexOf('/') + 1);
  const colon = hostPort.lastIndexOf(':');
  const port = Number(hostPort.slice(colon + 1));
  const host = (colon < 0 ? hostPort : hostPort.slice(0, colon)).replace('[', '').replace(']', '');
  return { host: host.toLowerCase(), port: Number.isInteger(port) && port > 0 ? port : null };
}

/** The host of a server's socket. */
export const hostOfAddress = (address: string): string => cut(address).host;

/** The sockets of a server as addresses nobody may make us call (decision C6). */
export const serverSockets = (addresses: readonly string[]): GuardedAddress[] =>
  addresses
    .map(cut)
    .filter(({ host }) => isIP(host) !== 0)
    .map(({ host, port }) => ({ ip: host, port }));
