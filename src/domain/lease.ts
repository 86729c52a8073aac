/** What can be limited (decision C9). */
export type LeaseScopeKind = 'number' | 'account' | 'trunk_group' | 'gateway';

/** All of them, in the order a call asks for them. */
export const LEASE_SCOPE_KINDS: readonly LeaseScopeKind[] = ['number', 'account', 'trunk_group', 'gateway'];

/** One limit a call can hold a channel of; `id` is the id of the row that carries the limit. */
export interface LeaseScope {
  readonly kind: LeaseScopeKind;
  readonly id: string;
}

/** How much of a scope may be used at once and how fast; null: without limit. */
export interface Limits {
  /** Calls in progress at the same time. */
  readonly channelsMax: number | null;
  /** New calls (for gateways: attempts) in one second, in bursts of at most `max(1, perSecondMax)`. */
  readonly perSecondMax: number | null;
}

/** A lease a call asks admission for, with the limits the decision read in the scope's record. */
export interface WantedLease extends LeaseScope, Limits {}
