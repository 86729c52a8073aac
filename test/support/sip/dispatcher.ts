import { tagOf } from './address.ts';
import { allowedMethods, type ResponseParts } from './build-message.ts';
import { messageFaults } from './check-message.ts';
import { token } from './core.ts';
import { IncomingCall } from './incoming-call.ts';
import type { Leg } from './leg.ts';
import { parseMessage, type SipMessage } from './message.ts';
import type { PartyCore } from './party-core.ts';
import { ServerTransaction } from './server-transaction.ts';
import type { Flow } from './wire.ts';

/** Who takes what no transaction or dialog takes. */
export interface DispatchTargets {
  readonly invite: (call: IncomingCall) => void;
  /** Answers a request outside of dialogs; undefined leaves the default. */
  readonly loose: (request: SipMessage) => ResponseParts | 'silent' | undefined;
}

const legKey = (callId: string, localTag: string, remoteTag: string): string => `${callId} ${localTag} ${remoteTag}`;
const keyInLeg = (request: SipMessage): string => legKey(request.callId, tagOf(request.header('To')), tagOf(request.header('From')));

/** Sorts what arrives: responses to their transactions, repeats, ACK, CANCEL, requests in dialogs, new calls, the rest. */
export class Dispatcher {
  readonly #core: PartyCore;
  readonly #targets: DispatchTargets;
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #incoming = new Map<string, IncomingCall>();
  readonly #legs = new Map<string, Leg>();

  constructor(core: PartyCore, targets: DispatchTargets) {
    this.#core = core;
    this.#targets = targets;
  }

  addLeg(leg: Leg): void {
    this.#legs.set(legKey(leg.dialog.callId, leg.dialog.localTag, leg.dialog.remoteTag), leg);
  }

  /** Bytes from the network. */
  receive(bytes: Buffer, flow: Flow): void {
    const message = parseMessage(bytes);
    if (message === undefined) {
      const text = bytes.subarray(0, 60).toString('latin1');
      if (text.trim() !== '') this.#core.violation(`not a SIP message: ${text}`);
      return;
    }
    this.#core.trace.record('received', message, flow);
    for (const fault of messageFaults(message, flow.transport)) this.#core.violation(`${message.startLine}: ${fault}`);
    this.#core.received.push(message);
    if (message.isRequest) this.#receiveRequest(message, flow);
    else this.#core.receiveResponse(message);
  }

  #receiveRequest(request: SipMessage, flow: Flow): void {
    // A transaction is known by branch, sent-by and method; ACK and CANCEL share their INVITE's first two (RFC 3261 §17.2.3).
    const branch = `${request.branch} ${request.list('Via')[0]?.split(/[\s;]/)[1] ?? ''}`;
    if (request.method === 'ACK') return void this.#receiveAck(request, branch);
    const known = this.#servers.get(`${branch} ${request.method}`);
    if (known !== undefined) return void known.repeat();
    const transaction = new ServerTransaction(this.#core, request, answerFlow(request, flow));
    this.#servers.set(`${branch} ${request.method}`, transaction);
    if (request.method === 'CANCEL') this.#receiveCancel(transaction, this.#incoming.get(branch));
    else if (tagOf(request.header('To')) !== '') this.#receiveInDialog(transaction);
    else if (request.method === 'INVITE') this.#receiveInvite(transaction, branch);
    else this.#receiveLoose(transaction);
  }

  #receiveInvite(transaction: ServerTransaction, branch: string): void {
    const call = new IncomingCall(this.#core, transaction, (leg) => this.addLeg(leg));
    this.#incoming.set(branch, call);
    this.#targets.invite(call);
  }

  #receiveAck(ack: SipMessage, branch: string): void {
    const leg = this.#legs.get(keyInLeg(ack));
    const refused = this.#incoming.get(branch);
    if (refused !== undefined && refused.status >= 300) refused.receiveRefusalAck(ack);
    else if (this.#servers.has(`${branch} INVITE`) && refused === undefined) this.#servers.get(`${branch} INVITE`)?.acked();
    else leg?.receiveAck(ack);
  }

  #receiveCancel(transaction: ServerTransaction, call: IncomingCall | undefined): void {
    transaction.respond({ status: call === undefined ? 481 : 200, toTag: token() });
    call?.receiveCancel(transaction.request);
  }

  #receiveInDialog(transaction: ServerTransaction): void {
    const leg = this.#legs.get(keyInLeg(transaction.request));
    if (leg === undefined) transaction.respond({ status: 481 });
    else leg.receive(transaction);
  }

  #receiveLoose(transaction: ServerTransaction): void {
    const status = transaction.request.method === 'OPTIONS' ? 200 : 501;
    const answer = this.#targets.loose(transaction.request) ?? { status, headers: { Allow: allowedMethods } };
    if (answer !== 'silent') transaction.respond({ toTag: token(), ...answer });
  }
}

// UDP answers go to the source address, to its port when `rport` was asked for (RFC 3581 §4), else to sent-by's.
function answerFlow(request: SipMessage, flow: Flow): Flow {
  const via = request.list('Via')[0] ?? '';
  if (flow.transport === 'tcp' || /;\s*rport/i.test(via)) return flow;
  const port = /^\S+\s+[^;]*:(\d+)/.exec(via)?.[1];
  return { ...flow, port: port === undefined ? 5060 : Number(port) };
}
