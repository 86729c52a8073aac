import type { ResponseView } from '../message/read-response.ts';
import { isReliable, type Peer } from '../transport/peer.ts';
import { Retransmission } from './retransmission.ts';
import type { Timer } from './scheduler.ts';
import type { Outgoing, TransactionDeps } from './transaction-deps.ts';

/** What a non-INVITE client transaction reports. */
export interface NonInviteClientEvents {
  /** The request is somebody else's and only passed on: its responses have further Via values. */
  readonly relays?: boolean;
  response(view: ResponseView, from: Peer): void;
  /** No final response in time (Timer F). */
  timeout(): void;
  /** The request did not leave. */
  failed(why: string): void;
  ended(): void;
}

/** Non-INVITE client transaction: RFC 3261 §17.1.2. */
export class NonInviteClient {
  readonly kind = 'request';
  readonly #deps: TransactionDeps;
  readonly #to: Peer;
  #events: NonInviteClientEvents | undefined;
  readonly #ended: () => void;
  readonly relays: boolean;
  readonly #forget: () => void;
  readonly #timeoutMs: number;
  #state: 'trying' | 'proceeding' | 'completed' | 'terminated' = 'trying';
  #request: Outgoing | undefined;
  #again: Retransmission | undefined;
  #timer: Timer | undefined;

  /** `forget` takes it out of its table when it ends; `timeoutMs` is a Timer F of its own. */
  constructor(deps: TransactionDeps, request: Outgoing, to: Peer, events: NonInviteClientEvents, forget: () => void, timeoutMs?: number) {
    this.#timeoutMs = timeoutMs ?? deps.timers.requestTimeoutMs;
    this.#deps = deps;
    this.#request = request;
    this.#to = to;
    this.#events = events;
    this.#ended = events.ended;
    this.relays = events.relays === true;
    this.#forget = forget;
  }

  get state(): string {
    return this.#state;
  }

  /** Sends the request and starts Timers E and F. */
  start(): void {
    const { scheduler, timers } = this.#deps;
    if (!isReliable(this.#to.protocol)) this.#again = new Retransmission(scheduler, timers.t1Ms, timers.t2Ms, () => this.#repeat());
    this.#timer = scheduler.after(this.#timeoutMs, () => this.#timedOut());
    this.#transmit();
  }

  /** Takes a response with this transaction's branch. */
  receive(view: ResponseView, from: Peer): void {
    if (this.#state === 'completed' || this.#state === 'terminated') return;
    if (view.message.status < 200) {
      this.#state = 'proceeding';
      this.#again?.slowDown();
      this.#events?.response(view, from);
      return;
    }
    this.#quiet();
    this.#request = undefined;
    this.#state = 'completed';
    // Timer K absorbs retransmitted answers on unreliable transports.
    const lingerMs = !isReliable(this.#to.protocol) ? this.#deps.timers.t4Ms : 0;
    this.#timer = this.#deps.scheduler.after(lingerMs, () => this.terminate());
    // What follows are copies of this answer: whoever waits for it, and all they hold, may go.
    const events = this.#events;
    this.#events = undefined;
    events?.response(view, from);
  }

  /** Forgets everything at once. */
  terminate(): void {
    if (this.#state === 'terminated') return;
    this.#state = 'terminated';
    this.#quiet();
    this.#request = undefined;
    this.#forget();
    this.#ended();
  }

  #timedOut(): void {
    if (this.#state === 'completed' || this.#state === 'terminated') return;
    if (this.#state === 'trying') this.#deps.unanswered(this.#to);
    this.terminate();
    this.#events?.timeout();
  }

  #repeat(): void {
    this.#deps.retransmitted();
    this.#transmit();
  }

  #transmit(): void {
    if (this.#request === undefined) return;
    this.#deps.send(this.#request, this.#to, (why) => {
      if (this.#state !== 'trying' && this.#state !== 'proceeding') return;
      this.terminate();
      this.#events?.failed(why);
    });
  }

  #quiet(): void {
    this.#again?.stop();
    this.#again = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
