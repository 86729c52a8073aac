import type { Core, MessageParts } from './core.ts';
import type { Dialog } from './dialog.ts';
import type { Mailbox } from './mailbox.ts';
import type { HeaderValues, SipMessage } from './message.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { Flow } from './wire.ts';

/** How a leg answers a re-INVITE: a response, or `silent` for none. */
export type ReinviteAnswer = { readonly status: number; readonly sdp?: string; readonly headers?: HeaderValues } | 'silent';

/** What a re-INVITE carries: `null` sends none, then `ackSdp` answers the peer's offer in the ACK. */
export interface ReinviteOptions {
  readonly headers?: HeaderValues;
  readonly ackSdp?: string;
  readonly timeoutMs?: number;
}

/** One confirmed dialog seen from a party: requests both ways until a BYE. */
export class Leg {
  readonly dialog: Dialog;
  localSdp: string;
  remoteSdp: string;
  /** Answers re-INVITEs; default 200 with the SDP last sent. */
  onReinvite: ((request: SipMessage) => ReinviteAnswer | Promise<ReinviteAnswer>) | undefined;
  /** The status other requests but BYE are answered with, when it is known; undefined: 202 for REFER, else 200. */
  onRequest: ((request: SipMessage) => Promise<number> | undefined) | undefined;
  /** Refuses a request before anything is done about it, to ask who sends it; undefined: it is not refused. */
  onChallenge: ((request: SipMessage) => { readonly status: number; readonly headers: HeaderValues } | undefined) | undefined;
  /** Whether a BYE was sent or received. */
  ended = false;
  readonly #core: Core;
  readonly #requests: Mailbox<SipMessage>;
  readonly #acks: Mailbox<SipMessage>;
  readonly #sentAcks = new Map<number, { ack: SipMessage; flow: Flow }>();
  readonly #invites = new Map<number, ServerTransaction>();
  #inviting = false;

  constructor(core: Core, dialog: Dialog, localSdp: string, remoteSdp: string) {
    this.#core = core;
    this.dialog = dialog;
    this.localSdp = localSdp;
    this.remoteSdp = remoteSdp;
    this.#requests = core.mailbox();
    this.#acks = core.mailbox();
  }

  /** Sends a request in the dialog and returns its final response. */
  request(method: string, parts: MessageParts = {}, timeoutMs = 5000): Promise<SipMessage> {
    const { request, flow } = this.dialog.request(method, parts);
    return this.#transact(request, flow, timeoutMs);
  }

  /** Hangs up; returns the response to the BYE. */
  bye(headers: HeaderValues = {}): Promise<SipMessage> {
    this.ended = true;
    return this.request('BYE', { headers });
  }

  /** Sends a re-INVITE, acknowledges its final response and returns it. */
  async reinvite(sdp: string | null, options: ReinviteOptions = {}): Promise<SipMessage> {
    const { request, flow } = this.dialog.request('INVITE', { body: sdp ?? '', headers: options.headers ?? {} });
    this.#inviting = true;
    try {
      const final = await this.#transact(request, flow, options.timeoutMs ?? 5000, options.ackSdp);
      if (final.status >= 300) return final;
      if (sdp !== null) this.localSdp = sdp;
      if (final.body !== '') this.remoteSdp = final.body;
      return final;
    } finally {
      this.#inviting = false;
    }
  }

  /** Acknowledges a 2xx; the ACK is repeated for every repeat of it (RFC 3261 §13.2.2.4). */
  ack(response: SipMessage, sdp = '', headers: HeaderValues = {}): void {
    const sent = this.#sentAcks.get(response.cseq);
    const { request: ack, flow } =
      sent === undefined ? this.dialog.request('ACK', { body: sdp, headers }, response.cseq) : { request: sent.ack, flow: sent.flow };
    this.#sentAcks.set(response.cseq, { ack, flow });
    if (sdp !== '') this.localSdp = sdp;
    this.#core.send(ack, flow);
  }

