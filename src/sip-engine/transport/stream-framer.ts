import type { MessageLimits } from '../message/message-limits.ts';
import { type Head, parseHead } from '../message/parse-head.ts';
import { assemble, type Parsed } from '../message/parse-message.ts';

/** What a stream yields: messages, keep-alive pings, or the end because nothing after this can be framed. */
export interface FramerEvents {
  message(parsed: Parsed & { kind: 'message' }): void;
  /** A double CRLF between messages (RFC 5626 §4.4.1). */
  ping(): void;
  /** The stream cannot be framed any more; a faulty message may have been given before. */
  broken(why: string): void;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** Cuts a byte stream into SIP messages by Content-Length (RFC 3261 §18.3). Holds at most one message of the largest size. */
export class StreamFramer {
  readonly #limits: MessageLimits;
  readonly #events: FramerEvents;
  #buffer: Buffer = Buffer.alloc(0);
  #used = 0;
  #searched = 0;
  #head: { readonly parsed: Head; readonly bodyStart: number; readonly end: number } | undefined;
  #broken = false;

  constructor(limits: MessageLimits, events: FramerEvents) {
    this.#limits = limits;
    this.#events = events;
  }

  /** True while part of a message waits for the rest of it. */
  get holding(): boolean {
    return this.#head !== undefined || (this.#used > 0 && this.#buffer[0] !== 0x0d && this.#buffer[0] !== 0x0a);
  }

  /** Takes the next bytes of the stream. */
  push(chunk: Buffer): void {
    if (this.#broken) return;
    this.#append(chunk);
    while (!this.#broken && this.#used > 0 && this.#next()) {}
  }

  #append(chunk: Buffer): void {
    if (this.#used === 0) {
      this.#buffer = chunk;
      this.#used = chunk.length;
      return;
    }
    const needed = this.#used + chunk.length;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
      this.#buffer.copy(grown, 0, 0, this.#used);
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer, this.#used);
    this.#used = needed;
  }

  /** Reads one thing off the front; false when more bytes are needed. */
  #next(): boolean {
    if (this.#head === undefined) {
      if (this.#buffer[0] === 0x0d || this.#buffer[0] === 0x0a) return this.#skipKeepAlive();
      if (!this.#readHead()) return false;
    }
    const head = this.#head;
    if (head === undefined || this.#used < head.end) return false;
    // Copied: the buffer is used again for what follows, the message may live on.
    const bytes = Buffer.from(this.#buffer.subarray(0, head.end));
    this.#head = undefined;
    this.#consume(head.end);
    const parsed = assemble(head.parsed, bytes, head.bodyStart, head.end);
    if (parsed.kind === 'message') this.#events.message(parsed);
    return true;
  }

  #skipKeepAlive(): boolean {
    if (this.#used >= 4 && this.#buffer.subarray(0, 4).equals(END_OF_HEAD)) {
      this.#consume(4);
      this.#events.ping();
      return true;
    }
    if (this.#used < 4 && END_OF_HEAD.subarray(0, this.#used).equals(this.#buffer.subarray(0, this.#used))) return false;
    if (this.#used >= 2 && this.#buffer[0] === 0x0d && this.#buffer[1] === 0x0a) {
      this.#consume(2);
      return true;
    }
    return this.#break('stream_unframeable');
  }

  #readHead(): boolean {
    const end = this.#buffer.subarray(0, this.#used).indexOf(END_OF_HEAD, Math.max(0, this.#searched - 3));
    if (end < 0) {
      this.#searched = this.#used;
      return this.#used > this.#limits.messageBytesMax ? this.#break('too_large') : false;
    }
    const parsed = parseHead(this.#buffer.toString('latin1', 0, end), this.#limits);
    if (parsed === undefined) return this.#break('unparsable');
    // Without Content-Length there is no telling where the message ends (RFC 3261 §18.3): 400, then close.
    if (
      parsed.contentLength === undefined ||
      (parsed.fault?.includes('Content-Length') ?? false) ||
      end + 4 + parsed.contentLength > this.#limits.messageBytesMax
    ) {
      const faulty = assemble({ ...parsed, fault: parsed.fault ?? 'Missing Content-Length' }, Buffer.alloc(0), 0, 0);
      if (faulty.kind === 'message') this.#events.message(faulty);
      return this.#break('stream_unframeable');
    }
    this.#head = { parsed, bodyStart: end + 4, end: end + 4 + parsed.contentLength };
    return true;
  }

  #consume(bytes: number): void {
    this.#searched = 0;
    this.#used -= bytes;
    this.#buffer = this.#used === 0 ? Buffer.alloc(0) : this.#buffer.subarray(bytes);
  }

  #break(why: string): false {
    this.#broken = true;
    this.#buffer = Buffer.alloc(0);
    this.#used = 0;
    this.#events.broken(why);
    return false;
  }
}
