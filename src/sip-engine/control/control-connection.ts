import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Arrival } from '../dialog/application.ts';
import type { EngineLimits } from '../settings.ts';
import { FrameReader } from './frame-reader.ts';
import { arrivalFrame, type Frame, joinFrames, replyFrame } from './frame-text.ts';
import type { RoutedApplication } from './route-table.ts';

const AUTHENTICATE_WITHIN_MS = 5000;
const CUT_OFF_FACTOR = 4;

/** A command line of an authenticated application, with the SIP text behind it. */
export interface Command {
  readonly messageId: string;
  readonly tokens: readonly string[];
  readonly message: Buffer;
}

/** What a control connection reports. */
export interface ControlEvents {
  authenticated(connection: ControlConnection): void;
  /** False when the command is unknown; the connection is closed then. */
  command(connection: ControlConnection, command: Command): boolean;
  closed(connection: ControlConnection): void;
  drop(reason: string): void;
}

/** One application's control connection. Nothing but `authenticate` is taken before the secret was right. */
export class ControlConnection implements RoutedApplication {
  readonly id: string;
  pending = 0;
  readonly #socket: Socket;
  readonly #limits: EngineLimits;
  readonly #secret: Buffer;
  readonly #events: ControlEvents;
  readonly #hello: () => string;
  readonly #deadline: NodeJS.Timeout;
  #authenticated = false;
  #gone = false;
  readonly #waiting: Frame[] = [];
  #waitingBytes = 0;

  constructor(id: string, socket: Socket, limits: EngineLimits, secret: string, hello: () => string, events: ControlEvents) {
    this.id = id;
    this.#socket = socket;
    this.#limits = limits;
    this.#secret = digest(secret);
    this.#hello = hello;
    this.#events = events;
    const reader = new FrameReader((payload) => this.#payload(payload));
    this.#deadline = setTimeout(() => socket.destroy(), AUTHENTICATE_WITHIN_MS);
    this.#deadline.unref();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 10_000);
    socket.on('data', (chunk) => {
      if (!reader.push(chunk)) this.#refuse('control_bad_frame');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(this.#deadline);
      this.#gone = true;
      events.closed(this);
    });
  }

  get gone(): boolean {
    return this.#gone;
  }

  get authenticated(): boolean {
    return this.#authenticated;
  }

  /** True while it should get no new work: it reads or answers too slowly. */
  get busy(): boolean {
    return this.#backlog > this.#limits.controlBacklogBytesMax || this.pending >= this.#limits.pendingPerApplicationMax;
  }

  deliver(arrival: Arrival): void {
    this.write(arrivalFrame(arrival, Date.now()));
  }

  get #backlog(): number {
    return this.#socket.writableLength + this.#waitingBytes;
  }

  /** Writes a frame; frames of one turn of the event loop leave in one piece and one system call. */
  write(frame: Frame): void {
    if (this.#gone || this.#socket.destroyed) return;
    if (this.#backlog > CUT_OFF_FACTOR * this.#limits.controlBacklogBytesMax) {
      this.#refuse('control_backlog');
      return;
    }
    this.#waitingBytes += frame.length;
    if (this.#waiting.push(frame) === 1) setImmediate(flush, this);
  }

  /** Hands what waits to the socket. */
  flush(): void {
    const bytes = joinFrames(this.#waiting, this.#waitingBytes);
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    if (!this.#gone && !this.#socket.destroyed) this.#socket.write(bytes);
  }

  reply(messageId: string, text: string): void {
    this.write(replyFrame(messageId, text));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #payload(payload: Buffer): void {
    if (this.#socket.destroyed) return;
    const lineEnd = payload.indexOf(0x0d);
    const line = payload.toString('latin1', 0, lineEnd < 0 ? payload.length : lineEnd);
    const [messageId = '', ...tokens] = line.split('|');
    if (messageId === '' || messageId.length > 64) {
      this.#refuse('control_bad_frame');
      return;
    }
    if (tokens[0] === 'authenticate') {
      this.#authenticate(messageId, tokens[1] ?? '');
      return;
    }
    if (!this.#authenticated) {
      this.#events.drop('control_unauthenticated');
      this.reply(messageId, 'NO|not authenticated');
      this.#end();
      return;
    }
    const message = lineEnd < 0 ? Buffer.alloc(0) : payload.subarray(lineEnd + 2);
    if (this.#events.command(this, { messageId, tokens, message })) return;
    this.reply(messageId, 'NO|Unknown message type');
    this.#end();
  }

  #authenticate(messageId: string, secret: string): void {
    if (this.#authenticated || !timingSafeEqual(digest(Buffer.from(secret, 'latin1')), this.#secret)) {
      this.#events.drop('control_bad_secret');
      this.reply(messageId, 'NO|incorrect secret');
      this.#end();
      return;
    }
    clearTimeout(this.#deadline);
    this.#authenticated = true;
    this.#events.authenticated(this);
    this.reply(messageId, `OK|${this.#hello()}`);
  }

  #refuse(why: string): void {
    this.#events.drop(why);
    this.#socket.destroy();
  }

  #end(): void {
    this.#socket.removeAllListeners('data');
    this.#socket.resume();
    setImmediate(() => this.#socket.destroySoon());
  }
}

const flush = (connection: ControlConnection): void => connection.flush();

const digest = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();
