import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { TimerSet } from './timer-set.ts';
import type { HostPort } from './wire.ts';

/** Probabilities from 0 to 1 of what befalls a datagram; `reorderDelayMs` is the longest a reordered one is held back. */
export interface LossRates {
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly reorderDelayMs: number;
}

/** How to open a relay in front of `target`; the same seed gives the same fate to the same sequence of datagrams. */
export interface LossyRelayOptions extends Partial<LossRates> {
  readonly target: HostPort;
  readonly seed: number;
  readonly host?: string;
  /** A datagram for which this is true always gets through, once. */
  readonly spare?: (bytes: Buffer) => boolean;
}

/** What a relay did so far. */
export interface RelayCounts {
  forwarded: number;
  lost: number;
  duplicated: number;
  reordered: number;
}

/** A seeded generator of numbers in [0, 1) (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * A UDP relay that loses, doubles and reorders datagrams between one client and one target (decision C26). The client
 * sends to `front`; the target sees `back`. A party made with `outbound: relay.front` and `advertise: relay.back`, then
 * given to `attach`, has all its traffic pass through.
 */
export class LossyRelay {
  readonly front: HostPort;
  readonly back: HostPort;
  readonly seed: number;
  readonly counts: RelayCounts = { forwarded: 0, lost: 0, duplicated: 0, reordered: 0 };
  rates: LossRates;
  readonly #sockets: readonly [front: Socket, back: Socket];
  readonly #timers = new TimerSet();
  readonly #random: () => number;
  readonly #spare: (bytes: Buffer) => boolean;
  #client: HostPort | undefined;

  constructor(sockets: readonly [front: Socket, back: Socket], options: LossyRelayOptions) {
    const [front, back] = sockets;
    this.front = { host: front.address().address, port: front.address().port };
    this.back = { host: back.address().address, port: back.address().port };
    this.seed = options.seed;
    this.rates = { loss: 0, duplicate: 0, reorder: 0, reorderDelayMs: 30, ...options };
    this.#sockets = sockets;
    this.#random = seededRandom(options.seed);
    this.#spare = options.spare ?? (() => false);
    front.on('message', (bytes, from) => {
      this.#client ??= { host: from.address, port: from.port };
      this.#pass(back, bytes, options.target);
    });
    back.on('message', (bytes) => this.#client !== undefined && this.#pass(front, bytes, this.#client));
    for (const socket of sockets) socket.on('error', () => undefined);
  }

  /** Names the client before it has sent anything. */
  attach(client: HostPort): void {
    this.#client = client;
  }

  async close(): Promise<void> {
    this.#timers.clear();
    const ends = this.#sockets.map((socket) => once(socket, 'close'));
    for (const socket of this.#sockets) socket.close();
    await Promise.all(ends);
  }

  #pass(socket: Socket, bytes: Buffer, to: HostPort): void {
    // All three numbers are drawn for every datagram, so that one rate does not shift the fate of later ones.
    const [lose, double, delay] = [this.#random(), this.#random(), this.#random()];
    const spared = this.#spare(bytes);
    if (!spared && lose < this.rates.loss) {
      this.counts.lost += 1;
      return;
    }
    const send = (): void => socket.send(bytes, to.port, to.host, () => undefined);
    this.counts.forwarded += 1;
    if (!spared && delay < this.rates.reorder) {
      this.counts.reordered += 1;
      this.#timers.after((delay / this.rates.reorder) * this.rates.reorderDelayMs, send);
    } else send();
    if (spared || double >= this.rates.duplicate) return;
    this.counts.duplicated += 1;
    send();
  }
}

/** Opens a relay on two ports the kernel chose. Close it in the test's clean-up; name `relay.seed` in failures. */
export async function openLossyRelay(options: LossyRelayOptions): Promise<LossyRelay> {
  const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
  for (const socket of sockets) {
    socket.bind(0, options.host ?? '127.0.0.1');
    await once(socket, 'listening');
  }
  return new LossyRelay(sockets, options);
}
