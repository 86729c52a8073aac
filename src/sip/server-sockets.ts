import { isIP } from 'node:net';
import type { GuardedAddress } from '../domain/target-policy.ts';
import type { Protocol } from '../kit/sip-names/sip-transport.ts';
import type { SipServer } from './sip-stack.ts';

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

/** Whether any server that is there sends by that transport to that family of addresses; without a word of it, it may. */
export function reaches(servers: readonly Pick<SipServer, 'addresses'>[], protocol: Protocol, family: 4 | 6): boolean {
  if (protocol === 'ws' || protocol === 'wss') return false;
  const all = servers.flatMap(({ addresses }) => addresses);
  return all.length === 0 || all.some((address) => address.startsWith(`${protocol}/`) && address.includes('[') === (family === 6));
}
