import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A server on loopback that answers every connection with the same bytes and never ends one. */
export interface RawServer {
  readonly url: string;
  /** How many connections are open. */
  connections(): number;
  close(): Promise<void>;
}

export async function openRawServer(answer: string): Promise<RawServer> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    socket.once('data', () => socket.write(answer));
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    connections: () => open.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
