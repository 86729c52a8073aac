import { METHODS } from './message/methods.ts';

/** What the engine counted since it started, and the sizes of its tables now. */
export interface EngineCounters {
  /** By `direction|method|status`; the status of a request is ''. Unknown methods count as `OTHER`. */
  readonly messages: ReadonlyMap<string, number>;
  readonly retransmissions: number;
  /** Requests that went on to the next target of a name. */
  readonly failovers: number;
  /** Events of connections by `transport|event`: accepted, opened, refused and closed with their reasons. */
  readonly connectionEvents: ReadonlyMap<string, number>;
  /** Open connections by transport. */
  readonly connectionsByProtocol: ReadonlyMap<string, number>;
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

type Direction = 'in' | 'out';

const COUNTED = new Set(METHODS);

/** Counts messages, retransmissions and drops; label sets are bounded whatever the network sends. */
export class Tally {
  readonly #messages: Record<Direction, Map<number | '', Map<string, { value: number }>>> = { in: new Map(), out: new Map() };
  readonly drops = new Map<string, number>();
  retransmissions = 0;
  failovers = 0;

  // For every message: two look-ups, no key to put together.
  message(direction: Direction, method: string, status: number | ''): void {
    const counter = this.#messages[direction].get(status)?.get(method) ?? this.#newCounter(direction, method, status);
    counter.value += 1;
  }

  /** Counts by `direction|method|status`. */
  get messages(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const direction of ['in', 'out'] as const) {
      for (const [status, byMethod] of this.#messages[direction]) {
        for (const [method, { value }] of byMethod) counts.set(`${direction}|${method}|${status}`, value);
      }
    }
    return counts;
  }

  drop(reason: string): void {
    this.drops.set(reason, (this.drops.get(reason) ?? 0) + 1);
  }

  #newCounter(direction: Direction, method: string, status: number | ''): { value: number } {
    const label = COUNTED.has(method) ? method : 'OTHER';
    const byMethod = this.#messages[direction].get(status) ?? new Map<string, { value: number }>();
    this.#messages[direction].set(status, byMethod);
    const counter = byMethod.get(label) ?? { value: 0 };
    byMethod.set(label, counter);
    return counter;
  }
}
