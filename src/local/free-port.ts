import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** A TCP port that was free on `host` a moment ago. */
export async function freeTcpPort(host = '127.0.0.1'): Promise<number> {
  return withTcpPort(host, 0, (port) => Promise.resolve(port));
}

/** Why a port cannot be bound, or undefined when it can: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL` … */
export async function portRefusal(host: string, port: number, transports: readonly ('tcp' | 'udp')[]): Promise<string | undefined> {
  try {
    if (transports.includes('tcp')) await withTcpPort(host, port, () => Promise.resolve(port));
    if (transports.includes('udp')) await bindUdp(host, port);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

function withTcpPort<T>(host: string, port: number, use: (port: number) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : 0;
      use(bound).then(
        (value) => server.close(() => resolve(value)),
        (error: unknown) => server.close(() => reject(error)),
      );
    });
  });
}

function bindUdp(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve()));
  });
}
