import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the receiver got it. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the receiver says to the next request; `hang` says nothing, `reset` breaks the connection. */
export type Reply = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string } | 'hang' | 'reset';

/** A server on loopback that keeps what it gets and answers as it is told. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  reply: (received: Received) => Reply;
  /** Requests that wait for an answer now, and the most there ever were. */
  readonly open: { now: number; most: number };
  close(): Promise<void>;
}

export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const open = { now: 0, most: 0 };
  const server = createServer((req, res) => {
    open.now += 1;
    open.most = Math.max(open.most, open.now);
    res.on('close', () => {
      open.now -= 1;
    });
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part));
    req.on('error', () => {});
    req.on('end', () => {
      const got = { path: req.url ?? '', headers: req.headers, body: Buffer.concat(parts).toString('utf8') };
      received.push(got);
      const reply = receiver.reply(got);
      if (reply === 'hang') return;
      if (reply === 'reset') {
        req.socket.destroy();
        return;
      }
      res.writeHead(reply.status, reply.headers).end(reply.body ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    reply: () => ({ status: 204 }),
    open,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}
