import type { ResponseView } from '../message/read-response.ts';
import { isReliable, type Peer } from '../transport/peer.ts';
import { Retransmission } from './retransmission.ts';
import type { Timer } from './scheduler.ts';
import type { Outgoing, TransactionDeps } from './transaction-deps.ts';

/** What an INVITE client transaction reports. */
export interface InviteClientEvents {
  /** The request is somebody else's and only passed on: its responses have further Via values. */
  readonly relays?: boolean;
  /** Any response; a 2xx comes here each time it is received, others once. */
  response(view: ResponseView, from: Peer, repeated: boolean): void;
  /** No response in time (Timer B). Late 2xx still come through `response` while the transaction lingers. */
  timeout(): void;
  /** The request did not leave. */
  failed(why: string): void;
  ended(): void;
  /** The ACK that a non-2xx final response gets (RFC 3261 §17.1.1.3). */
  acknowledgement(view: ResponseView): Buffer;
}

/** INVITE client transaction: RFC 3261 §17.1.1 with the Accepted state of RFC 6026. */
export class InviteClient {
  readonly kind = 'invite';
  readonly #deps: TransactionDeps;
  readonly #to: Peer;
  readonly #events: InviteClientEvents;
  readonly #forget: () => void;
  readonly #timeoutMs: number;
  #state: 'calling' | 'proceeding' | 'completed' | 'accepted' | 'lingering' | 'terminated' = 'calling';
  #request: Outgoing | undefined;
  #ack: Outgoing | undefined;
  #again: Retransmission | undefined;
  #timer: Timer | undefined;

  /** `forget` takes it out of its table when it ends; `timeoutMs` is a Timer B of its own. */
  constructor(deps: TransactionDeps, request: Outgoing, to: Peer, events: InviteClientEvents, forget: () => void, timeoutMs?: number) {
    this.#timeoutMs = timeoutMs ?? deps.timers.inviteTimeoutMs;
    this.#deps = deps;
    this.#request = request;
    this.#to = to;
    this.#events = events;
    this.#forget = forget;
  }

  get relays(): boolean {
    return this.#events.relays === true;
  }

  get state(): string {
    return this.#state;
  }

  /** Sends the INVITE and starts Timers A and B. */
  start(): void {
    const { scheduler, timers } = this.#deps;
    // Timer A doubles without a cap (RFC 3261 §17.1.1.2).
    if (!isReliable(this.#to.protocol))
      this.#again = new Retransmission(scheduler, timers.t1Ms, timers.inviteTimeoutMs, () => this.#repeat());
    this.#timer = scheduler.after(this.#timeoutMs, () => this.#timedOut());
    this.#transmit();
  }

  /** Takes a response with this transaction's branch. */
  receive(view: ResponseView, from: Peer): void {
    const { status } = view.message;
    if (status < 200) {
      if (this.#state === 'calling') {
        this.#state = 'proceeding';
        this.#quiet();
      }
      if (this.#state === 'proceeding' || this.#state === 'lingering') this.#events.response(view, from, false);
    } else if (status < 300) this.#success(view, from);
    else this.#failure(view, from);
  }

  /** Waits no longer for an answer, but still reports late ones for a while so that they can be ended (RFC 3261 §9.1); again: starts anew. */
  linger(): void {
    if (this.#state !== 'calling' && this.#state !== 'proceeding' && this.#state !== 'lingering') return;
    this.#quiet();
    this.#request = undefined;
    this.#state = 'lingering';
    this.#timer = this.#deps.scheduler.after(this.#deps.timers.acceptedLingerMs, () => this.terminate());
  }

  /** Forgets everything at once. */
  terminate(): void {
    if (this.#state === 'terminated') return;
    this.#state = 'terminated';
    this.#quiet();
    this.#request = undefined;
    this.#ack = undefined;
    this.#forget();
    this.#events.ended();
  }

  #success(view: ResponseView, from: Peer): void {
    if (this.#state === 'completed' || this.#state === 'terminated') return;
    const repeated = this.#state === 'accepted';
    if (!repeated) {
      this.#quiet();
      this.#request = undefined;
      this.#state = 'accepted';
      this.#timer = this.#deps.scheduler.after(this.#deps.timers.acceptedLingerMs, () => this.terminate());
    }
    this.#events.response(view, from, repeated);
  }

  #failure(view: ResponseView, from: Peer): void {
    if (this.#state === 'completed') {
      if (this.#ack === undefined) return;
      this.#deps.retransmitted();
      this.#deps.send(this.#ack, this.#to);
      return;
    }
    if (this.#state === 'accepted' || this.#state === 'terminated') return;
    const late = this.#state === 'lingering';
    this.#quiet();
    this.#request = undefined;
    this.#state = 'completed';
    this.#ack = { bytes: this.#events.acknowledgement(view), method: 'ACK', status: '' };
    this.#deps.send(this.#ack, this.#to);
    // Timer D: no retransmissions to absorb on a reliable transport.
    const lingerMs = !isReliable(this.#to.protocol) ? this.#deps.timers.inviteLingerMs : 0;
    this.#timer = this.#deps.scheduler.after(lingerMs, () => this.terminate());
    if (!late) this.#events.response(view, from, false);
  }

  #timedOut(): void {
    this.linger();
    this.#deps.unanswered(this.#to);
    this.#events.timeout();
  }

  #repeat(): void {
    this.#deps.retransmitted();
    this.#transmit();
  }

  #transmit(): void {
    if (this.#request === undefined) return;
    this.#deps.send(this.#request, this.#to, (why) => {
      if (this.#state !== 'calling') return;
      this.#quiet();
      this.#events.failed(why);
      this.terminate();
    });
  }

  #quiet(): void {
    this.#again?.stop();
    this.#again = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
