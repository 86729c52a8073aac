import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const HOST = '127.0.0.1';

/** The usual port where it is free on TCP and UDP, else 0 (the kernel chooses), saying so (decision B38). */
export async function freePort(usual: number, what: string, say: (line: string) => void): Promise<number> {
  if ((await isFreeTcp(usual)) && (await isFreeUdp(usual))) return usual;
  say(`port ${usual} is taken: ${what} gets one that is free`);
  return 0;
}

function isFreeTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

function isFreeUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind(port, HOST, () => socket.close(() => resolve(true)));
  });
}
