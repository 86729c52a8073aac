import { buildRequest } from './build-message.ts';
import type { ClientListener, Core } from './core.ts';
import type { SipMessage } from './message.ts';
import type { Flow } from './wire.ts';

/** A client transaction of RFC 3261 §17.1: repeats its request over UDP, acknowledges non-2xx finals, absorbs repeats. */
export class ClientTransaction {
  readonly #core: Core;
  readonly #request: SipMessage;
  readonly #flow: Flow;
  readonly #listener: ClientListener;
  #state: 'calling' | 'proceeding' | 'completed' = 'calling';
  #stopResend: () => void = () => undefined;
  #stopTimeout: () => void = () => undefined;

  constructor(core: Core, request: SipMessage, flow: Flow, listener: ClientListener) {
    this.#core = core;
    this.#request = request;
    this.#flow = flow;
    this.#listener = listener;
  }

  start(): void {
    const fail = (error: Error): void => this.#fail(error);
    this.#core.send(this.#request, this.#flow, fail);
    // Timers B and F, RFC 3261 §17.1.1.2 and §17.1.2.2.
    this.#stopTimeout = this.#core.timers.after(this.#core.giveUpMs, () => fail(new Error(`no final response to ${this.#request.method}`)));
    if (this.#flow.transport === 'udp') this.#resendAfter(this.#core.t1Ms);
  }

  receive(response: SipMessage): void {
    if (response.status < 200) this.#provisional(response);
    else if (this.#request.method === 'INVITE') this.#inviteFinal(response);
    else if (this.#complete()) this.#listener.final(response);
  }

  stop(): void {
    this.#stopResend();
    this.#stopTimeout();
  }

  #provisional(response: SipMessage): void {
    if (this.#state === 'completed') return;
    this.#state = 'proceeding';
    if (this.#request.method === 'INVITE') this.stop();
    this.#listener.provisional?.(response);
  }

  #inviteFinal(response: SipMessage): void {
    const first = this.#complete();
    if (response.status >= 300) this.#core.send(this.#ack(response), this.#flow);
    if (first || response.status < 300) this.#listener.final(response);
  }

  /** The ACK of a non-2xx belongs to the transaction: same branch, same URI (RFC 3261 §17.1.1.3). */
  #ack(response: SipMessage): SipMessage {
    const request = this.#request;
    const parts = { method: 'ACK', uri: request.uri, via: request.list('Via')[0] ?? '', cseq: request.cseq, callId: request.callId };
    return buildRequest({ ...parts, from: request.header('From'), to: response.header('To'), routes: request.list('Route') });
  }

  #complete(): boolean {
    if (this.#state === 'completed') return false;
    this.#state = 'completed';
    this.stop();
    return true;
  }

  #resendAfter(ms: number): void {
    this.#stopResend = this.#core.timers.after(ms, () => {
      this.#core.send(this.#request, this.#flow);
      const { t2Ms } = this.#core;
      // Timer A doubles without bound; Timer E up to T2, and is T2 at once after a provisional (RFC 3261 §17.1.2.2).
      if (this.#request.method === 'INVITE') this.#resendAfter(ms * 2);
      else this.#resendAfter(this.#state === 'proceeding' ? t2Ms : Math.min(ms * 2, t2Ms));
    });
  }

  #fail(error: Error): void {
    if (this.#complete()) this.#listener.failed(error);
  }
}
