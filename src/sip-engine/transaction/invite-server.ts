import { isReliable, type Peer } from '../transport/peer.ts';
import { Retransmission } from './retransmission.ts';
import type { Timer } from './scheduler.ts';
import type { Outgoing, TransactionDeps } from './transaction-deps.ts';

/** What an INVITE server transaction reports. */
export interface InviteServerEvents {
  /** The INVITE came again behind a 2xx: the answer is the transaction user's (RFC 6026 §7.1). */
  repeatedAfterAccept(): void;
  /** It left the table. */
  ended(): void;
}

/** INVITE server transaction: RFC 3261 §17.2.1 with the Accepted state of RFC 6026. */
export class InviteServer {
  readonly kind = 'invite';
  readonly #deps: TransactionDeps;
  readonly #to: Peer;
  readonly #events: InviteServerEvents;
  #state: 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated' = 'proceeding';
  #last: Outgoing | undefined;
  #again: Retransmission | undefined;
  #timer: Timer | undefined;

  constructor(deps: TransactionDeps, to: Peer, events: InviteServerEvents) {
    this.#deps = deps;
    this.#to = to;
    this.#events = events;
  }

  get state(): string {
    return this.#state;
  }

  /** True until a final response was given. */
  get answerable(): boolean {
    return this.#state === 'proceeding';
  }

  /** Sends a response; ignored behind a final one. */
  respond(message: Outgoing): void {
    if (this.#state !== 'proceeding') return;
    const status = Number(message.status);
    this.#last = message;
    this.#deps.send(message, this.#to);
    if (status < 200) return;
    const { timers, scheduler } = this.#deps;
    if (status < 300) {
      this.#state = 'accepted';
      this.#last = undefined;
      this.#timer = scheduler.after(timers.acceptedLingerMs, () => this.terminate());
      return;
    }
    this.#state = 'completed';
    // Timer G, unreliable transports only; Timer H on all.
    if (!isReliable(this.#to.protocol)) this.#again = new Retransmission(scheduler, timers.t1Ms, timers.t2Ms, () => this.#repeat());
    this.#timer = scheduler.after(timers.ackTimeoutMs, () => this.terminate());
  }

  /** The same INVITE came again. */
  retransmitted(): void {
    if (this.#state === 'proceeding' || this.#state === 'completed') this.#repeat();
    else if (this.#state === 'accepted') this.#events.repeatedAfterAccept();
  }

  /** An ACK came; true when it was for our non-2xx answer and so is used up here. */
  acknowledged(): boolean {
    if (this.#state === 'completed') {
      this.#state = 'confirmed';
      this.#again?.stop();
      this.#timer?.cancel();
      this.#last = undefined;
      if (!isReliable(this.#to.protocol)) this.#timer = this.#deps.scheduler.after(this.#deps.timers.t4Ms, () => this.terminate());
      else this.terminate();
      return true;
    }
    return this.#state === 'confirmed';
  }

  /** Forgets everything at once. */
  terminate(): void {
    if (this.#state === 'terminated') return;
    this.#state = 'terminated';
    this.#again?.stop();
    this.#timer?.cancel();
    this.#last = undefined;
    this.#events.ended();
  }

  #repeat(): void {
    if (this.#last === undefined) return;
    this.#deps.retransmitted();
    this.#deps.send(this.#last, this.#to);
  }
}
