import type { Peer } from '../transport/peer.ts';
import type { Scheduler } from './scheduler.ts';
import type { SipTimers } from './sip-timers.ts';

/** A message ready to leave, with what it counts as. */
export interface Outgoing {
  readonly bytes: Buffer;
  readonly method: string;
  /** '' for a request. */
  readonly status: number | '';
}

/** What every transaction needs. */
export interface TransactionDeps {
  readonly scheduler: Scheduler;
  readonly timers: SipTimers;
  /** Sends one message; `failed` is called when it certainly did not leave. */
  send(message: Outgoing, to: Peer, failed?: (why: string) => void): void;
  /** Called when a request got no answer at all. */
  unanswered(to: Peer): void;
  /** Called for each message sent again by a timer or in answer to a retransmission. */
  retransmitted(): void;
}
