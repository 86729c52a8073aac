import { ownCopy } from '../message/own-copy.ts';
import { isReliable, type Peer } from '../transport/peer.ts';
import type { Timer } from './scheduler.ts';
import type { Outgoing, TransactionDeps } from './transaction-deps.ts';

/** Non-INVITE server transaction: RFC 3261 §17.2.2. */
export class NonInviteServer {
  readonly kind = 'request';
  readonly #deps: TransactionDeps;
  readonly #to: Peer;
  readonly #ended: () => void;
  #state: 'trying' | 'proceeding' | 'completed' | 'terminated' = 'trying';
  #last: Outgoing | undefined;
  #timer: Timer | undefined;

  constructor(deps: TransactionDeps, to: Peer, ended: () => void) {
    this.#deps = deps;
    this.#to = to;
    this.#ended = ended;
  }

  get state(): string {
    return this.#state;
  }

  /** True until a final response was given. */
  get answerable(): boolean {
    return this.#state === 'trying' || this.#state === 'proceeding';
  }

  /** Sends a response; ignored behind a final one. */
  respond(message: Outgoing): void {
    if (!this.answerable) return;
    this.#last = message;
    this.#deps.send(message, this.#to);
    if (Number(message.status) < 200) {
      this.#state = 'proceeding';
      return;
    }
    this.#state = 'completed';
    if (!isReliable(this.#to.protocol)) this.#last = { ...message, bytes: ownCopy(message.bytes) };
    // Timer J; no wait on reliable transports.
    if (!isReliable(this.#to.protocol)) this.#timer = this.#deps.scheduler.after(this.#deps.timers.requestLingerMs, () => this.terminate());
    else this.terminate();
  }

  /** The same request came again. */
  retransmitted(): void {
    if (this.#last === undefined) return;
    this.#deps.retransmitted();
    this.#deps.send(this.#last, this.#to);
  }

  /** Forgets everything at once. */
  terminate(): void {
    if (this.#state === 'terminated') return;
    this.#state = 'terminated';
    this.#timer?.cancel();
    this.#last = undefined;
    this.#ended();
  }
}
