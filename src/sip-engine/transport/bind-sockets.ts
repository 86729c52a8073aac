import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import type { Server } from 'node:net';

const UDP_BUFFER_BYTES = 4_194_304;

/** Opens a UDP socket; rejects with the system's error. An IPv6 socket takes IPv6 only, so that both families may share a port. */
export function bindUdp(host: string, port: number): Promise<UdpSocket> {
  const family = host.includes(':') ? 6 : 4;
  // Addresses are numeric already: skip the resolver's detour on every send.
  const lookup = (address: string, _options: unknown, done: (error: null, address: string, family: number) => void): void =>
    done(null, address, family);
  const socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4', ipv6Only: family === 6, lookup: lookup as never });
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ port, address: host, exclusive: true }, () => {
      socket.removeAllListeners('error');
      enlargeBuffers(socket);
      resolve(socket);
    });
  });
}

/** Lets a server of streams listen; rejects with the system's error. */
export function listenStreams(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: 1024, ipv6Only: host.includes(':') }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

// A burst must not be lost while the loop is busy; a system that forbids the size keeps its own.
function enlargeBuffers(socket: UdpSocket): void {
  try {
    socket.setRecvBufferSize(UDP_BUFFER_BYTES);
    socket.setSendBufferSize(UDP_BUFFER_BYTES);
  } catch {}
}
