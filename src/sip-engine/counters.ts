import { PROTOCOLS, type Protocol } from '../kit/sip-names/sip-transport.ts';
import { METHODS } from './message/methods.ts';

/** What is counted beside calls: what is kept of them, told of them, and who is not heard. */
export interface OperatorCounters {
  /** Messages in the trace now. */
  readonly traced: number;
  /** Messages of followed calls that were not kept. */
  readonly untraced: number;
  /** Messages told to a collector. */
  readonly captured: number;
  /** Sources that are banned now. */
  readonly bans: number;
}

/** What the engine counted since it started, and the sizes of its tables now. */
export interface EngineCounters extends OperatorCounters {
  /** By `direction|method|status`; the status of a request is ''. Unknown methods count as `OTHER`. */
  readonly messages: ReadonlyMap<string, number>;
  /** By `direction|transport|class`: `request`, `1xx` to `6xx`. */
  readonly messagesByTransport: ReadonlyMap<string, number>;
  readonly retransmissions: number;
  /** Requests that came again and were answered from their transaction. */
  readonly repeats: number;
  /** Requests of ours without any answer in time. */
  readonly timeouts: number;
  /** By `side|kind`: client or server, invite or other. */
  readonly transactionsBegun: ReadonlyMap<string, number>;
  /** By our side in them: uac or uas. */
  readonly dialogsBegun: ReadonlyMap<string, number>;
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
const CLASSES = ['request', '1xx', '2xx', '3xx', '4xx', '5xx', '6xx'];

const classCounts = (): Record<Protocol, number[]> => ({
  udp: CLASSES.map(() => 0),
  tcp: CLASSES.map(() => 0),
  tls: CLASSES.map(() => 0),
  ws: CLASSES.map(() => 0),
  wss: CLASSES.map(() => 0),
});

/** Counts messages, retransmissions and drops; label sets are bounded whatever the network sends. */
export class Tally {
  readonly #messages: Record<Direction, Map<number | '', Map<string, { value: number }>>> = { in: new Map(), out: new Map() };
  readonly drops = new Map<string, number>();
  retransmissions = 0;
  timeouts = 0;
  readonly #byTransport: Record<Direction, Record<Protocol, number[]>> = { in: classCounts(), out: classCounts() };
  failovers = 0;

  // For every message: a few look-ups, no key to put together.
  message(direction: Direction, protocol: Protocol, method: string, status: number | ''): void {
    const counts = this.#byTransport[direction][protocol];
    const at = status === '' ? 0 : Math.min(6, Math.floor(status / 100));
    counts[at] = (counts[at] ?? 0) + 1;
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

  /** Counts by `direction|transport|class`; what never came is not there. */
  get byTransport(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const direction of ['in', 'out'] as const) {
      for (const protocol of PROTOCOLS) {
        for (const [at, value] of this.#byTransport[direction][protocol].entries()) {
          if (value > 0) counts.set(`${direction}|${protocol}|${CLASSES[at] ?? ''}`, value);
        }
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