  /** Whether the 2xx to this CSeq was acknowledged. */
  hasAcked(cseq: number): boolean {
    return this.#sentAcks.has(cseq);
  }

  waitBye(timeoutMs = 5000): Promise<SipMessage> {
    return this.waitRequest('BYE', timeoutMs);
  }

  waitReinvite(timeoutMs = 5000): Promise<SipMessage> {
    return this.waitRequest('INVITE', timeoutMs);
  }

  /** The next request of a method the peer sent in this dialog; it was already answered. */
  waitRequest(method: string, timeoutMs = 5000): Promise<SipMessage> {
    return this.#requests.take(`${method} in dialog`, timeoutMs, (request) => request.method === method);
  }

  /** The next ACK for a 2xx this party sent. */
  waitAck(timeoutMs = 5000): Promise<SipMessage> {
    return this.#acks.take('ACK', timeoutMs);
  }

  /** Remembers the INVITE whose 2xx waits for an ACK. */
  expectAck(transaction: ServerTransaction): void {
    this.#invites.set(transaction.request.cseq, transaction);
  }

  /** An ACK of the peer; repeats of it are absorbed. */
  receiveAck(ack: SipMessage): void {
    const transaction = this.#invites.get(ack.cseq);
    if (transaction === undefined) return;
    this.#invites.delete(ack.cseq);
    transaction.acked();
    if (ack.body !== '') this.remoteSdp = ack.body;
    this.#acks.push(ack);
  }

  /** A request of the peer in this dialog. */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (!this.dialog.inOrder(request)) {
      this.#core.violation(`CSeq of ${request.method} went back to ${request.cseq}`);
      transaction.respond({ status: 500 });
      return;
    }
    const refusal = this.onChallenge?.(request);
    if (refusal !== undefined) {
      transaction.respond(refusal);
      this.#requests.push(request);
    } else if (this.ended && request.method !== 'BYE') transaction.respond({ status: 481 });
    else if (request.method === 'INVITE') this.#answerReinvite(transaction);
    else {
      if (request.method === 'BYE') this.ended = true;
      if (request.method === 'UPDATE') this.dialog.refresh(request);
      const later = request.method === 'BYE' ? undefined : this.onRequest?.(request);
      if (later === undefined) transaction.respond({ status: request.method === 'REFER' ? 202 : 200 });
      else void later.then((status) => transaction.respond({ status }));
      this.#requests.push(request);
    }
  }

  #answerReinvite(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (this.#inviting) return void transaction.respond({ status: 491 }); // RFC 3261 §14.2
    const answer = this.onReinvite?.(request) ?? { status: 200, sdp: this.localSdp };
    this.#requests.push(request);
    if (answer instanceof Promise) void answer.then((known) => this.#respondToReinvite(transaction, known));
    else this.#respondToReinvite(transaction, answer);
  }

  #respondToReinvite(transaction: ServerTransaction, answer: ReinviteAnswer): void {
    const { request } = transaction;
    if (answer === 'silent') return;
    if (answer.status < 300) {
      this.dialog.refresh(request);
      if (request.body !== '') this.remoteSdp = request.body;
      if (answer.sdp !== undefined) this.localSdp = answer.sdp;
      this.expectAck(transaction);
    }
    const contact = this.#core.contact(transaction.flow.transport);
    transaction.respond({ status: answer.status, body: answer.sdp ?? '', contact, headers: answer.headers ?? {} });
  }

  #transact(request: SipMessage, flow: Flow, timeoutMs: number, ackSdp?: string): Promise<SipMessage> {
    const finals = this.#core.mailbox<SipMessage>();
    this.#core.start(request, flow, {
      final: (response) => {
        if (request.method === 'INVITE' && response.status < 300) {
          this.dialog.refresh(response);
          this.ack(response, ackSdp);
        }
        finals.push(response);
      },
      failed: (error) => finals.close(error),
    });
    return finals.see(`final response to ${request.method}`, timeoutMs);
  }
}
