import { buildResponse, type ResponseParts } from './build-message.ts';
import type { Core } from './core.ts';
import type { SipMessage } from './message.ts';
import type { Flow } from './wire.ts';

/** A server transaction of RFC 3261 §17.2: answers repeats of its request and repeats an INVITE's final until the ACK. */
export class ServerTransaction {
  readonly request: SipMessage;
  readonly flow: Flow;
  readonly #core: Core;
  #last: SipMessage | undefined;
  #stopResend: () => void = () => undefined;
  #stopGiveUp: () => void = () => undefined;
  /** Called when 64·T1 passed without an ACK for an INVITE's final. */
  onAckTimeout: () => void = () => undefined;

  constructor(core: Core, request: SipMessage, flow: Flow) {
    this.#core = core;
    this.request = request;
    this.flow = flow;
  }

  /** The status of the last response sent; 0 before the first. */
  get status(): number {
    return this.#last?.status ?? 0;
  }

  /** Builds and sends a response; a final one ends the choice, later calls are faults of the test. */
  respond(parts: ResponseParts): SipMessage {
    if (this.status >= 200) throw new Error(`${this.request.method} was already answered ${this.status}, not ${parts.status}`);
    const response = buildResponse(this.request, parts);
    this.#last = response;
    this.#core.send(response, this.flow);
    if (parts.status >= 200 && this.request.method === 'INVITE') this.#repeatUntilAcked(parts.status < 300);
    return response;
  }

  /** A repeat of the request: the last response again, if any was sent. */
  repeat(): void {
    if (this.#last !== undefined) this.#core.send(this.#last, this.flow);
  }

  /** The ACK came. */
  acked(): void {
    this.#stopResend();
    this.#stopGiveUp();
  }

  // A 2xx is repeated over every transport (RFC 3261 §13.3.1.4), other finals over UDP only (§17.2.1, Timers G and H).
  #repeatUntilAcked(success: boolean): void {
    const { timers, t1Ms } = this.#core;
    if (success || this.flow.transport === 'udp') this.#resendAfter(t1Ms);
    this.#stopGiveUp = timers.after(64 * t1Ms, () => {
      this.#stopResend();
      this.#core.violation(`no ACK came for the ${this.status} of ${this.request.callId}`);
      this.onAckTimeout();
    });
  }

  #resendAfter(ms: number): void {
    this.#stopResend = this.#core.timers.after(ms, () => {
      this.repeat();
      this.#resendAfter(Math.min(ms * 2, this.#core.t2Ms));
    });
  }
}
