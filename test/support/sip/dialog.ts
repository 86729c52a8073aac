import { parseNameAddress, parseSipUri, tagOf } from './address.ts';
import { buildRequest, type RequestParts } from './build-message.ts';
import type { Core, MessageParts } from './core.ts';
import type { SipMessage } from './message.ts';
import type { Flow, Transport } from './wire.ts';

interface DialogState {
  readonly callId: string;
  readonly local: string;
  readonly remote: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly transport: Transport;
  readonly routes: readonly string[];
  remoteTarget: string;
  localCseq: number;
  remoteCseq: number;
}

const targetOf = (message: SipMessage): string => parseNameAddress(message.list('Contact')[0] ?? '').uri;

/** One dialog of RFC 3261 §12: tags, sequence numbers, route set and remote target. */
export class Dialog {
  readonly #core: Core;
  readonly #state: DialogState;

  constructor(core: Core, state: DialogState) {
    this.#core = core;
    this.#state = state;
  }

  /** The caller's dialog, made by a response with a To tag; the route set is reversed (§12.1.2). */
  static ofCaller(core: Core, invite: SipMessage, response: SipMessage, transport: Transport): Dialog {
    const local = invite.header('From');
    const remote = response.header('To');
    const routes = response.list('Record-Route').reverse();
    const tags = { localTag: tagOf(local), remoteTag: tagOf(remote) };
    const numbers = { localCseq: invite.cseq, remoteCseq: 0 };
    const base = { callId: invite.callId, local, remote, transport, routes, remoteTarget: targetOf(response) };
    return new Dialog(core, { ...base, ...tags, ...numbers });
  }

  /** The callee's dialog, made by its answer to an INVITE (§12.1.1). */
  static ofCallee(core: Core, invite: SipMessage, localTag: string, transport: Transport): Dialog {
    const remote = invite.header('From');
    const local = `${invite.header('To')};tag=${localTag}`;
    const routes = invite.list('Record-Route');
    const numbers = { localCseq: 0, remoteCseq: invite.cseq };
    const base = { callId: invite.callId, local, remote, transport, routes, remoteTarget: targetOf(invite) };
    return new Dialog(core, { ...base, ...numbers, localTag, remoteTag: tagOf(remote) });
  }

  get callId(): string {
    return this.#state.callId;
  }

  get transport(): Transport {
    return this.#state.transport;
  }

  get localTag(): string {
    return this.#state.localTag;
  }

  get remoteTag(): string {
    return this.#state.remoteTag;
  }

  get remoteTarget(): string {
    return this.#state.remoteTarget;
  }

  /** The next request of this dialog and the flow it leaves on; an ACK takes the CSeq of its INVITE. */
  request(method: string, parts: MessageParts, ackCseq?: number): { request: SipMessage; flow: Flow } {
    const state = this.#state;
    if (ackCseq === undefined) state.localCseq += 1;
    const { uri, routes, hop } = this.#path();
    const hopUri = parseSipUri(hop);
    const transport = hopUri.params.get('transport')?.toLowerCase() === 'tcp' ? 'tcp' : 'udp';
    const base: RequestParts = {
      ...parts,
      ...{ method, uri, routes, via: this.#core.via(transport), from: state.local, to: state.remote, callId: state.callId },
      cseq: ackCseq ?? state.localCseq,
      contact: ['INVITE', 'UPDATE', 'SUBSCRIBE'].includes(method) ? this.#core.contact(transport) : undefined,
    };
    return { request: buildRequest(base), flow: this.#core.flowTo({ host: hopUri.host, port: hopUri.port ?? 5060, transport }) };
  }

  /** Takes over the target of a target refresh (§12.2.1.2, §12.2.2). */
  refresh(message: SipMessage): void {
    if (message.has('Contact')) this.#state.remoteTarget = targetOf(message);
  }

  /** Whether a request's CSeq is in order; remembers it (§12.2.2). */
  inOrder(request: SipMessage): boolean {
    const ordered = request.cseq > this.#state.remoteCseq;
    if (ordered) this.#state.remoteCseq = request.cseq;
    return ordered;
  }

  // A first route without `lr` is a strict router: it takes the place of the Request-URI (§12.2.1.1).
  #path(): { uri: string; routes: readonly string[]; hop: string } {
    const { routes, remoteTarget } = this.#state;
    const first = routes[0] === undefined ? undefined : parseNameAddress(routes[0]).uri;
    if (first === undefined) return { uri: remoteTarget, routes, hop: remoteTarget };
    if (parseSipUri(first).params.has('lr')) return { uri: remoteTarget, routes, hop: first };
    return { uri: first, routes: [...routes.slice(1), `<${remoteTarget}>`], hop: first };
  }
}
