import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';

const EVERY_MS = 100;
const OUTSTANDING_MAX = 50;
/** Probes in a row that came late before it is more than a pause. */
const LATE_MIN = 10;
const TOKEN_BYTES = 4;

/**
 * Measures how long a datagram waits until we read it, in the system's queue and in our own loop: ten times a second it sends a word to
 * our own port, too short to be SIP. How late our timers are would not tell: they run between two handfuls of a queue of thousands.
 */
export class QueueProbe {
  readonly #socket: Socket;
  readonly #token = randomBytes(TOKEN_BYTES);
  readonly #sentAt = new Map<number, number>();
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  readonly #lateMs: number;
  #number = 0;
  #heard = 0;
  #late = 0;

  /** Probes the UDP listener at this address, which hands what it gets to `received`; what waits longer than `lateMs` is late. */
  constructor(at: { readonly address: string; readonly port: number }, lateMs: number, now: () => number = () => performance.now()) {
    this.#lateMs = lateMs;
    this.#now = now;
    this.#socket = createSocket(at.address.includes(':') ? 'udp6' : 'udp4');
    this.#socket.on('error', () => {});
    this.#socket.unref();
    this.#timer = setInterval(() => this.#send(at), EVERY_MS);
    this.#timer.unref();
  }

  /** More comes than is read, for a second at least: what stood still and goes on again (a machine's pause) is not behind. */
  get isBehind(): boolean {
    return this.#late >= LATE_MIN;
  }

  /** Takes what the listener got; false: it was no probe of ours. */
  received(bytes: Buffer): boolean {
    if (bytes.length !== TOKEN_BYTES + 4 || !bytes.subarray(0, TOKEN_BYTES).equals(this.#token)) return false;
    const number = bytes.readUInt32BE(TOKEN_BYTES);
    const sentAt = this.#sentAt.get(number);
    if (sentAt === undefined) return true;
    // Those before it were lost: a full queue drops.
    this.#late = this.#now() - sentAt > this.#lateMs ? this.#late + number - this.#heard : 0;
    this.#heard = number;
    for (const earlier of [...this.#sentAt.keys()]) if (earlier <= number) this.#sentAt.delete(earlier);
    return true;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }

  #send(at: { readonly address: string; readonly port: number }): void {
    if (this.#sentAt.size >= OUTSTANDING_MAX) return;
    this.#number = (this.#number + 1) >>> 0;
    const bytes = Buffer.alloc(TOKEN_BYTES + 4);
    this.#token.copy(bytes);
    bytes.writeUInt32BE(this.#number, TOKEN_BYTES);
    this.#sentAt.set(this.#number, this.#now());
    this.#socket.send(bytes, at.port, at.address);
  }
}

/** Where a listener bound to `host` can be reached from the same machine. */
export const loopbackOf = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host);
