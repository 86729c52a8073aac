import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** A TCP port that was free on `host` a moment ago. */
export async function freeTcpPort(host = '127.0.0.1'): Promise<number> {
  return withTcpPort(host, 0, (port) => Promise.resolve(port));
}

/** One number that is free on UDP and on TCP, as SIP wants it (decision C18). */
export async function freeSipPort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = await withTcpPort(host, 0, async (candidate) => ((await udpFree(host, candidate)) ? candidate : 0));
    if (port !== 0) return port;
  }
  throw new Error(`no port is free on UDP and TCP of ${host}`);
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

async function udpFree(host: string, port: number): Promise<boolean> {
  try {
    await bindUdp(host, port);
    return true;
  } catch {
    return false;
  }
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
