import { connect, type Socket } from 'node:net';
import type { Dice } from '../support/random.ts';
import { SDP } from '../support/sip-text.ts';
import { SECRET } from '../support/stage.ts';
import { mutate, scratch } from './mutate.ts';

/** Streams to one port, opened again when the other end has had enough. */
abstract class Streams {
  readonly #sockets: (Socket | undefined)[];
  readonly #port: number;
  protected readonly dice: Dice;
  opened = 0;

  constructor(port: number, dice: Dice, count: number) {
    this.#port = port;
    this.dice = dice;
    this.#sockets = new Array<Socket | undefined>(count).fill(undefined);
  }

  protected abstract greet(socket: Socket): void;
  protected heard(_text: string): void {}

  protected write(text: string): void {
    const index = this.dice.between(0, this.#sockets.length - 1);
    const socket = this.#sockets[index] ?? this.#open(index);
    // Cut anywhere, so that the rest comes in another segment or never.
    const cut = this.dice.chance(0.3) ? this.dice.between(0, text.length) : text.length;
    const bytes = Buffer.from(text, 'latin1');
    socket.write(bytes.subarray(0, cut));
    if (cut < text.length && this.dice.chance(0.7)) setImmediate(() => socket.writable && socket.write(bytes.subarray(cut)));
    if (this.dice.chance(0.01)) socket.destroy();
  }

  close(): void {
    for (const socket of this.#sockets) socket?.destroy();
  }

  #open(index: number): Socket {
    const socket = connect(this.#port, '127.0.0.1');
    this.opened += 1;
    this.#sockets[index] = socket;
    socket.on('error', () => {});
    socket.on('data', (bytes) => this.heard(bytes.toString('latin1')));
    socket.on('close', () => {
      if (this.#sockets[index] === socket) this.#sockets[index] = undefined;
    });
    this.greet(socket);
    return socket;
  }
}

/** SIP over TCP. */
export class SipStreams extends Streams {
  protected greet(): void {}

  send(text: string): void {
    const keepAlive = this.dice.chance(0.1) ? this.dice.pick(['\r\n\r\n', '\r\n', '\r', '\n']) : '';
    this.write(keepAlive + text.replaceAll('SIP/2.0/UDP', 'SIP/2.0/TCP'));
  }
}

const COMMANDS = [
  'sip||',
  'sip|',
  'sip||x;from-tag=y',
  'ping',
  'route|invite',
  'route|message',
  'remove_route|message',
  'proxy|',
  'authenticate|x|',
  'cdr:start',
];

/** An application that has the right secret and goes mad. */
export class ControlStreams extends Streams {
  readonly #ids: string[] = [''];
  readonly #sink: number;

  constructor(port: number, dice: Dice, sink: number) {
    super(port, dice, 3);
    this.#sink = sink;
  }

  protected greet(socket: Socket): void {
    socket.write(frame(`a|authenticate|${SECRET}|`));
    socket.write(frame('b|route|refer'));
  }

  protected override heard(text: string): void {
    for (const [, id] of text.matchAll(/\|([0-9a-f]{12}-[0-9a-z]+)\|/g)) this.#ids.push(id ?? '');
    if (this.#ids.length > 64) this.#ids.splice(1, this.#ids.length - 64);
  }

  send(): void {
    const { dice } = this;
    const line = `m|${dice.chance(0.5) ? `sip|${dice.pick(this.#ids)}|` : dice.pick(COMMANDS)}`;
    const message = dice.chance(0.5) ? this.#request() : `SIP/2.0 ${dice.pick([180, 200, 486])} OK\r\nContent-Length: 0\r\n\r\n`;
    const payload = `${dice.chance(0.5) ? scratch(line, dice) : line}\r\n${dice.chance(0.7) ? mutate(message, message, dice) : message}`;
    // A wrong length ends the connection.
    this.write(dice.chance(0.02) ? scratch(frame(payload), dice) : frame(payload));
  }

  #request(): string {
    const method = this.dice.pick(['INVITE', 'INVITE', 'OPTIONS', 'BYE', 'ACK', 'CANCEL', 'SUBSCRIBE', 'PRACK', 'INFO']);
    return `${method} sip:x@127.0.0.1:${this.#sink} SIP/2.0\r\nfrom: <sip:a@localhost>\r\ncontact: <sip:a@localhost>\r\nCall-ID: mad${this.dice.between(0, 50)}\r\ncseq: ${this.dice.between(1, 9)} ${method}\r\nX: y\r\n\r\n${SDP}`;
  }
}

const frame = (payload: string): string => `${payload.length}#${payload}`;
