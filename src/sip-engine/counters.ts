import { METHODS } from './message/methods.ts';

/** What the engine counted since it started, and the sizes of its tables now. */
export interface EngineCounters {
  /** By `direction|method|status`; the status of a request is ''. Unknown methods count as `OTHER`. */
  readonly messages: ReadonlyMap<string, number>;
  readonly retransmissions: number;
  /** By reason. */
  readonly drops: ReadonlyMap<string, number>;
  readonly transactions: number;
  readonly dialogs: number;
  /** Calls and requests that wait for an answer of an application or of the network. */
  readonly pending: number;
  readonly connections: number;
  readonly applications: number;
  /** Pairs of application and SIP method it serves. */
  readonly routes: number;
  readonly timers: number;
}

const COUNTED = new Set(METHODS);

/** Counts messages, retransmissions and drops; label sets are bounded whatever the network sends. */
export class Tally {
  readonly messages = new Map<string, number>();
  readonly drops = new Map<string, number>();
  retransmissions = 0;

  message(direction: 'in' | 'out', method: string, status: number | ''): void {
    const key = `${direction}|${COUNTED.has(method) ? method : 'OTHER'}|${status}`;
    this.messages.set(key, (this.messages.get(key) ?? 0) + 1);
  }

  drop(reason: string): void {
    this.drops.set(reason, (this.drops.get(reason) ?? 0) + 1);
  }
}
