import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The network between the product and one of its stores. */
export interface TcpProxy {
  readonly port: number;
  /** Breaks every connection and refuses new ones until `heal`. */
  cut(): void;
  /** Nothing passes any more, nothing is closed. */
  stall(): void;
  /** What is connected now is never heard of again, as behind a firewall that forgot it; new connections work. */
  forget(): void;
  /** Every chunk is this much late. */
  slow(ms: number): void;
  heal(): void;
  close(): Promise<void>;
}

interface Weather {
  mode: 'open' | 'cut';
  stalled: boolean;
  delayMs: number;
  /** Settles when what is stalled may go on. */
  gate: Promise<void>;
  open: () => void;
}

/** One connection through the proxy. */
interface Line {
  forgotten: boolean;
}

/** Opens a proxy on a kernel port in front of `targetPort` of loopback. */
export async function openTcpProxy(targetPort: number): Promise<TcpProxy> {
  const weather: Weather = { mode: 'open', stalled: false, delayMs: 0, gate: Promise.resolve(), open: () => {} };
  const sockets = new Set<Socket>();
  const lines = new Set<Line>();
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((near) => {
    if (weather.mode === 'cut') {
      near.destroy();
      return;
    }
    const far = connect(targetPort, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    }
    const line: Line = { forgotten: false };
    lines.add(line);
    near.once('close', () => lines.delete(line));
    carry(near, far, weather, line);
    carry(far, near, weather, line);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const heal = (): void => {
    Object.assign(weather, { mode: 'open', stalled: false, delayMs: 0 });
    weather.open();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      weather.mode = 'cut';
      breakAll();
    },
    stall() {
      if (weather.stalled) return;
      weather.stalled = true;
      weather.gate = new Promise((resolve) => {
        weather.open = resolve;
      });
    },
    forget() {
      for (const line of lines) line.forgotten = true;
      lines.clear();
    },
    slow(ms) {
      weather.delayMs = ms;
    },
    heal,
    async close() {
      heal();
      breakAll();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One direction, in order whatever the weather does meanwhile. */
function carry(from: Socket, to: Socket, weather: Weather, line: Line): void {
  let tail: Promise<unknown> = Promise.resolve();
  const later = (work: () => void): void => {
    tail = tail.then(async () => {
      await weather.gate;
      const { delayMs } = weather;
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (!line.forgotten) work();
    });
  };
  from.on('data', (chunk) => later(() => to.write(chunk)));
  from.once('end', () => later(() => to.end()));
  from.once('close', () => later(() => to.destroy()));
}
