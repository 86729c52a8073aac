import { bracketed, type Protocol } from '../../kit/sip-names/sip-transport.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import { isLoopback, isWildcard, LocalAddress } from './local-address.ts';
import type { LocalNetworks } from './local-networks.ts';

/** How a peer is told to reach us: IPv6 in brackets. */
export interface SentBy {
  readonly host: string;
  readonly port: number;
}

/** One bound address. */
export class Listener {
  readonly protocol: Protocol;
  readonly host: string;
  /** The bound port, never 0. */
  readonly port: number;
  readonly family: 4 | 6;
  readonly #external: ListenAddress['external'];
  readonly #local: LocalAddress;

  constructor(at: ListenAddress, port: number, local: LocalNetworks) {
    this.protocol = at.protocol;
    this.host = at.host;
    this.port = port;
    this.family = at.host.includes(':') ? 6 : 4;
    this.#external = at.external;
    this.#local = new LocalAddress(at.host, at.external?.host, local);
  }

  /** Our address as `peerAddress` should see it. */
  towards(peerAddress: string): SentBy {
    const port = this.#external?.port === undefined || !this.#local.isOutside(peerAddress) ? this.port : this.#external.port;
    return { host: bracketed(this.#local.towards(peerAddress)), port };
  }

  /** The bound address, or the machine's where every interface is bound. */
  get inside(): SentBy {
    return { host: bracketed(isWildcard(this.host) ? this.#local.inside(SOMEWHERE) : this.host), port: this.port };
  }

  /** What the world is told. */
  get outside(): SentBy {
    return this.towards(SOMEWHERE);
  }

  /** True when a message to this address and port would come back to us. */
  isAt(address: string, port: number): boolean {
    const told = this.towards(address);
    if (told.port === port && told.host === bracketed(address)) return true;
    return port === this.port && (address === this.host || this.inside.host === bracketed(address));
  }

  /** How well it suits a peer; negative when it cannot reach it. More common leading bits are better, loopback is for loopback. */
  suits(peerAddress: string): number {
    if (this.family !== (peerAddress.includes(':') ? 6 : 4)) return -1;
    if (isWildcard(this.host)) return 1;
    if (isLoopback(this.host) !== isLoopback(peerAddress)) return 0;
    return 2 + (this.family === 4 ? commonBits(this.host, peerAddress) : commonText(this.host, peerAddress));
  }

  toString(): string {
    return formatListenAddress({ protocol: this.protocol, host: this.host, port: this.port, external: this.#external });
  }
}

// TEST-NET-1 stands for anybody who is not local.
const SOMEWHERE = '192.0.2.1';

const bitsOf = (address: string): number => address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
const commonBits = (a: string, b: string): number => Math.clz32((bitsOf(a) ^ bitsOf(b)) >>> 0);

function commonText(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/** The listener to reach `address` by over `protocol`: the one that is nearest to it. */
export function chooseListener(listeners: readonly Listener[], protocol: Protocol, address: string): Listener | undefined {
  const only = onlyOf(listeners, protocol);
  // Most engines have one listener of a transport: nothing to weigh, for every message anew.
  if (only !== undefined) return only.family === (address.includes(':') ? 6 : 4) ? only : undefined;
  let best: Listener | undefined;
  let bestScore = -1;
  for (const listener of listeners) {
    if (listener.protocol !== protocol) continue;
    const score = listener.suits(address);
    if (score <= bestScore) continue;
    best = listener;
    bestScore = score;
  }
  return best;
}

/** The listener of that transport where there is just one. */
function onlyOf(listeners: readonly Listener[], protocol: Protocol): Listener | undefined {
  let only: Listener | undefined;
  for (const listener of listeners) {
    if (listener.protocol !== protocol) continue;
    if (only !== undefined) return undefined;
    only = listener;
  }
  return only;
}
