import { isSameScope, type LeaseScope, type LeaseScopeKind } from '../domain/lease.ts';

interface CallName {
  readonly callId: string;
}

/**
 * What the calls of this process hold, or may hold where an answer of Redis was lost: their end gives back all of it. As large as
 * there are calls, because every call that asked for a lease ends.
 */
export class HeldLeases {
  readonly #calls = new Map<string, readonly LeaseScope[]>();
  readonly #counts: Record<LeaseScopeKind, number> = { number: 0, account: 0, trunk_group: 0, outbound_profile: 0, gateway: 0 };

  /** The call holds exactly these. */
  note({ callId }: CallName, leases: readonly LeaseScope[]): void {
    this.#set(callId, leases);
  }

  /** The call may hold these too. */
  noteMore({ callId }: CallName, leases: readonly LeaseScope[]): void {
    const held = this.#calls.get(callId) ?? [];
    this.#set(callId, [...held, ...leases.filter((scope) => !held.some((other) => isSameScope(scope, other)))]);
  }

  forget(callId: string): void {
    this.#set(callId, []);
    this.#calls.delete(callId);
  }

  /** undefined: nothing is known of such a call here. */
  of(callId: string): readonly LeaseScope[] | undefined {
    return this.#calls.get(callId);
  }

  /** How many leases there are of each kind. */
  get counts(): Readonly<Record<LeaseScopeKind, number>> {
    return this.#counts;
  }

  /** Calls that hold something. */
  get callIds(): readonly string[] {
    return [...this.#calls.keys()];
  }

  #set(callId: string, leases: readonly LeaseScope[]): void {
    for (const { kind } of this.#calls.get(callId) ?? []) this.#counts[kind] -= 1;
    this.#calls.set(callId, leases);
    for (const { kind } of leases) this.#counts[kind] += 1;
  }
}
