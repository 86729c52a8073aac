import { type Core, token } from './core.ts';
import { Dialog } from './dialog.ts';
import { Leg, type ReinviteOptions } from './leg.ts';
import type { Mailbox } from './mailbox.ts';
import type { HeaderValues, SipMessage } from './message.ts';
import { testSdp } from './sdp.ts';
import type { ServerTransaction } from './server-transaction.ts';

/** A call that reached this party. Doing nothing is silence: not even a 100 is sent. */
export class IncomingCall {
  /** The INVITE as received. */
  readonly request: SipMessage;
  /** The dialog after `answer`; `leg()` is the checked form. */
  confirmed: Leg | undefined;
  /** False keeps the INVITE unanswered by 487 when a CANCEL comes, to let a test answer late. */
  endOnCancel = true;
  readonly #core: Core;
  readonly #transaction: ServerTransaction;
  readonly #onLeg: (leg: Leg) => void;
  readonly #cancels: Mailbox<SipMessage>;
  readonly #refusalAcks: Mailbox<SipMessage>;
  readonly #toTag = token();

  constructor(core: Core, transaction: ServerTransaction, onLeg: (leg: Leg) => void) {
    this.#core = core;
    this.#transaction = transaction;
    this.#onLeg = onLeg;
    this.request = transaction.request;
    this.#cancels = core.mailbox();
    this.#refusalAcks = core.mailbox();
  }

  /** The status last sent; 0 before any. */
  get status(): number {
    return this.#transaction.status;
  }

  trying(): void {
    this.#transaction.respond({ status: 100 });
  }

  /** Sends a provisional, with SDP for early media. */
  ring(status = 180, sdp = '', headers: HeaderValues = {}): void {
    this.#transaction.respond({ status, toTag: this.#toTag, body: sdp, contact: this.#contact(), headers });
  }

  /** Sends 200 and opens the dialog; it is repeated until the ACK comes. `null` sends no SDP. */
  answer(sdp: string | null = testSdp(41000), headers: HeaderValues = {}): Leg {
    const dialog = Dialog.ofCallee(this.#core, this.request, this.#toTag, this.#transaction.flow.transport);
    const leg = new Leg(this.#core, dialog, sdp ?? '', this.request.body);
    leg.expectAck(this.#transaction);
    this.confirmed = leg;
    this.#onLeg(leg);
    this.#transaction.respond({ status: 200, toTag: this.#toTag, body: sdp ?? '', contact: this.#contact(), headers });
    return leg;
  }

  /** Refuses; over UDP the refusal is repeated until the ACK comes. */
  reject(status: number, reason?: string, headers: HeaderValues = {}): void {
    this.#transaction.respond({ status, reason, toTag: this.#toTag, headers });
  }

  /** Redirects to other contacts (URIs). */
  redirect(contacts: string | readonly string[], status = 302): void {
    this.reject(status, undefined, { Contact: [contacts].flat().map((uri) => `<${uri}>`) });
  }

  /** The ACK of the answer or of the refusal. */
  waitAck(timeoutMs = 5000): Promise<SipMessage> {
    return this.confirmed?.waitAck(timeoutMs) ?? this.#refusalAcks.take('ACK of the refusal', timeoutMs);
  }

  /** The CANCEL; it was answered 200 and, unless `endOnCancel` is false, the INVITE 487. */
  waitCancel(timeoutMs = 5000): Promise<SipMessage> {
    return this.#cancels.take('CANCEL', timeoutMs);
  }

  /** Whether a CANCEL came. */
  get canceled(): boolean {
    return this.#canceled;
  }

  #canceled = false;

  leg(): Leg {
    if (this.confirmed === undefined) throw new Error(`the call was not answered\n${this.#core.trace.ladder()}`);
    return this.confirmed;
  }

  bye(headers: HeaderValues = {}): Promise<SipMessage> {
    return this.leg().bye(headers);
  }

  reinvite(sdp: string | null, options: ReinviteOptions = {}): Promise<SipMessage> {
    return this.leg().reinvite(sdp, options);
  }

  waitBye(timeoutMs = 5000): Promise<SipMessage> {
    return this.leg().waitBye(timeoutMs);
  }

  /** A CANCEL matched this call; a call already answered is not affected (RFC 3261 §9.2). */
  receiveCancel(cancel: SipMessage): void {
    this.#canceled = true;
    if (this.endOnCancel && this.status < 200) this.reject(487);
    this.#cancels.push(cancel);
  }

  /** The ACK of a refusal came. */
  receiveRefusalAck(ack: SipMessage): void {
    this.#transaction.acked();
    this.#refusalAcks.push(ack);
  }

  #contact(): string {
    return this.#core.contact(this.#transaction.flow.transport);
  }
}
