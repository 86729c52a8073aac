import type { CallEnd } from '../app/calls/record-call.ts';
import type { CallRefusalCode } from '../domain/refusal.ts';
import type { Logger } from '../kit/log.ts';
import { type Leg, type RelayState, relayInDialog } from './relay-in-dialog.ts';
import type { DialogEnd, MessageContent, ReceivedAck, SipDialog, SipHeaders } from './sip-stack.ts';

export interface BridgeOptions {
  /** Acknowledges B's answer with A's, when A sent no offer and B made it; else null, because that is done. */
  readonly lateOffer: ((content?: MessageContent) => void) | null;
  /** Longest life of the call. */
  readonly callMs: number;
  readonly log: Logger;
}

const reasonField = (reason: string | undefined): SipHeaders => (reason === undefined || reason === '' ? {} : { Reason: reason });

/**
 * Two dialogs that are one call: what one side asks the other answers, and when one ends both do. The called side's requests wait
 * until the caller acknowledged (drachtio.md §5.3), because a BYE or re-INVITE may not overtake the 200 (RFC 3261 §15).
 */
export class Bridge {
  /** Resolves when both dialogs are gone, with how the call ended. */
  readonly done: Promise<CallEnd>;
  readonly #a: Leg;
  readonly #b: Leg;
  readonly #options: BridgeOptions;
  readonly #state: RelayState;
  readonly #timer: NodeJS.Timeout;
  readonly #onFirstEnd: (end: CallEnd) => void;
  #resolve: (end: CallEnd) => void = () => {};
  #end: CallEnd | undefined;
  #acknowledged = false;
  #whenAcknowledged: (() => void) | undefined;

  /** `onFirstEnd` hears of the end at once; `done` waits for the BYEs too. */
  constructor(caller: SipDialog, called: SipDialog, options: BridgeOptions, onFirstEnd: (end: CallEnd) => void) {
    this.#a = { dialog: caller, awaitedAck: undefined };
    this.#b = { dialog: called, awaitedAck: undefined };
    this.#options = options;
    this.#onFirstEnd = onFirstEnd;
    this.#state = { offerOpen: true, log: options.log, broken: (leg) => this.#broken(leg) };
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = setTimeout(() => this.hangUp(null), options.callMs);
    this.#timer.unref();
    // The ACK first: it may have come in one read with a re-INVITE behind it, which would be glare (RFC 3261 §14.1), or with the BYE.
    caller.onAck((content) => this.#callerAcknowledged(content));
    caller.onEnd((end) => this.#callerEnded(end));
    called.onEnd((end) => this.#calledEnded(end));
    caller.onRequest((request) => relayInDialog(request, this.#a, this.#b, this.#state));
    called.onAck((content) => this.#take(this.#b, content));
  }

  /** Ends both legs on our own account: maximum duration (`null`), drain, or an order. */
  hangUp(code: CallRefusalCode | null): void {
    const headers = { Reason: 'SIP;cause=200;text="Call ended by the platform"' };
    this.#finish({ outcome: 'completed', sipStatus: 200, code, endedBy: 'platform' }, [this.#byeCaller(headers), this.#byeCalled(headers)]);
  }

  #callerAcknowledged(content: ReceivedAck): void {
    if (this.#acknowledged) {
      this.#take(this.#a, content);
      return;
    }
    this.#acknowledged = true;
    this.#state.offerOpen = false;
    this.#options.lateOffer?.(contentOf(content));
    this.#whenAcknowledged?.();
    if (this.#end !== undefined) return;
    this.#b.dialog.onRequest((request) => relayInDialog(request, this.#b, this.#a, this.#state));
  }

  #take(leg: Leg, content: ReceivedAck): void {
    const awaited = leg.awaitedAck;
    if (awaited?.cseq !== content.cseq) return;
    leg.awaitedAck = undefined;
    awaited.take(contentOf(content));
  }

  #callerEnded(end: DialogEnd): void {
    if (!this.#acknowledged) {
      // B's answer is still open; without an answer of A it can only be acknowledged and ended.
      this.#options.lateOffer?.();
      this.#whenAcknowledged?.();
    }
    this.#finish(this.#endOf(end, 'caller'), [this.#byeCalled(reasonField('reason' in end ? end.reason : undefined))]);
  }

  #calledEnded(end: DialogEnd): void {
    this.#finish(this.#endOf(end, 'callee'), [this.#byeCaller(reasonField('reason' in end ? end.reason : undefined))]);
  }

  #endOf(end: DialogEnd, side: 'caller' | 'callee'): CallEnd {
    if (end.by === 'peer') return { outcome: 'completed', sipStatus: 200, code: null, endedBy: side };
    if (end.by === 'lost') return { outcome: 'failed', sipStatus: 200, code: 'internal_error', endedBy: 'platform' };
    // The server gave up: nobody acknowledged the answer, or the session expired.
    return { outcome: this.#acknowledged ? 'completed' : 'failed', sipStatus: 200, code: null, endedBy: 'platform' };
  }

  #broken(leg: Leg): void {
    const endedBy = leg === this.#a ? 'caller' : 'callee';
    this.#finish({ outcome: 'completed', sipStatus: 200, code: null, endedBy }, [this.#byeCaller({}), this.#byeCalled({})]);
  }

  /** The caller's BYE waits for the ACK; if none comes, the server ends that dialog itself (RFC 3261 §13.3.1.4). */
  #byeCaller(headers: SipHeaders): Promise<void> {
    const { dialog } = this.#a;
    if (this.#acknowledged || !dialog.open) return dialog.bye(headers);
    return new Promise((resolve) => {
      this.#whenAcknowledged = () => resolve(dialog.bye(headers));
    });
  }

  #byeCalled(headers: SipHeaders): Promise<void> {
    return this.#b.dialog.bye(headers);
  }

  #finish(end: CallEnd, byes: Promise<void>[]): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    clearTimeout(this.#timer);
    this.#onFirstEnd(end);
    void Promise.all(byes).then(() => this.#resolve(end));
  }
}

const contentOf = ({ body, contentType }: ReceivedAck): MessageContent => ({
  ...(body === '' ? {} : { body }),
  ...(contentType === undefined ? {} : { contentType }),
});
