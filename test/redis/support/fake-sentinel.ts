import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A Sentinel that names one primary, answers when it is told to, and announces failovers. */
export interface FakeSentinel {
  readonly port: number;
  /** From now on questions for the primary wait. */
  hold(): void;
  /** Questions that wait. */
  readonly waiting: number;
  /** Connections that listen for failovers. */
  readonly listening: number;
  /** Tells all that listen of a failover. */
  announce(): void;
  /** Answers what waits and what will come. */
  answer(): void;
  close(): Promise<void>;
}

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const list = (...items: readonly string[]): string => `*${items.length}\r\n${items.join('')}`;

/** Starts a Sentinel that names 127.0.0.1 and this port. */
export async function startFakeSentinel(primaryPort: number): Promise<FakeSentinel> {
  const sockets = new Set<Socket>();
  const listeners = new Set<Socket>();
  let isHeld = false;
  let waiting: Socket[] = [];
  const name = (socket: Socket) => socket.write(list(bulk('127.0.0.1'), bulk(String(primaryPort))));
  const obey = (socket: Socket, [command = '', sub = '', ...rest]: readonly string[]): void => {
    const what = command.toLowerCase() === 'sentinel' ? sub.toLowerCase() : command.toLowerCase();
    if (what === 'get-master-addr-by-name') {
      if (isHeld) waiting.push(socket);
      else name(socket);
    } else if (what === 'sentinels') socket.write(list());
    else if (what === 'subscribe') {
      listeners.add(socket);
      for (const channel of [sub, ...rest]) socket.write(list(bulk('subscribe'), bulk(channel), ':1\r\n'));
    } else if (what === 'hello') socket.write("-ERR unknown command 'HELLO'\r\n");
    else socket.write('+OK\r\n');
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      listeners.delete(socket);
      waiting = waiting.filter((one) => one !== socket);
    });
    socket.on('data', (data) => {
      text += data.toString('latin1');
      for (let taken = takeCommand(text); taken !== null; taken = takeCommand(text)) {
        text = text.slice(taken.length);
        obey(socket, taken.words);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    hold() {
      isHeld = true;
    },
    get waiting() {
      return waiting.length;
    },
    get listening() {
      return listeners.size;
    },
    announce() {
      const news = list(bulk('message'), bulk('+switch-master'), bulk(`plane 127.0.0.1 1 127.0.0.1 ${primaryPort}`));
      for (const socket of listeners) socket.write(news);
    },
    answer() {
      isHeld = false;
      for (const socket of waiting.splice(0)) name(socket);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The first whole command (a list of bulk strings) and how many characters it took; null: not all of it is here. */
function takeCommand(text: string): { readonly words: readonly string[]; readonly length: number } | null {
  const words: string[] = [];
  let at = text.indexOf('\r\n') + 2;
  if (at < 2) return null;
  for (let left = Number(text.slice(1, at - 2)); left > 0; left -= 1) {
    const end = text.indexOf('\r\n', at);
    if (end < 0) return null;
    const from = end + 2;
    const to = from + Number(text.slice(at + 1, end));
    if (text.length < to + 2) return null;
    words.push(text.slice(from, to));
    at = to + 2;
  }
  return { words, length: at };
}
