import type { Protocol } from '../../kit/sip-names/sip-transport.ts';
import type { Peer } from '../transport/peer.ts';

/** How much of the messages of calls is kept. */
export interface TraceLimits {
  /** Bytes of messages kept of all calls; older ones make room. 0: nothing is kept. */
  readonly traceBytesMax: number;
  /** Messages kept of all calls. */
  readonly traceMessagesMax: number;
  /** Messages kept of one Call-ID: one peer that talks without end must not push everybody else out. */
  readonly traceMessagesPerCallMax: number;
}

/** One message as it was on the wire. */
export interface TracedMessage {
  readonly callId: string;
  /** Milliseconds since 1970, with a fraction. */
  readonly at: number;
  readonly direction: 'in' | 'out';
  readonly transport: Protocol;
  /** Numeric, IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
  readonly bytes: Buffer;
}

interface Kept extends Omit<TracedMessage, 'bytes'> {
  /** Where its bytes begin, counted from the first byte ever written. */
  readonly start: number;
  readonly length: number;
}

interface TracedCall {
  readonly callId: string;
  readonly kept: Kept[];
  /** Messages that came beyond the limit of one Call-ID. */
  left: number;
}

/**
 * The latest messages of calls by Call-ID, in one piece of memory that is written round and round: what is kept of a message costs one
 * copy of its bytes, and no peer can make it grow. A Call-ID is followed from its INVITE on; registrations and probes are not kept.
 */
export class TraceRing {
  readonly #limits: TraceLimits;
  readonly #ring: Buffer;
  readonly #calls = new Map<string, TracedCall>();
  readonly #order: (Kept | undefined)[];
  #oldest = 0;
  #newest = 0;
  #written = 0;
  /** Messages that were not kept: too large, or too many of one Call-ID. */
  dropped = 0;

  constructor(limits: TraceLimits) {
    this.#limits = limits;
    // Untouched pages cost nothing: it grows into its size as calls come.
    this.#ring = Buffer.allocUnsafeSlow(limits.traceBytesMax);
    this.#order = new Array<Kept | undefined>(limits.traceMessagesMax);
  }

  /** Messages kept now. */
  get messages(): number {
    return this.#newest - this.#oldest;
  }

  /** Keeps a message of a call that is followed, or that this INVITE begins. */
  add(callId: string, method: string, direction: 'in' | 'out', bytes: Buffer, { protocol, address, port }: Peer, at: number): void {
    let call = this.#calls.get(callId);
    if (call === undefined) {
      if (method !== 'INVITE') return;
      // The name may be a part of the head of a message, all of which it would keep in memory.
      call = { callId: Buffer.from(callId, 'latin1').toString('latin1'), kept: [], left: 0 };
      this.#calls.set(call.callId, call);
    }
    if (call.kept.length >= this.#limits.traceMessagesPerCallMax || bytes.length > this.#ring.length) {
      call.left += 1;
      this.dropped += 1;
      if (call.kept.length === 0) this.#calls.delete(callId);
      return;
    }
    const start = this.#write(bytes);
    const kept = { callId: call.callId, at, direction, transport: protocol, address, port, start, length: bytes.length };
    call.kept.push(kept);
    if (this.messages >= this.#order.length) this.#forgetOldest();
    this.#order[this.#newest % this.#order.length] = kept;
    this.#newest += 1;
    this.#forgetOverwritten();
  }

  /** What is kept of these Call-IDs, oldest first, and how many messages of them were not kept. */
  read(callIds: readonly string[]): { readonly messages: readonly TracedMessage[]; readonly left: number } {
    const calls = [...new Set(callIds)].flatMap((id) => this.#calls.get(id) ?? []);
    const kept = calls.flatMap((call) => call.kept).sort((a, b) => a.start - b.start);
    const messages = kept.map(({ start, length, ...facts }) => {
      const from = start % this.#ring.length;
      return { ...facts, bytes: Buffer.from(this.#ring.subarray(from, from + length)) };
    });
    return { messages, left: calls.reduce((sum, { left }) => sum + left, 0) };
  }

  /** Copies the bytes into the ring in one piece; returns where they begin. */
  #write(bytes: Buffer): number {
    const size = this.#ring.length;
    const at = this.#written % size;
    const start = at + bytes.length > size ? this.#written + size - at : this.#written;
    this.#ring.set(bytes, start % size);
    this.#written = start + bytes.length;
    return start;
  }

  #forgetOverwritten(): void {
    const from = this.#written - this.#ring.length;
    while ((this.#order[this.#oldest % this.#order.length]?.start ?? from) < from) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const oldest = this.#order[this.#oldest % this.#order.length];
    this.#order[this.#oldest % this.#order.length] = undefined;
    this.#oldest += 1;
    if (oldest === undefined) return;
    const call = this.#calls.get(oldest.callId);
    // Messages of one call are forgotten in the order they came in.
    call?.kept.shift();
    if (call?.kept.length === 0) this.#calls.delete(oldest.callId);
  }
}
