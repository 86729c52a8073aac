import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server } from 'node:net';

/** One port open on UDP and TCP. */
export interface BoundSockets {
  readonly udp: UdpSocket;
  readonly tcp: Server;
  readonly port: number;
}

const ATTEMPTS_MAX = 30;
const UDP_BUFFER_BYTES = 4_194_304;

/** Binds `port` on both transports; 0 picks one number that is free on both. Rejects with the system's error. */
export async function bindSockets(host: string, port: number): Promise<BoundSockets> {
  for (let attempt = 1; ; attempt += 1) {
    const udp = await bindUdp(host, port);
    const chosen = udp.address().port;
    try {
      return { udp, tcp: await listenTcp(host, chosen), port: chosen };
    } catch (error) {
      udp.close();
      if (port !== 0 || attempt >= ATTEMPTS_MAX || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

function bindUdp(host: string, port: number): Promise<UdpSocket> {
  // Addresses are numeric already: skip the resolver's detour on every send.
  const lookup = (address: string, _options: unknown, done: (error: null, address: string, family: number) => void): void =>
    done(null, address, host.includes(':') ? 6 : 4);
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', lookup: lookup as never });
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

// A burst must not be lost while the loop is busy; a system that forbids the size keeps its own.
function enlargeBuffers(socket: UdpSocket): void {
  try {
    socket.setRecvBufferSize(UDP_BUFFER_BYTES);
    socket.setSendBufferSize(UDP_BUFFER_BYTES);
  } catch {}
}

function listenTcp(host: string, port: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: 1024 }, () => {
      server.removeAllListeners('error');
      resolve(server);
    });
  });
}
