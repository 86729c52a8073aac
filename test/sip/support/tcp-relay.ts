import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP relay that can break its connections, between an agent and its SIP server. */
export interface TcpRelay {
  readonly host: string;
  readonly port: number;
  /** Breaks every connection; new ones are accepted again at once. */
  breakAll(): void;
  /** Breaks every connection and lets none through until `false` is said. */
  cut(isCut: boolean): void;
  /** Once somebody says this, what the target answers is lost, though it hears all; null ends that and breaks the connections. */
  muteAt(text: string | null): void;
  close(): Promise<void>;
}

export async function startTcpRelay(target: { readonly host: string; readonly port: number }): Promise<TcpRelay> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    return socket;
  };
  let isCut = false;
  let mutedAt: string | null = null;
  let isMute = false;
  const server = createServer((near) => {
    if (isCut) {
      near.on('error', () => {}).destroy();
      return;
    }
    const far = keep(connect(target.port, target.host));
    keep(near)
      .on('data', (data: Buffer) => {
        if (mutedAt !== null && data.includes(mutedAt)) isMute = true;
      })
      .pipe(far);
    far.on('end', () => near.end()).on('data', (data: Buffer) => isMute || near.write(data));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    breakAll,
    cut(off) {
      isCut = off;
      if (off) breakAll();
    },
    muteAt(text) {
      mutedAt = text;
      isMute = false;
      if (text === null) breakAll();
    },
    async close() {
      breakAll();
      server.close();
      await once(server, 'close');
    },
  };
}
