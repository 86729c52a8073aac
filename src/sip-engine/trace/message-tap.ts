import { header, type SipMessage } from '../message/sip-message.ts';
import type { Listener } from '../transport/listener.ts';
import type { Peer } from '../transport/peer.ts';
import type { HepExporter } from './hep-exporter.ts';
import type { TraceRing } from './trace-ring.ts';

const CALL_ID = Buffer.from('\r\nCall-ID: ');
const END_OF_HEAD = Buffer.from('\r\n\r\n');
// What is passed on keeps the names it came with (RFC 3261 §7.3.3).
const ANY_CALL_ID = /\r\n(?:call-id|i): ([^\r]*)/i;

/** Who looks at every message. */
export interface TapDeps {
  readonly ring: TraceRing | undefined;
  readonly hep: HepExporter | undefined;
  /** The listener that messages to this peer leave by. */
  listenerFor(peer: Peer): Listener | undefined;
}

/** Hands each message to the trace and to the collector; with neither it costs nothing. */
export class MessageTap {
  readonly #deps: TapDeps;
  readonly #on: boolean;

  constructor(deps: TapDeps) {
    this.#deps = deps;
    this.#on = deps.ring !== undefined || deps.hep !== undefined;
  }

  received(message: SipMessage, bytes: Buffer, from: Peer): void {
    if (!this.#on) return;
    const callId = header(message, 'call-id');
    if (callId !== undefined) this.#look(callId, message.kind === 'request' ? message.method : '', 'in', bytes, from);
  }

  sent(method: string, status: number | '', bytes: Buffer, to: Peer): void {
    if (!this.#on) return;
    const callId = callIdOf(bytes);
    if (callId !== undefined) this.#look(callId, status === '' ? method : '', 'out', bytes, to);
  }

  #look(callId: string, method: string, direction: 'in' | 'out', bytes: Buffer, peer: Peer): void {
    const at = performance.timeOrigin + performance.now();
    const { ring, hep } = this.#deps;
    ring?.add(callId, method, direction, bytes, peer, at);
    if (hep === undefined) return;
    const far = { address: peer.address, port: peer.port };
    const near = this.#near(peer);
    const [source, destination] = direction === 'in' ? [far, near] : [near, far];
    hep.send({ at, datagram: peer.protocol === 'udp', source, destination, payload: bytes, correlationId: callId });
  }

  #near(peer: Peer): { address: string; port: number } {
    const listener = this.#deps.listenerFor(peer);
    const { host = '0.0.0.0', port = 0 } = listener?.inside ?? {};
    return { address: host.replace(/[[\]]/g, ''), port };
  }
}

/** The Call-ID of a message we wrote: never what its body says. */
function callIdOf(bytes: Buffer): string | undefined {
  const end = bytes.indexOf(END_OF_HEAD);
  const at = bytes.indexOf(CALL_ID);
  if (at >= 0 && at < end) return bytes.toString('latin1', at + CALL_ID.length, bytes.indexOf('\r', at + CALL_ID.length));
  return ANY_CALL_ID.exec(bytes.toString('latin1', 0, end))?.[1];
}
