import type { LeaseScope, Limits } from '../../domain/lease.ts';

/** A call that holds a channel of a scope. */
export interface LeaseHolder {
  readonly callId: string;
  readonly agentId: string;
  /** Product time in ms of its admission. */
  readonly since: number;
}

/** Some of a scope's holders; `next` says where to go on, null: these were the last. */
export interface LeaseHolderPage {
  readonly holders: readonly LeaseHolder[];
  readonly next: string | null;
}

/** The leases as Redis has them (decision C9). Everything throws while Redis is away. */
export interface LeaseBook {
  /** Channels that count at admission: those of these agents. */
  inUse(scope: LeaseScope, agentIds: readonly string[]): Promise<number>;
  /**
   * At most `countMax` holders behind `after` (null: from the start; what is no `next` of a page: undefined). Who holds throughout a walk
   * is on one page at least; who comes or goes meanwhile may be missed or told twice.
   */
  page(scope: LeaseScope, after: string | null, countMax: number): Promise<LeaseHolderPage | undefined>;
  holder(scope: LeaseScope, callId: string): Promise<LeaseHolder | null>;
  /** Takes a call's lease away; false when it held none. */
  free(scope: LeaseScope, callId: string): Promise<boolean>;
}

/** What Postgres says of a scope. */
export interface ScopeLimits {
  readonly limits: Limits;
  /** Whose it is; null: the platform's, or nobody's. */
  readonly accountId: string | null;
}

/** Limits by scope. */
export interface LimitReader {
  /** null: there is no such number, account, trunk group or gateway. */
  of(scope: LeaseScope): Promise<ScopeLimits | null>;
}
