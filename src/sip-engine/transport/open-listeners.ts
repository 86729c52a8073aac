import type { Socket as UdpSocket } from 'node:dgram';
import type { AddressInfo, Server } from 'node:net';
import { type AcceptDeps, acceptStreams, createStreamServer } from './accept-streams.ts';
import { bindUdp, listenStreams } from './bind-sockets.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import { Listener } from './listener.ts';
import type { LocalNetworks } from './local-networks.ts';

/** A listener with its socket: UDP or a server of streams. */
export type OpenListener = { readonly listener: Listener } & ({ readonly udp: UdpSocket } | { readonly server: Server });

const ATTEMPTS_MAX = 30;

/** Binds every address, or none: rejects with the system's error, whose message names the address. */
export async function openListeners(list: readonly ListenAddress[], local: LocalNetworks, deps: AcceptDeps): Promise<OpenListener[]> {
  const open: OpenListener[] = [];
  try {
    for (const group of groups(list)) open.push(...(await openGroup(group, local, deps)));
  } catch (error) {
    await Promise.all(open.map(closeListener));
    throw error;
  }
  return open;
}

/** Closes its socket; streams that were accepted stay open. */
export function closeListener(item: OpenListener): Promise<void> {
  return new Promise((done) => ('udp' in item ? item.udp.close(() => done()) : item.server.close(() => done())));
}

/** UDP and TCP of one host whose port the kernel chooses belong together: peers expect one number for both. */
function groups(list: readonly ListenAddress[]): ListenAddress[][] {
  const together = new Map<string, ListenAddress[]>();
  const all: ListenAddress[][] = [];
  for (const at of list) {
    const pairs = at.port === 0 && (at.protocol === 'udp' || at.protocol === 'tcp');
    const known = pairs ? together.get(at.host)?.filter((other) => other.protocol === at.protocol).length === 0 : false;
    if (known) together.get(at.host)?.push(at);
    else {
      const group = [at];
      all.push(group);
      if (pairs) together.set(at.host, group);
    }
  }
  return all;
}

async function openGroup(group: readonly ListenAddress[], local: LocalNetworks, deps: AcceptDeps): Promise<OpenListener[]> {
  for (let attempt = 1; ; attempt += 1) {
    const open: OpenListener[] = [];
    try {
      for (const at of group) open.push(await openOne(at, at.port === 0 ? (open[0]?.listener.port ?? 0) : at.port, local, deps));
      return open;
    } catch (error) {
      await Promise.all(open.map(closeListener));
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (open.length === 0 || !taken || attempt >= ATTEMPTS_MAX) throw error;
    }
  }
}

async function openOne(at: ListenAddress, port: number, local: LocalNetworks, deps: AcceptDeps): Promise<OpenListener> {
  try {
    if (at.protocol === 'udp') {
      const udp = await bindUdp(at.host, port);
      return { listener: new Listener(at, udp.address().port, local), udp };
    }
    const server = createStreamServer(at.protocol, deps);
    await listenStreams(server, at.host, port);
    const listener = new Listener(at, (server.address() as AddressInfo).port, local);
    acceptStreams(server, listener, deps);
    return { listener, server };
  } catch (error) {
    if (error instanceof Error) error.message = `cannot listen on ${formatListenAddress(at)}: ${error.message}`;
    throw error;
  }
}
