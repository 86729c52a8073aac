import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import { type Captor, type CapturedMessage, hepPacket } from './hep-packet.ts';
import { maskSecrets } from './mask-secrets.ts';

/** Where messages are told, and as whom. */
export interface HepSettings extends Partial<Captor> {
  /** `host:port` of a HEP3 collector such as Homer; IPv6 in brackets. */
  readonly target: string;
}

/** What is left undone is counted by its reason. */
export type HepDrop = 'hep_backlog' | 'hep_too_large' | 'hep_unreachable' | 'hep_send';

const UNSENT_MAX = 1000;
/** What fits into one datagram beside the other chunks. */
const PAYLOAD_MAX = 64_000;
const LOOK_UP_AGAIN_MS = 10_000;

/** Tells a collector every message by HEP3 over UDP. Nothing waits for it: what cannot leave at once is dropped and counted. */
export class HepExporter {
  readonly #captor: Captor;
  readonly #host: string;
  readonly #port: number;
  readonly #drop: (why: HepDrop) => void;
  #socket: Socket | undefined;
  #address: string | undefined;
  #again: NodeJS.Timeout | undefined;
  #unsent = 0;
  #stopped = false;
  /** Packets given to the network. */
  sent = 0;

  /** Throws when the target is no `host:port`. */
  constructor({ target, captureId = 1, password }: HepSettings, drop: (why: HepDrop) => void) {
    const [, host, port] = /^\[?([0-9A-Za-z.:_-]+?)\]?:([0-9]{1,5})$/.exec(target) ?? [];
    if (host === undefined || Number(port) < 1 || Number(port) > 65_535) throw new Error(`${target} is no host:port of a HEP collector`);
    this.#captor = { captureId, password };
    this.#host = host;
    this.#port = Number(port);
    this.#drop = drop;
    if (isIP(host) === 0) this.#lookUp();
    else this.#open(host);
  }

  send(message: CapturedMessage): void {
    if (this.#socket === undefined || this.#address === undefined) return void this.#drop('hep_unreachable');
    if (this.#unsent >= UNSENT_MAX) return void this.#drop('hep_backlog');
    if (message.payload.length > PAYLOAD_MAX) return void this.#drop('hep_too_large');
    const payload = Buffer.from(maskSecrets(message.payload.toString('latin1')), 'latin1');
    this.#unsent += 1;
    this.#socket.send(hepPacket({ ...message, payload }, this.#captor), this.#port, this.#address, (error) => {
      this.#unsent -= 1;
      if (error === null) this.sent += 1;
      else this.#drop('hep_send');
    });
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#again);
    this.#socket?.close();
    this.#socket = undefined;
  }

  #open(address: string): void {
    this.#address = address;
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.on('error', () => {});
    socket.unref();
    this.#socket = socket;
  }

  /** Once: a datagram to a name would be a question for each. */
  #lookUp(): void {
    lookup(this.#host, (error, address) => {
      if (this.#stopped) return;
      if (error === null) this.#open(address);
      else this.#again = setTimeout(() => this.#lookUp(), LOOK_UP_AGAIN_MS).unref();
    });
  }
}
