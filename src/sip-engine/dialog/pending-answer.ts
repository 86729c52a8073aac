import { Retransmission } from '../transaction/retransmission.ts';
import type { Timer } from '../transaction/scheduler.ts';
import type { Outgoing } from '../transaction/transaction-deps.ts';
import type { Peer } from '../transport/peer.ts';
import type { Core } from './core.ts';

/** Our 2xx to an INVITE until its ACK: sent again from T1 up to T2 on every transport (RFC 3261 §13.3.1.4). */
export class PendingAnswer {
  readonly cseq: number;
  readonly txnId: string;
  readonly initial: boolean;
  readonly #core: Core;
  readonly #message: Outgoing;
  readonly #peer: Peer;
  readonly #again: Retransmission;
  readonly #deadline: Timer;
  /** Called when the wait is over; lets go of what kept this alive for repetition. */
  released: () => void = () => {};

  constructor(
    core: Core,
    facts: { cseq: number; txnId: string; initial: boolean; message: Outgoing; peer: Peer },
    unacknowledged: () => void,
  ) {
    this.#core = core;
    this.cseq = facts.cseq;
    this.txnId = facts.txnId;
    this.initial = facts.initial;
    this.#message = facts.message;
    this.#peer = facts.peer;
    this.#again = new Retransmission(core.scheduler, core.timers.t1Ms, core.timers.t2Ms, () => this.repeat());
    this.#deadline = core.scheduler.after(core.timers.ackTimeoutMs, () => {
      this.stop();
      unacknowledged();
    });
  }

  /** Sends the answer once more. */
  repeat(): void {
    this.#core.tally.retransmissions += 1;
    this.#core.send(this.#message, this.#peer);
  }

  stop(): void {
    this.#again.stop();
    this.#deadline.cancel();
    this.released();
  }
}
