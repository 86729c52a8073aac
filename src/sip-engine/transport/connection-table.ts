import { hostPort, type Protocol } from '../../kit/sip-names/sip-transport.ts';
import type { CloseReason, Connection } from './connection.ts';

const TEND_MS = 1000;
const TEND_LEAST_MS = 10;

/** Open connections, by where their peer is; looks after each about once a second. */
export class ConnectionTable {
  readonly #all = new Set<Connection>();
  readonly #byPeer = new Map<string, Connection>();
  readonly #tendMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** `shortestMs` is the shortest of the times that connections watch. */
  constructor(shortestMs: number) {
    this.#tendMs = Math.min(TEND_MS, Math.max(TEND_LEAST_MS, Math.floor(shortestMs / 4)));
  }

  get size(): number {
    return this.#all.size;
  }

  get outgoing(): number {
    let count = 0;
    for (const { inbound } of this.#all) if (!inbound) count += 1;
    return count;
  }

  /** Open connections of each transport. */
  get byProtocol(): Map<Protocol, number> {
    const counts = new Map<Protocol, number>();
    for (const { protocol } of this.#all) counts.set(protocol, (counts.get(protocol) ?? 0) + 1);
    return counts;
  }

  /** The connection to use for a peer: one we opened to that name, or the one it opened from there. */
  find(to: { readonly protocol: Protocol; readonly address: string; readonly port: number; readonly serverName?: string | undefined }) {
    const found = this.#byPeer.get(keyOf(to));
    return found?.open === true ? found : undefined;
  }

  /** The stream by one of these transports whose other end is there, at least `ageMs` old. */
  findAt(protocols: readonly Protocol[], address: string, port: number, ageMs: number): Connection | undefined {
    const openedBy = performance.now() - ageMs;
    return protocols
      .map((protocol) => this.find({ protocol, address, port }))
      .find((found) => found !== undefined && found.openedAt <= openedBy);
  }

  add(connection: Connection): void {
    this.#all.add(connection);
    this.#byPeer.set(keyOf(connection), connection);
    this.#timer ??= setInterval(() => this.#tend(), this.#tendMs).unref();
  }

  remove(connection: Connection): void {
    this.#all.delete(connection);
    if (this.#byPeer.get(keyOf(connection)) === connection) this.#byPeer.delete(keyOf(connection));
    if (this.#all.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  destroyAll(why: CloseReason): void {
    for (const connection of this.#all) connection.destroy(why);
  }

  #tend(): void {
    const now = performance.now();
    for (const connection of this.#all) connection.tend(now);
  }
}

// A certificate that is right for one name says nothing about another at the same address.
const keyOf = ({ protocol, address, port, serverName }: Parameters<ConnectionTable['find']>[0]): string =>
  `${protocol}|${hostPort(address, port)}|${protocol === 'tls' ? (serverName ?? '') : ''}`;
