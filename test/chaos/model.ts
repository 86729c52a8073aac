/** Whoever can hold numbers: an account or its one sub-account. */
export interface Tenant {
  readonly id: string;
  readonly authId: string;
  readonly token: string;
  readonly key: string;
  readonly parent: Tenant | null;
  endpointId: string;
  trunkGroupId: string | null;
}

/** What the client knows of a number from answers it got. Only one request at a time touches a number (`busy`). */
export interface NumberNote {
  readonly id: string;
  readonly e164: string;
  busy: boolean;
  /** False after a request without an answer: ask before the next one. */
  known: boolean;
  holder: Tenant | null;
  lastHolder: Tenant | null;
  routed: 'no' | 'endpoint' | 'trunk_group';
  allowInbound: boolean;
  allowOutbound: boolean;
  /** Newest version told by any answer. */
  version: number;
  /** Newest version answered as `applied`; a change after it may be under way. */
  appliedVersion: number;
  login: { readonly username: string; readonly password: string } | null;
  /** Product time before which the last admitted call was not; null: none was seen. */
  lastCallAt: number | null;
  /** A call was ever sent to it or from it, whatever became of that. */
  tried: boolean;
  /** Latest last call the stores ever told. */
  lastCallTold: number;
}

/** One call as its parties saw it. */
export interface CallNote {
  /** Text that only this call carries through the product: the caller of a call in, the called number of one out. */
  readonly ref: string;
  readonly direction: 'inbound' | 'outbound';
  readonly number: NumberNote;
  /** Product time, not later than its admission. */
  readonly startedAt: number;
  /** The number's version that must decide it, or a newer one. */
  minVersion: number;
  sipCallId: string;
  /** The called party saw it: it was admitted. */
  reached: boolean;
  /** Final status; 0 while none came. */
  status: number;
  reason: string;
  /** The product's id; '' where the answer told none. */
  callId: string;
  /** Its record was found whole. */
  settled: boolean;
  /** It had no whole record in time. */
  broken: boolean;
}

/** A request that changes something, and how many audit rows it must have left. */
export interface ChangeNote {
  readonly requestId: string;
  readonly op: string;
  readonly status: number;
  /** null: 0 or 1. */
  readonly auditRows: 0 | 1 | null;
}

/** All tries of one idempotency key. */
export interface KeyNote {
  readonly key: string;
  readonly op: 'credit' | 'purchase';
  readonly requestIds: string[];
  /** An answer of success came. */
  done: boolean;
}

/** Something with a limit of channels. */
export interface LimitScope {
  readonly kind: 'number' | 'account' | 'trunk-group' | 'gateway';
  readonly id: string;
}

/** Something that must never be. */
export interface Breakage {
  readonly invariant: number;
  readonly what: string;
}

/** Everything the client was promised, and what broke. */
export class Model {
  readonly tenants: Tenant[] = [];
  readonly numbers: NumberNote[] = [];
  readonly calls: CallNote[] = [];
  readonly changes: ChangeNote[] = [];
  readonly keys: KeyNote[] = [];
  readonly broken: Breakage[] = [];
  readonly checked: Record<number, number> = {};
  /** How far the product's clock is ahead of ours, at least. */
  clockAheadMs = 0;
  /** Whatever takes leases, as the admin face names it. */
  readonly scopes: LimitScope[] = [];
  /** Redis may have come back without its newest writes: until the worker's next look calls are decided by what it has (invariant 2). */
  redisMayBeOld = false;
  /** Product time at which an agent was killed, and at which the last round's faults were over. */
  agentKilledAt = 0;
  healedAt = 0;
  #refs = 0;

  /** From now on, and for calls that have no answer yet, no version is promised. */
  doubtRedis(): void {
    this.redisMayBeOld = true;
    for (const note of this.calls) if (note.status === 0) note.minVersion = 0;
  }

  /** Product time now. */
  now(): number {
    return Date.now() + this.clockAheadMs;
  }

  /** A number of seven digits that no other call has. */
  nextRef(): string {
    this.#refs += 1;
    return String(this.#refs).padStart(7, '0');
  }

  /** Counts one check of an invariant and keeps its breakage. */
  check(invariant: number, holds: boolean, what: () => string): void {
    this.checked[invariant] = (this.checked[invariant] ?? 0) + 1;
    if (!holds) this.broken.push({ invariant, what: what() });
  }
}
